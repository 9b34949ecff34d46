/*
question: 13
title: Latency of endpoints
description: How long endpoints took and how often they failed in whole hours, by their server spans.
window: 86400
filters: [service, environment]
parameters:
  limit: {type: UInt32, default: 50, description: "How many endpoints to list."}
columns:
  endpoint: {description: "Route of the endpoint."}
  method: {description: "Method of the request."}
  requests: {kind: count, description: "Requests that it served."}
  failures: {kind: count, description: "Requests that ended in an error or a status of 500 and above."}
  failure_rate: {kind: ratio, unit: '%', description: "Failures of all requests."}
  mean: {kind: number, unit: ms, description: "Mean time to serve a request."}
  p50: {kind: number, unit: ms, description: "Time within which 50 of 100 were served."}
  p95: {kind: number, unit: ms, description: "Time within which 95 of 100 were served."}
  p99: {kind: number, unit: ms, description: "Time within which 99 of 100 were served."}
*/
SELECT
    r.endpoint AS endpoint,
    method,
    sum(r.requests) AS requests,
    sum(r.failures) AS failures,
    round(if(requests = 0, 0, 100 * failures / requests), 2) AS failure_rate,
    round(if(sum(timed) = 0, 0, sum(durations) / sum(timed)), 1) AS mean,
    round(ifNotFinite(arrayElement(quantilesBFloat16Merge(0.5, 0.95, 0.99)(quantiles), 1), 0), 1) AS p50,
    round(ifNotFinite(arrayElement(quantilesBFloat16Merge(0.5, 0.95, 0.99)(quantiles), 2), 0), 1) AS p95,
    round(ifNotFinite(arrayElement(quantilesBFloat16Merge(0.5, 0.95, 0.99)(quantiles), 3), 0), 1) AS p99
FROM lift_rollup_endpoints AS r
WHERE endpoint != ''
  AND hour >= toStartOfHour({from:DateTime64(9, 'UTC')})
  AND hour < {to:DateTime64(9, 'UTC')}
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
GROUP BY endpoint, method
ORDER BY requests DESC, endpoint, method
LIMIT {limit:UInt32}
