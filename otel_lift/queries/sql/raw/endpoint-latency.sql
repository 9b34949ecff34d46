SELECT
    SpanAttributes['http.route'] AS endpoint,
    if(
        SpanAttributes['http.request.method'] != '',
        SpanAttributes['http.request.method'],
        SpanAttributes['http.method']
    ) AS method,
    count() AS requests,
    countIf(StatusCode = 'Error' OR toUInt16OrZero(if(
        SpanAttributes['http.response.status_code'] != '',
        SpanAttributes['http.response.status_code'],
        SpanAttributes['http.status_code']
    )) >= 500) AS failures,
    round(if(requests = 0, 0, 100 * failures / requests), 2) AS failure_rate,
    round(ifNotFinite(avgIf(Duration / 1e6, Duration > 0), 0), 1) AS mean,
    round(ifNotFinite(quantileBFloat16If(0.5)(Duration / 1e6, Duration > 0), 0), 1) AS p50,
    round(ifNotFinite(quantileBFloat16If(0.95)(Duration / 1e6, Duration > 0), 0), 1) AS p95,
    round(ifNotFinite(quantileBFloat16If(0.99)(Duration / 1e6, Duration > 0), 0), 1) AS p99
FROM otel_traces
WHERE SpanKind = 'Server'
  AND endpoint != ''
  AND Timestamp >= toStartOfHour({from:DateTime64(9, 'UTC')})
  AND Timestamp < toStartOfHour({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalHour(1)
  AND (ServiceName = {service:String} OR {service:String} = '')
  AND (
    {environment:String} = ''
    OR {environment:String} = if(
          ResourceAttributes['deployment.environment.name'] != '',
          ResourceAttributes['deployment.environment.name'],
          ResourceAttributes['deployment.environment']
    )
  )
GROUP BY endpoint, method
ORDER BY requests DESC, endpoint, method
LIMIT {limit:UInt32}
