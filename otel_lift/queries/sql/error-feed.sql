/*
question: 4
title: Error feed
description: The latest failures, newest first.
window: 3600
role: on-call
filters: [service, environment, user_type]
parameters:
  limit: {type: UInt32, default: 100, description: "How many failures to list."}
  event: {type: String, default: '', description: "Of this event only; '' for all."}
  fingerprint: {type: String, default: '', description: "Of this error pattern only; '' for all."}
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
WHERE category = 'failures'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (event = {event:String} OR {event:String} = '')
  AND (fingerprint = {fingerprint:String} OR {fingerprint:String} = '')
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
ORDER BY event_time DESC, event_id
LIMIT {limit:UInt32}
