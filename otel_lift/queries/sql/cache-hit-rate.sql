/*
question: 13
title: Cache hit rate
description: How often what was asked of a cache was there, by key.
window: 86400
filters: [service, environment, user_type]
parameters:
  limit: {type: UInt32, default: 50, description: "How many keys to list."}
columns:
  key: {description: "The key, without ids."}
  requests: {kind: count, description: "How often it was asked for."}
  hits: {kind: count, description: "How often it was there."}
  hit_rate: {kind: ratio, unit: '%', description: "Hits of all requests."}
*/
SELECT
    cache_key AS key,
    count() AS requests,
    countIf(cache_hit) AS hits,
    round(100 * hits / requests, 2) AS hit_rate
FROM lift_events
WHERE event = 'cache_performance'
  AND cache_key != ''
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY key
ORDER BY requests DESC, key
LIMIT {limit:UInt32}
