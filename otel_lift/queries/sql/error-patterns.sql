/*
question: 6
title: Error patterns
description: Errors that are one error, in whole five minutes; which are new, and which came back.
window: 3600
people: affected_users
filters: [service, environment]
parameters:
  more_than: {type: UInt64, default: 2, description: "Patterns that occurred more often than this."}
  gone: {type: UInt32, default: 86400, unit: s, description: "A pattern that was quiet this long has regressed."}
  limit: {type: UInt32, default: 50, description: "How many patterns to list."}
  fingerprint: {type: String, default: '', description: "Of this pattern only; '' for all."}
columns:
  fingerprint: {description: "The pattern, 64 hexadecimal digits."}
  event: {description: "Name of the event."}
  template: {description: "The message with its parameters as placeholders."}
  state: {description: "One of new, regressed (quiet for long, or resolved, and back) and ongoing."}
  occurrences: {kind: count, description: "How often it happened."}
  affected_users: {kind: count, description: "Distinct people, by pseudonym."}
  first_seen: {kind: time, description: "First time in the window."}
  last_seen: {kind: time, description: "Last time in the window."}
  page: {description: "Most common page."}
  action: {description: "Most common action."}
  sample: {description: "The latest redacted message."}
  resolved: {kind: flag, description: "It was said to be resolved, and has not happened since."}
*/
WITH
    toDateTime(toStartOfFiveMinutes({from:DateTime64(9, 'UTC')}), 'UTC') AS start,
    toDateTime(toStartOfFiveMinutes({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)), 'UTC') AS latest,
    present AS (
        SELECT
            fingerprint,
            event,
            anyLast(p.template) AS template,
            sum(p.occurrences) AS occurrences,
            uniqMerge(p.affected_users) AS affected_users,
            min(p.first_seen) AS first_seen,
            max(p.last_seen) AS last_seen,
            arrayElement(topKMerge(3)(p.pages), 1) AS page,
            arrayElement(topKMerge(3)(p.actions), 1) AS action,
            argMaxMerge(p.sample) AS sample
        FROM lift_error_patterns AS p
        WHERE p.window >= start
          AND p.window <= latest
          AND (fingerprint = {fingerprint:String} OR {fingerprint:String} = '')
          AND (service = {service:String} OR {service:String} = '')
          AND (environment = {environment:String} OR {environment:String} = '')
        GROUP BY fingerprint, event
        HAVING occurrences > {more_than:UInt64}
        ORDER BY occurrences DESC, fingerprint, event
        LIMIT {limit:UInt32}
    ),
    past AS (
        SELECT
            fingerprint,
            event,
            count() AS windows,
            max(p.last_seen) AS last_seen
        FROM lift_error_patterns AS p
        WHERE p.window < start
          AND (fingerprint = {fingerprint:String} OR {fingerprint:String} = '')
          AND (service = {service:String} OR {service:String} = '')
          AND (environment = {environment:String} OR {environment:String} = '')
        GROUP BY fingerprint, event
    ),
    resolved AS (
        SELECT
            fingerprint,
            argMax(r.resolved, r.resolved_at) AS said,
            argMax(r.resolution, r.resolved_at) AS resolution,
            max(r.resolved_at) AS at
        FROM lift_resolutions AS r
        WHERE fingerprint != ''
        GROUP BY fingerprint
    )
SELECT
    present.fingerprint AS fingerprint,
    present.event AS event,
    present.template AS template,
    multiIf(
        past.windows = 0, 'new',
        past.last_seen < start - toIntervalSecond({gone:UInt32}), 'regressed',
        resolved.said AND resolved.at < present.first_seen, 'regressed',
        'ongoing'
    ) AS state,
    present.occurrences AS occurrences,
    present.affected_users AS affected_users,
    present.first_seen AS first_seen,
    present.last_seen AS last_seen,
    present.page AS page,
    present.action AS action,
    present.sample AS sample,
    CAST(resolved.said AND present.last_seen <= resolved.at, 'Bool') AS resolved
FROM present
LEFT JOIN past ON past.fingerprint = present.fingerprint AND past.event = present.event
LEFT JOIN resolved ON resolved.fingerprint = present.fingerprint
ORDER BY occurrences DESC, fingerprint, event
