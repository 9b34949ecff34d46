/*
question: 1
title: Failures by event
description: How often each kind of failure happened, how slow it was, and how many people it touched.
window: 3600
people: affected_users
filters: [service, environment, user_type]
columns:
  event: {description: "Name of the event."}
  failures: {kind: count, description: "How often it happened."}
  mean_response_time: {kind: number, unit: ms, description: "Mean of those that say how long they took."}
  affected_users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    event,
    count() AS failures,
    round(ifNotFinite(avgIf(duration_ms, duration_ms > 0), 0), 1) AS mean_response_time,
    uniqIf(subject, subject != '') AS affected_users
FROM lift_events
WHERE category = 'failures'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY event
ORDER BY failures DESC, event
