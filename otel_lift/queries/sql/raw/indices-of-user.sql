WITH
    (SELECT any(linked_subject) FROM lift_relinks WHERE subject = {subject:String}) AS linked,
    if(linked = '', {subject:String}, linked) AS person,
    days AS (
        SELECT
            toDate(event_time, 'UTC') AS day,
            sumIf(e.mood, event = 'activation_mood_logged') AS moods,
            countIf(event = 'activation_mood_logged') AS logged,
            countIf(
                event IN ('post_created', 'post_liked', 'post_commented', 'post_shared', 'user_followed')
            ) AS acts,
            countIf(event = 'microact_created') AS creations,
            countIf(event = 'microact_shared') AS shares,
            countIf(event IN ('wave_joined', 'wave_interaction')) AS waves,
            countIf(event IN ('post_commented', 'post_shared')) AS helps
        FROM lift_events AS e
        WHERE event_time >= toStartOfDay({from:DateTime64(9, 'UTC')}) - toIntervalDay(6)
          AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
          AND subject GLOBAL IN (SELECT subject FROM lift_relinks WHERE linked_subject = person UNION ALL SELECT person)
          AND subject != ''
        GROUP BY day
    ),
    scores AS (
        SELECT
            day,
            if(logged = 0, 0, moods / logged) AS mood,
            if(creations >= {microact_target:Float64}, 100, 100 * creations / {microact_target:Float64}) AS microact,
            if(acts >= {community_target:Float64}, 100, 100 * acts / {community_target:Float64}) AS community,
            100 / 7 * count() OVER (ORDER BY day RANGE BETWEEN 6 PRECEDING AND CURRENT ROW) AS consistency,
            if(creations >= {created_target:Float64}, 100, 100 * creations / {created_target:Float64}) AS created,
            if(shares >= {shared_target:Float64}, 100, 100 * shares / {shared_target:Float64}) AS shared,
            if(waves >= {wave_target:Float64}, 100, 100 * waves / {wave_target:Float64}) AS wave,
            if(helps >= {help_target:Float64}, 100, 100 * helps / {help_target:Float64}) AS help
        FROM days
    )
SELECT
    day,
    round(
        s.mood * {mood_weight:Float64}
        + s.microact * {microact_weight:Float64}
        + s.community * {community_weight:Float64}
        + s.consistency * {consistency_weight:Float64},
        2
    ) AS flourish_index,
    round(s.mood, 2) AS mood,
    round(s.microact, 2) AS microact,
    round(s.community, 2) AS community,
    round(s.consistency, 2) AS consistency,
    round(
        s.created * {created_weight:Float64}
        + s.shared * {shared_weight:Float64}
        + s.wave * {wave_weight:Float64}
        + s.help * {help_weight:Float64},
        2
    ) AS add_value_index,
    round(s.created, 2) AS created,
    round(s.shared, 2) AS shared,
    round(s.wave, 2) AS wave,
    round(s.help, 2) AS help
FROM scores AS s
WHERE day >= toDate({from:DateTime64(9, 'UTC')})
ORDER BY day
