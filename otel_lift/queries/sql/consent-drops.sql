/*
question: 23
title: Dropped for lack of consent
description: What was dropped or made anonymous for lack of consent, by the gateways' own metrics.
window: 86400
columns:
  category: {description: "The category of consent."}
  action: {description: "What was done: dropped (of a span all but a skeleton) or anonymised."}
  signal: {description: "What it was: log, span, span_event, data_point or exemplar."}
  records: {kind: count, description: "How many."}
*/
SELECT
    Attributes['category'] AS category,
    if(MetricName = 'otel_lift_consent_dropped', 'dropped', 'anonymised') AS action,
    Attributes['kind'] AS signal,
    toUInt64(sum(Value)) AS records
FROM otel_metrics_sum
WHERE ServiceName = 'otel-lift'
  AND MetricName IN ('otel_lift_consent_dropped', 'otel_lift_consent_anonymised')
  AND TimeUnix >= {from:DateTime64(9, 'UTC')}
  AND TimeUnix < {to:DateTime64(9, 'UTC')}
GROUP BY category, action, signal
ORDER BY records DESC, category, action, signal
