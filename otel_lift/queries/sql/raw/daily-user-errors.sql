WITH
    (SELECT any(linked_subject) FROM lift_relinks WHERE subject = {subject:String}) AS linked,
    if(linked = '', {subject:String}, linked) AS person
SELECT
    toDate(event_time, 'UTC') AS day,
    subject,
    count() AS errors,
    uniqIf(fingerprint, fingerprint != '') AS distinct_errors,
    countIf(user_blocked) AS blocked,
    countIf(e.recovery_attempted) AS recovery_attempted,
    countIf(recovery_successful) AS recovered,
    round(if(recovery_attempted = 0, 0, 100 * recovered / recovery_attempted), 2) AS recovery_rate
FROM lift_events AS e
WHERE (
    {subject:String} = ''
    OR subject GLOBAL IN (SELECT subject FROM lift_relinks WHERE linked_subject = person UNION ALL SELECT person)
  )
  AND subject != ''
  AND category = 'failures'
  AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
  AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
GROUP BY day, subject
ORDER BY day DESC, errors DESC, subject
LIMIT {limit:UInt32}
