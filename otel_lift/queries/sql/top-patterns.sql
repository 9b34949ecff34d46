/*
question: 20
title: Most frequent errors
description: The error patterns that occurred most often in whole days (UTC).
window: 86400
people: affected_users
parameters:
  limit: {type: UInt32, default: 5, description: "How many patterns to list."}
columns:
  fingerprint: {description: "The pattern, 64 hexadecimal digits."}
  event: {description: "Name of the event."}
  template: {description: "The latest message with its parameters as placeholders."}
  occurrences: {kind: count, description: "How often it happened."}
  affected_users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    fingerprint,
    event,
    argMax(e.template, event_time) AS template,
    count() AS occurrences,
    uniqIf(subject, subject != '') AS affected_users
FROM lift_events AS e
WHERE fingerprint != ''
  AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
  AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
GROUP BY fingerprint, event
ORDER BY occurrences DESC, fingerprint, event
LIMIT {limit:UInt32}
