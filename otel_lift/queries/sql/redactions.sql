/*
question: 23
title: Redactions
description: What was redacted, by rule and service, as the stored log records and spans say.
window: 86400
columns:
  rule: {description: "The rule that found something."}
  service: {description: "The service that sent it."}
  records: {kind: count, description: "Log records and spans in which it did."}
  values: {kind: count, description: "Values that were changed in these, by this or another of their rules."}
*/
SELECT
    rule,
    service,
    count() AS records,
    sum(changed) AS `values`
FROM (
    SELECT
        ServiceName AS service,
        LogAttributes['lift.redaction.rules'] AS rules,
        toUInt64OrZero(LogAttributes['lift.redaction.count']) AS changed
    FROM otel_logs
    WHERE rules != ''
      AND Timestamp >= {from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
    UNION ALL
    SELECT
        ServiceName AS service,
        SpanAttributes['lift.redaction.rules'] AS rules,
        toUInt64OrZero(SpanAttributes['lift.redaction.count']) AS changed
    FROM otel_traces
    WHERE rules != ''
      AND Timestamp >= {from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
)
ARRAY JOIN splitByChar(',', rules) AS rule
GROUP BY rule, service
ORDER BY records DESC, rule, service
