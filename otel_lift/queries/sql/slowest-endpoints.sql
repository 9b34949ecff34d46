/*
question: 13
title: Slowest endpoints
description: Response times of endpoints over whole days, as the apps measured them.
window: 604800
filters: [service, environment, user_type]
parameters:
  more_than: {type: UInt32, default: 10, description: "Endpoints with more requests than this."}
  limit: {type: UInt32, default: 20, description: "How many endpoints to list."}
columns:
  endpoint: {description: "Route of the endpoint."}
  requests: {kind: count, description: "Requests that it answered."}
  mean: {kind: number, unit: ms, description: "Mean of those that say how long they took."}
  p50: {kind: number, unit: ms, description: "Time within which 50 of 100 were answered."}
  p95: {kind: number, unit: ms, description: "Time within which 95 of 100 were answered."}
  p99: {kind: number, unit: ms, description: "Time within which 99 of 100 were answered."}
  cache_hit_rate: {kind: ratio, unit: '%', description: "Requests answered from a cache."}
*/
SELECT
    endpoint,
    sum(r.events) AS requests,
    round(if(sum(timed) = 0, 0, sum(durations) / sum(timed)), 1) AS mean,
    round(ifNotFinite(arrayElement(quantilesBFloat16Merge(0.5, 0.95, 0.99)(quantiles), 1), 0), 1) AS p50,
    round(ifNotFinite(arrayElement(quantilesBFloat16Merge(0.5, 0.95, 0.99)(quantiles), 2), 0), 1) AS p95,
    round(ifNotFinite(arrayElement(quantilesBFloat16Merge(0.5, 0.95, 0.99)(quantiles), 3), 0), 1) AS p99,
    round(100 * sum(r.cache_hits) / requests, 2) AS cache_hit_rate
FROM lift_rollup_daily AS r
WHERE event = 'api_response_time'
  AND endpoint != ''
  AND day >= toDate({from:DateTime64(9, 'UTC')})
  AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY endpoint
HAVING requests > {more_than:UInt32}
ORDER BY p95 DESC, endpoint
LIMIT {limit:UInt32}
