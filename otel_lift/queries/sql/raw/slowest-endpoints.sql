SELECT
    endpoint,
    count() AS requests,
    round(ifNotFinite(avgIf(duration_ms, duration_ms > 0), 0), 1) AS mean,
    round(ifNotFinite(quantileBFloat16If(0.5)(duration_ms, duration_ms > 0), 0), 1) AS p50,
    round(ifNotFinite(quantileBFloat16If(0.95)(duration_ms, duration_ms > 0), 0), 1) AS p95,
    round(ifNotFinite(quantileBFloat16If(0.99)(duration_ms, duration_ms > 0), 0), 1) AS p99,
    round(100 * countIf(cache_hit) / requests, 2) AS cache_hit_rate
FROM lift_events
WHERE event = 'api_response_time'
  AND endpoint != ''
  AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
  AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY endpoint
HAVING requests > {more_than:UInt32}
ORDER BY p95 DESC, endpoint
LIMIT {limit:UInt32}
