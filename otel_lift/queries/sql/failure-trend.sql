/*
question: 3
title: Failures over time
description: How many events and failures there were, and how slow answers, bucket by bucket.
window: 86400
people: affected_users
filters: [service, environment, user_type]
parameters:
  bucket: {type: UInt32, default: 300, unit: s, least: 1, description: "Length of a bucket."}
columns:
  time: {kind: time, description: "Start of the bucket."}
  events: {kind: count, description: "All events."}
  failures: {kind: count, description: "Failures among them."}
  error_rate: {kind: ratio, unit: '%', description: "Failures of all events."}
  affected_users: {kind: count, description: "Distinct people who met a failure, by pseudonym."}
  p95: {kind: number, unit: ms, description: "Time within which 95 of 100 requests were answered."}
*/
SELECT
    toStartOfInterval(event_time, toIntervalSecond({bucket:UInt32}), 'UTC') AS time,
    count() AS events,
    countIf(category = 'failures') AS failures,
    round(100 * failures / events, 2) AS error_rate,
    uniqIf(subject, subject != '' AND category = 'failures') AS affected_users,
    round(
        ifNotFinite(quantileBFloat16If(0.95)(duration_ms, event = 'api_response_time' AND duration_ms > 0), 0), 1
    ) AS p95
FROM lift_events
WHERE event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY time
ORDER BY time WITH FILL
    FROM toStartOfInterval({from:DateTime64(9, 'UTC')}, toIntervalSecond({bucket:UInt32}), 'UTC')
    TO toDateTime({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1), 'UTC') + toIntervalSecond(1)
    STEP toIntervalSecond({bucket:UInt32})
