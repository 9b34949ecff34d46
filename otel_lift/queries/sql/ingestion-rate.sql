/*
question: 21
title: Ingestion rate
description: Spans, log records and data points that the gateways took in, by their own metrics.
window: 3600
parameters:
  bucket: {type: UInt32, default: 60, least: 1, unit: s, description: "Length of a bucket."}
columns:
  time: {kind: time, description: "Start of the bucket."}
  signal: {description: "What they were: traces, logs or metrics."}
  records: {kind: count, description: "Records that were decoded."}
  per_second: {kind: number, unit: 1/s, description: "Records by second of the bucket."}
*/
SELECT
    toStartOfInterval(toTimeZone(TimeUnix, 'UTC'), toIntervalSecond({bucket:UInt32})) AS time,
    Attributes['signal'] AS signal,
    toUInt64(sum(Value)) AS records,
    round(records / {bucket:UInt32}, 2) AS per_second
FROM otel_metrics_sum
WHERE ServiceName = 'otel-lift'
  AND MetricName = 'otel_lift_records_received'
  AND TimeUnix >= {from:DateTime64(9, 'UTC')}
  AND TimeUnix < {to:DateTime64(9, 'UTC')}
GROUP BY time, signal
ORDER BY time, signal
