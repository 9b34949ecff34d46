/*
question: 4
title: Errors of a person
description: One person's failures, newest first.
window: 604800
role: on-call
parameters:
  subject: {type: String, default: '', description: "Pseudonym of the person; each that the person ever had counts."}
  limit: {type: UInt32, default: 100, description: "How many failures to list."}
columns:
  event_time: {kind: time, description: "When it happened."}
  event_id: {description: "Id of the event."}
  event: {description: "Name of the event."}
  severity: {description: "How bad the app says it is."}
  priority: {description: "How soon a person should look."}
  service: {description: "Which service it happened in."}
  endpoint: {description: "Route of the endpoint."}
  page: {description: "Page on which it happened."}
  action: {description: "What the person was doing."}
  message: {description: "The redacted message."}
  fingerprint: {description: "The error pattern."}
  subject: {description: "Pseudonym of the person."}
  session_id: {description: "Id of the session."}
  trace_id: {description: "Trace in which it happened."}
  user_blocked: {kind: flag, description: "The person could not go on."}
*/
WITH
    (SELECT any(linked_subject) FROM lift_relinks WHERE subject = {subject:String}) AS linked,
    if(linked = '', {subject:String}, linked) AS person
SELECT
    event_time,
    event_id,
    event,
    severity,
    priority,
    service,
    endpoint,
    page,
    action,
    message,
    fingerprint,
    subject,
    session_id,
    trace_id,
    user_blocked
FROM lift_events
WHERE subject GLOBAL IN (SELECT subject FROM lift_relinks WHERE linked_subject = person UNION ALL SELECT person)
  AND subject != ''
  AND category = 'failures'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
ORDER BY event_time DESC, event_id
LIMIT {limit:UInt32}
