/*
question: 6
title: Trend of a pattern
description: How often one error pattern happened, bucket by bucket; times without any are there too.
window: 604800
people: affected_users
parameters:
  fingerprint: {type: String, default: '', description: "The pattern."}
  bucket: {type: UInt32, default: 3600, unit: s, least: 1, description: "Length of a bucket."}
columns:
  time: {kind: time, description: "Start of the bucket."}
  occurrences: {kind: count, description: "How often it happened."}
  affected_users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    toStartOfInterval(event_time, toIntervalSecond({bucket:UInt32}), 'UTC') AS time,
    count() AS occurrences,
    uniqIf(subject, subject != '') AS affected_users
FROM lift_events
WHERE fingerprint = {fingerprint:String}
  AND fingerprint != ''
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
GROUP BY time
ORDER BY time WITH FILL
    FROM toStartOfInterval({from:DateTime64(9, 'UTC')}, toIntervalSecond({bucket:UInt32}), 'UTC')
    TO toDateTime({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1), 'UTC') + toIntervalSecond(1)
    STEP toIntervalSecond({bucket:UInt32})
