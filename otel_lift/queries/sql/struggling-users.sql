/*
question: 7
title: People in trouble
description: People who met many errors, and how many of these blocked them.
window: 3600
role: on-call
filters: [service, environment, user_type]
parameters:
  more_than: {type: UInt32, default: 5, description: "People who met more errors than this."}
  limit: {type: UInt32, default: 50, description: "How many people to list."}
columns:
  subject: {description: "Pseudonym of the person."}
  errors: {kind: count, description: "Failures that the person met."}
  distinct_errors: {kind: count, description: "Distinct error patterns among them."}
  blocked: {kind: count, description: "Failures after which the person could not go on."}
  sessions: {kind: count, description: "Sessions in which they happened."}
  last_seen: {kind: time, description: "When the last one happened."}
  last_event: {description: "Which event that was."}
*/
SELECT
    subject,
    count() AS errors,
    uniqIf(fingerprint, fingerprint != '') AS distinct_errors,
    countIf(user_blocked) AS blocked,
    uniqIf(session_id, session_id != '') AS sessions,
    max(event_time) AS last_seen,
    argMax(event, (event_time, event_id)) AS last_event
FROM lift_events
WHERE category = 'failures'
  AND subject != ''
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY subject
HAVING errors > {more_than:UInt32}
ORDER BY errors DESC, subject
LIMIT {limit:UInt32}
