/*
question: 4
title: Sessions of a person
description: One person's sessions, newest first.
window: 86400
role: on-call
parameters:
  subject: {type: String, default: '', description: "Pseudonym of the person; each that the person ever had counts."}
  limit: {type: UInt32, default: 20, description: "How many sessions to list."}
columns:
  session_id: {description: "Id of the session."}
  started: {kind: time, description: "Its first event in the window."}
  ended: {kind: time, description: "Its last event in the window."}
  events: {kind: count, description: "Events in it."}
  errors: {kind: count, description: "Failures in it."}
  blocked: {kind: count, description: "Failures after which the person could not go on."}
*/
WITH
    (SELECT any(linked_subject) FROM lift_relinks WHERE subject = {subject:String}) AS linked,
    if(linked = '', {subject:String}, linked) AS person
SELECT
    session_id,
    min(event_time) AS started,
    max(event_time) AS ended,
    count() AS events,
    countIf(category = 'failures') AS errors,
    countIf(user_blocked) AS blocked
FROM lift_events
WHERE subject GLOBAL IN (SELECT subject FROM lift_relinks WHERE linked_subject = person UNION ALL SELECT person)
  AND subject != ''
  AND session_id != ''
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
GROUP BY session_id
ORDER BY started DESC, session_id
LIMIT {limit:UInt32}
