/*
question: 6
title: Error patterns
description: Errors that are one error, by fingerprint; which are new, and which came back after they were gone.
parameters:
  window: {type: UInt32, default: 3600, unit: s, description: "How far back to look."}
  more_than: {type: UInt64, default: 2, description: "Patterns that occurred more often than this."}
  gone: {type: UInt32, default: 86400, unit: s, description: "A pattern that was quiet this long has regressed."}
  limit: {type: UInt32, default: 50, description: "How many patterns to list."}
columns:
  fingerprint: {description: "The pattern, 64 hexadecimal digits."}
  template: {description: "The message with its parameters as placeholders."}
  state: {description: "new, regressed or ongoing."}
  occurrences: {description: "How often it happened."}
  affected_users: {description: "Distinct people, by pseudonym."}
  first_seen: {description: "First time in the window."}
  last_seen: {description: "Last time in the window."}
  page: {description: "Most common page."}
  action: {description: "Most common action."}
  sample: {description: "The latest redacted message."}
*/
WITH toStartOfFiveMinutes(now() - toIntervalSecond({window:UInt32})) AS start
SELECT
    p.fingerprint AS fingerprint,
    anyLastIf(p.template, p.window >= start) AS template,
    multiIf(
        countIf(p.window < start) = 0, 'new',
        maxIf(p.last_seen, p.window < start) < start - toIntervalSecond({gone:UInt32}), 'regressed',
        'ongoing'
    ) AS state,
    sumIf(p.occurrences, p.window >= start) AS occurrences,
    uniqMergeIf(p.affected_users, p.window >= start) AS affected_users,
    minIf(p.first_seen, p.window >= start) AS first_seen,
    maxIf(p.last_seen, p.window >= start) AS last_seen,
    arrayElement(topKMergeIf(3)(p.pages, p.window >= start), 1) AS page,
    arrayElement(topKMergeIf(3)(p.actions, p.window >= start), 1) AS action,
    argMaxMergeIf(p.sample, p.window >= start) AS sample
FROM lift_error_patterns AS p
GROUP BY p.fingerprint
HAVING occurrences > {more_than:UInt64}
ORDER BY occurrences DESC, fingerprint
LIMIT {limit:UInt32}
