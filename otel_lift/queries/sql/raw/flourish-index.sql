WITH
    days AS (
        SELECT
            cityHash64(linked_subject) AS who,
            toDate(event_time, 'UTC') AS day,
            sumIf(e.mood, event = 'activation_mood_logged') AS moods,
            countIf(event = 'activation_mood_logged') AS logged,
            countIf(event = 'microact_created') AS microacts,
            countIf(
                event IN ('post_created', 'post_liked', 'post_commented', 'post_shared', 'user_followed')
            ) AS acts
        FROM lift_events_relinked AS e
        WHERE subject != ''
          AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')}) - toIntervalDay(6)
          AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
        GROUP BY who, day
        HAVING max(if({user_type:String} = '', '', user_type)) = {user_type:String}
    ),
    scores AS (
        SELECT
            day,
            if(logged = 0, 0, moods / logged) AS mood,
            if(microacts >= {microact_target:Float64}, 100, 100 * microacts / {microact_target:Float64}) AS microact,
            if(acts >= {community_target:Float64}, 100, 100 * acts / {community_target:Float64}) AS community,
            100 / 7 * count() OVER week AS consistency
        FROM days
        WINDOW week AS (PARTITION BY who ORDER BY day RANGE BETWEEN 6 PRECEDING AND CURRENT ROW)
    )
SELECT
    day,
    count() AS users,
    round(
        avg(
            s.mood * {mood_weight:Float64}
            + s.microact * {microact_weight:Float64}
            + s.community * {community_weight:Float64}
            + s.consistency * {consistency_weight:Float64}
        ),
        2
    ) AS flourish_index,
    round(avg(s.mood), 2) AS mood,
    round(avg(s.microact), 2) AS microact,
    round(avg(s.community), 2) AS community,
    round(avg(s.consistency), 2) AS consistency
FROM scores AS s
WHERE day >= toDate({from:DateTime64(9, 'UTC')})
GROUP BY day
ORDER BY day
