/*
question: 21
title: Spool depth
description: What waits on the gateways' disks for the store, the most in each bucket.
window: 3600
parameters:
  bucket: {type: UInt32, default: 60, least: 1, unit: s, description: "Length of a bucket."}
columns:
  time: {kind: time, description: "Start of the bucket."}
  gateway: {description: "The gateway."}
  bytes: {kind: number, unit: By, description: "Disk that the spool filled."}
  segments: {kind: number, description: "Sealed segments that waited."}
  oldest_seconds: {kind: number, unit: s, description: "Age of the oldest of them."}
*/
SELECT
    toStartOfInterval(toTimeZone(TimeUnix, 'UTC'), toIntervalSecond({bucket:UInt32})) AS time,
    Attributes['gateway'] AS gateway,
    maxIf(Value, MetricName = 'otel_lift_spool_bytes') AS bytes,
    maxIf(Value, MetricName = 'otel_lift_spool_segments') AS segments,
    maxIf(Value, MetricName = 'otel_lift_spool_oldest_seconds') AS oldest_seconds
FROM otel_metrics_gauge
WHERE ServiceName = 'otel-lift'
  AND MetricName IN ('otel_lift_spool_bytes', 'otel_lift_spool_segments', 'otel_lift_spool_oldest_seconds')
  AND TimeUnix >= {from:DateTime64(9, 'UTC')}
  AND TimeUnix < {to:DateTime64(9, 'UTC')}
GROUP BY time, gateway
ORDER BY time, gateway
