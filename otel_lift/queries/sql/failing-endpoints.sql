/*
question: 2
title: Failing endpoints
description: The endpoints that failed most often, by Lift failure events.
window: 86400
people: affected_users
filters: [service, environment, user_type]
parameters:
  limit: {type: UInt32, default: 10, description: "How many endpoints to list."}
columns:
  endpoint: {description: "Route of the endpoint."}
  failures: {kind: count, description: "How often it failed."}
  mean_response_time: {kind: number, unit: ms, description: "Mean of those that say how long they took."}
  affected_users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    endpoint,
    count() AS failures,
    round(ifNotFinite(avgIf(duration_ms, duration_ms > 0), 0), 1) AS mean_response_time,
    uniqIf(subject, subject != '') AS affected_users
FROM lift_events
WHERE category = 'failures'
  AND endpoint != ''
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY endpoint
ORDER BY failures DESC, endpoint
LIMIT {limit:UInt32}
