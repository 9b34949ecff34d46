/*
question: 21
title: Failures in the pipeline
description: >-
  What went wrong in the gateways, by their own metrics: requests refused or put aside, invalid records, failed stages,
  exports and jobs, leaks found by canaries. Only what happened.
window: 3600
role: analyst
columns:
  metric: {description: "Name of the counter."}
  labels: {description: "Its labels as JSON, with the gateway."}
  value: {kind: count, description: "How often it happened."}
*/
SELECT
    MetricName AS metric,
    toJSONString(mapSort(Attributes)) AS labels,
    toUInt64(sum(Value)) AS value
FROM otel_metrics_sum
WHERE ServiceName = 'otel-lift'
  AND MetricName IN (
    'otel_lift_requests_refused',
    'otel_lift_requests_quarantined',
    'otel_lift_records_rejected',
    'otel_lift_stage_failures',
    'otel_lift_consent_updates_of_nobody',
    'otel_lift_redaction_drift',
    'otel_lift_canary_leaks',
    'otel_lift_canary_missing',
    'otel_lift_export_retries',
    'otel_lift_export_refused',
    'otel_lift_export_quarantined',
    'otel_lift_jobs_failures'
  )
  AND TimeUnix >= {from:DateTime64(9, 'UTC')}
  AND TimeUnix < {to:DateTime64(9, 'UTC')}
GROUP BY metric, labels
HAVING value > 0
ORDER BY value DESC, metric, labels
