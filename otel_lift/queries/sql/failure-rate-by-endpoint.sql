/*
question: 2
title: Failure rate by endpoint
description: Of the requests that each endpoint served, how many failed, by its server spans.
parameters:
  window: {type: UInt32, default: 86400, unit: s, description: "How far back to look."}
  limit: {type: UInt32, default: 10, description: "How many endpoints to list."}
columns:
  endpoint: {description: "Route of the endpoint."}
  requests: {description: "Requests that it served."}
  failures: {description: "Requests that ended in an error or a status of 500 and above."}
  failure_rate: {unit: '%', description: "Failures of all requests."}
  mean_response_time: {unit: ms, description: "Mean time to serve a request."}
*/
SELECT
    SpanAttributes['http.route'] AS endpoint,
    count() AS requests,
    countIf(StatusCode = 'Error' OR toUInt16OrZero(SpanAttributes['http.response.status_code']) >= 500) AS failures,
    round(100 * failures / requests, 2) AS failure_rate,
    round(avg(Duration) / 1e6, 1) AS mean_response_time
FROM otel_traces
WHERE SpanKind = 'Server'
  AND endpoint != ''
  AND Timestamp >= now() - toIntervalSecond({window:UInt32})
GROUP BY endpoint
ORDER BY failure_rate DESC, failures DESC, endpoint
LIMIT {limit:UInt32}
