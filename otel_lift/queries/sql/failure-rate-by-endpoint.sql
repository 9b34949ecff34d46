/*
question: 2
title: Failure rate by endpoint
description: Of the requests that each endpoint served in whole hours, how many failed, by its server spans.
window: 86400
filters: [service, environment]
parameters:
  limit: {type: UInt32, default: 10, description: "How many endpoints to list."}
columns:
  endpoint: {description: "Route of the endpoint."}
  requests: {kind: count, description: "Requests that it served."}
  failures: {kind: count, description: "Requests that ended in an error or a status of 500 and above."}
  failure_rate: {kind: ratio, unit: '%', description: "Failures of all requests."}
  mean_response_time: {kind: number, unit: ms, description: "Mean time to serve a request."}
  p95: {kind: number, unit: ms, description: "Time within which 95 of 100 requests were served."}
*/
SELECT
    r.endpoint AS endpoint,
    sum(r.requests) AS requests,
    sum(r.failures) AS failures,
    round(if(requests = 0, 0, 100 * failures / requests), 2) AS failure_rate,
    round(if(sum(timed) = 0, 0, sum(durations) / sum(timed)), 1) AS mean_response_time,
    round(ifNotFinite(arrayElement(quantilesBFloat16Merge(0.5, 0.95, 0.99)(quantiles), 2), 0), 1) AS p95
FROM lift_rollup_endpoints AS r
WHERE endpoint != ''
  AND hour >= toStartOfHour({from:DateTime64(9, 'UTC')})
  AND hour < {to:DateTime64(9, 'UTC')}
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
GROUP BY endpoint
ORDER BY failure_rate DESC, failures DESC, endpoint
LIMIT {limit:UInt32}
