/*
question: 13
title: Slow endpoints
description: Endpoints that took longer than a second, each time.
window: 86400
filters: [service, environment, user_type]
parameters:
  limit: {type: UInt32, default: 20, description: "How many endpoints to list."}
columns:
  endpoint: {description: "Route of the endpoint."}
  times: {kind: count, description: "How often."}
  mean: {kind: number, unit: ms, description: "Mean of these times."}
  max: {kind: number, unit: ms, description: "The longest of them."}
*/
SELECT
    endpoint,
    count() AS times,
    round(ifNotFinite(avgIf(duration_ms, duration_ms > 0), 0), 1) AS mean,
    round(max(duration_ms), 1) AS max
FROM lift_events
WHERE event = 'slow_endpoint'
  AND endpoint != ''
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY endpoint
ORDER BY times DESC, endpoint
LIMIT {limit:UInt32}
