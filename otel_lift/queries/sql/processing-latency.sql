/*
question: 21
title: Processing latency
description: How long the gateways worked on a record in each stage of their pipelines, by their own metrics.
window: 3600
parameters:
  bucket: {type: UInt32, default: 60, least: 1, unit: s, description: "Length of a bucket."}
columns:
  time: {kind: time, description: "Start of the bucket."}
  pipeline: {description: "The pipeline; empty for decode and spool, which serve all together."}
  stage: {description: "Decode, the id of a processor, tables or spool."}
  seconds: {kind: number, unit: s, description: "Time that passed in the stage."}
  cpu_seconds: {kind: number, unit: s, description: "Time of CPU that it took."}
  per_record: {kind: number, unit: us, description: "Time that passed by record that the gateways took in."}
*/
SELECT
    toStartOfInterval(toTimeZone(TimeUnix, 'UTC'), toIntervalSecond({bucket:UInt32})) AS time,
    Attributes['pipeline'] AS pipeline,
    Attributes['stage'] AS stage,
    round(sumIf(Value, MetricName = 'otel_lift_stage_seconds'), 6) AS seconds,
    round(sumIf(Value, MetricName = 'otel_lift_stage_cpu_seconds'), 6) AS cpu_seconds,
    if(any(taken.records) = 0, 0, round(1e6 * seconds / any(taken.records), 2)) AS per_record
FROM otel_metrics_sum AS stages
LEFT JOIN (
    SELECT
        toStartOfInterval(toTimeZone(TimeUnix, 'UTC'), toIntervalSecond({bucket:UInt32})) AS time,
        sum(Value) AS records
    FROM otel_metrics_sum
    WHERE ServiceName = 'otel-lift'
      AND MetricName = 'otel_lift_records_received'
      AND TimeUnix >= {from:DateTime64(9, 'UTC')}
      AND TimeUnix < {to:DateTime64(9, 'UTC')}
    GROUP BY time
) AS taken ON taken.time = toStartOfInterval(toTimeZone(stages.TimeUnix, 'UTC'), toIntervalSecond({bucket:UInt32}))
WHERE ServiceName = 'otel-lift'
  AND MetricName IN ('otel_lift_stage_seconds', 'otel_lift_stage_cpu_seconds')
  AND TimeUnix >= {from:DateTime64(9, 'UTC')}
  AND TimeUnix < {to:DateTime64(9, 'UTC')}
GROUP BY time, pipeline, stage
ORDER BY time, pipeline, stage
