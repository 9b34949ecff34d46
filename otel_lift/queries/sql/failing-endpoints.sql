/*
question: 2
title: Failing endpoints
description: The endpoints that failed most often, by Lift failure events.
parameters:
  window: {type: UInt32, default: 86400, unit: s, description: "How far back to look."}
  limit: {type: UInt32, default: 10, description: "How many endpoints to list."}
columns:
  endpoint: {description: "Route of the endpoint."}
  failures: {description: "How often it failed."}
  mean_response_time: {unit: ms, description: "Mean of those that say how long they took."}
  affected_users: {description: "Distinct people, by pseudonym."}
*/
SELECT
    endpoint,
    count() AS failures,
    round(ifNotFinite(avgIf(duration_ms, duration_ms > 0), 0), 1) AS mean_response_time,
    uniqIf(subject, subject != '') AS affected_users
FROM lift_events
WHERE category = 'failures'
  AND endpoint != ''
  AND event_time >= now() - toIntervalSecond({window:UInt32})
GROUP BY endpoint
ORDER BY failures DESC, endpoint
LIMIT {limit:UInt32}
