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
    SpanAttributes['http.route'] AS endpoint,
    count() AS requests,
    countIf(StatusCode = 'Error' OR toUInt16OrZero(SpanAttributes['http.response.status_code']) >= 500) AS failures,
    round(100 * failures / requests, 2) AS failure_rate,
    round(ifNotFinite(avgIf(Duration / 1e6, Duration > 0), 0), 1) AS mean_response_time,
    round(ifNotFinite(arrayElement(quantilesBFloat16If(0.5, 0.95, 0.99)(Duration / 1e6, Duration > 0), 2), 0), 1) AS p95
FROM otel_traces
WHERE SpanKind = 'Server'
  AND endpoint != ''
  AND Timestamp >= toStartOfHour({from:DateTime64(9, 'UTC')})
  AND Timestamp < toStartOfHour({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalHour(1)
  AND (ServiceName = {service:String} OR {service:String} = '')
  AND (ResourceAttributes['deployment.environment.name'] = {environment:String} OR {environment:String} = '')
GROUP BY endpoint
ORDER BY failure_rate DESC, failures DESC, endpoint
LIMIT {limit:UInt32}
