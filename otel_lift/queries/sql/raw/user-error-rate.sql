WITH
    (SELECT any(linked_subject) FROM lift_relinks WHERE subject = {subject:String}) AS linked,
    if(linked = '', {subject:String}, linked) AS person,
    toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) - toDate({from:DateTime64(9, 'UTC')}) + 1 AS days
SELECT
    count() AS errors,
    countIf(priority = 'critical') AS critical,
    countIf(user_blocked) AS blocking,
    round(errors / days, 2) AS daily_average,
    uniqExact(toDate(event_time, 'UTC')) AS days_with_errors
FROM lift_events
WHERE subject GLOBAL IN (SELECT subject FROM lift_relinks WHERE linked_subject = person UNION ALL SELECT person)
  AND subject != ''
  AND category = 'failures'
  AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
  AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
