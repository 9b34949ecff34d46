/*
question: 18
title: Add-Value Index
description: >-
  Mean Add-Value Index of the persons active on each day (UTC), and of its four scores from 0 to 100; the index is the
  weighted sum of the scores. A person is one across key rotations.
window: 2592000
people: users
filters: [user_type]
parameters:
  created_weight: {type: Float64, default: 0.3, description: "Weight of the score of micro-acts created."}
  shared_weight: {type: Float64, default: 0.3, description: "Weight of the score of micro-acts shared."}
  wave_weight: {type: Float64, default: 0.2, description: "Weight of the wave score."}
  help_weight: {type: Float64, default: 0.2, description: "Weight of the help score."}
  created_target: {type: Float64, default: 5, description: "Micro-acts created in a day that make 100."}
  shared_target: {type: Float64, default: 3, description: "Micro-acts shared in a day that make 100."}
  wave_target: {type: Float64, default: 5, description: "Waves joined and interactions in them in a day that make 100."}
  help_target: {type: Float64, default: 5, description: "Comments and shares of posts in a day that make 100."}
columns:
  day: {kind: day, description: "The day."}
  users: {kind: count, description: "Persons active on the day."}
  add_value_index: {kind: number, description: "Mean index, from 0 to 100."}
  created: {kind: number, description: "Micro-acts created, in percent of the target, at most 100."}
  shared: {kind: number, description: "Micro-acts shared, in percent of the target, at most 100."}
  wave: {kind: number, description: "Waves joined and interactions in them, in percent of the target, at most 100."}
  help: {kind: number, description: "Comments and shares of posts, in percent of the target, at most 100."}
*/
WITH
    days AS (
        SELECT
            if(links.new = 0, cityHash64(d.subject), links.new) AS who,
            day,
            sum(d.microacts_created) AS creations,
            sum(d.microacts_shared) AS shares,
            sum(d.waves_joined) + sum(d.wave_interactions) AS waves,
            sum(d.community_help) AS helps
        FROM lift_user_days AS d
        GLOBAL LEFT ANY JOIN (
            SELECT
                cityHash64(subject) AS old,
                cityHash64(linked_subject) AS new
            FROM lift_relinks
        ) AS links ON links.old = cityHash64(d.subject)
        WHERE day >= toDate({from:DateTime64(9, 'UTC')})
          AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
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
