WITH
    (SELECT any(linked_subject) FROM lift_relinks WHERE subject = {subject:String}) AS linked,
    if(linked = '', {subject:String}, linked) AS person
SELECT
    toDate(event_time, 'UTC') AS day,
    count() AS events,
    countIf(category = 'failures') AS errors,
    uniqIf(session_id, session_id != '') AS sessions,
    countIf(event = 'microact_created') AS microacts_created,
    countIf(event = 'microact_shared') AS microacts_shared,
    countIf(
        event IN ('post_created', 'post_liked', 'post_commented', 'post_shared', 'user_followed')
    ) AS community,
    countIf(event = 'wave_joined') AS waves_joined
FROM lift_events
WHERE event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
  AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
  AND subject GLOBAL IN (SELECT subject FROM lift_relinks WHERE linked_subject = person UNION ALL SELECT person)
  AND subject != ''
GROUP BY day
ORDER BY day
