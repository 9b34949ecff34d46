WITH persons AS (
    SELECT
        cityHash64(linked_subject) AS who,
        toDate(event_time, 'UTC') AS day,
        countIf(event = 'activation_started') > 0 AS starts,
        countIf(event = 'activation_completed') > 0 AS completes
    FROM lift_events_relinked
    WHERE subject != ''
      AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
      AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
    GROUP BY who, day
    HAVING max(if({user_type:String} = '', '', user_type)) = {user_type:String}
)
SELECT
    day,
    countIf(starts) AS started,
    countIf(completes) AS completed,
    round(if(started = 0, 0, 100 * completed / started), 2) AS completion_rate
FROM persons
GROUP BY day
HAVING started + completed > 0
ORDER BY day
