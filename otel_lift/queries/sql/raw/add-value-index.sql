WITH
    days AS (
        SELECT
            cityHash64(linked_subject) AS who,
            toDate(event_time, 'UTC') AS day,
            countIf(event = 'microact_created') AS creations,
            countIf(event = 'microact_shared') AS shares,
            countIf(event IN ('wave_joined', 'wave_interaction')) AS waves,
            countIf(event IN ('post_commented', 'post_shared')) AS helps
        FROM lift_events_relinked
        WHERE subject != ''
          AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
          AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
        GROUP BY who, day
        HAVING max(if({user_type:String} = '', '', user_type)) = {user_type:String}
    ),
    scores AS (
        SELECT
            day,
            if(creations >= {created_target:Float64}, 100, 100 * creations / {created_target:Float64}) AS created,
            if(shares >= {shared_target:Float64}, 100, 100 * shares / {shared_target:Float64}) AS shared,
            if(waves >= {wave_target:Float64}, 100, 100 * waves / {wave_target:Float64}) AS wave,
            if(helps >= {help_target:Float64}, 100, 100 * helps / {help_target:Float64}) AS help
        FROM days
    )
SELECT
    day,
    count() AS users,
    round(
        avg(
            s.created * {created_weight:Float64}
            + s.shared * {shared_weight:Float64}
            + s.wave * {wave_weight:Float64}
            + s.help * {help_weight:Float64}
        ),
        2
    ) AS add_value_index,
    round(avg(s.created), 2) AS created,
    round(avg(s.shared), 2) AS shared,
    round(avg(s.wave), 2) AS wave,
    round(avg(s.help), 2) AS help
FROM scores AS s
GROUP BY day
ORDER BY day
