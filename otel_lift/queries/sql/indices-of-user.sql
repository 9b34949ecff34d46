/*
question: 18
title: One person's indices
description: >-
  Flourish Index and Add-Value Index of one person by active day (UTC), with their scores from 0 to 100; `subject` is
  any of the person's pseudonyms.
window: 2592000
role: on-call
parameters:
  subject: {type: String, default: '', description: "A pseudonym of the person."}
  mood_weight: {type: Float64, default: 0.3, description: "Weight of the mood score."}
  microact_weight: {type: Float64, default: 0.3, description: "Weight of the micro-act score."}
  community_weight: {type: Float64, default: 0.2, description: "Weight of the community score."}
  consistency_weight: {type: Float64, default: 0.2, description: "Weight of the consistency score."}
  microact_target: {type: Float64, default: 5, description: "Micro-acts created in a day that make 100."}
  community_target: {type: Float64, default: 10, description: "Community events in a day that make 100."}
  created_weight: {type: Float64, default: 0.3, description: "Weight of the score of micro-acts created."}
  shared_weight: {type: Float64, default: 0.3, description: "Weight of the score of micro-acts shared."}
  wave_weight: {type: Float64, default: 0.2, description: "Weight of the wave score."}
  help_weight: {type: Float64, default: 0.2, description: "Weight of the help score."}
  created_target: {type: Float64, default: 5, description: "Micro-acts created in a day that make 100."}
  shared_target: {type: Float64, default: 3, description: "Micro-acts shared in a day that make 100."}
  wave_target: {type: Float64, default: 5, description: "Waves joined and interactions in them in a day that make 100."}
  help_target: {type: Float64, default: 5, description: "Comments and shares of posts in a day that make 100."}
columns:
  day: {kind: day, description: "A day on which the person was active."}
  flourish_index: {kind: number, description: "Flourish Index."}
  mood: {kind: number, description: "Mean mood logged; 0 if none was."}
  microact: {kind: number, description: "Micro-acts created, in percent of the target, at most 100."}
  community: {kind: number, description: "Community events, in percent of the target, at most 100."}
  consistency: {kind: number, description: "Active days of the 7 that end with the day, in percent."}
  add_value_index: {kind: number, description: "Add-Value Index."}
  created: {kind: number, description: "Micro-acts created, in percent of the target, at most 100."}
  shared: {kind: number, description: "Micro-acts shared, in percent of the target, at most 100."}
  wave: {kind: number, description: "Waves joined and interactions in them, in percent of the target, at most 100."}
  help: {kind: number, description: "Comments and shares of posts, in percent of the target, at most 100."}
*/
WITH
    (SELECT any(linked_subject) FROM lift_relinks WHERE subject = {subject:String}) AS linked,
    if(linked = '', {subject:String}, linked) AS person,
    days AS (
        SELECT
            day,
            sum(d.mood_sum) AS moods,
            sum(d.mood_count) AS logged,
            sum(d.community) AS acts,
            sum(d.microacts_created) AS creations,
            sum(d.microacts_shared) AS shares,
            sum(d.waves_joined) + sum(d.wave_interactions) AS waves,
            sum(d.community_help) AS helps
        FROM lift_user_days AS d
        WHERE day >= toDate({from:DateTime64(9, 'UTC')}) - 6
          AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
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
