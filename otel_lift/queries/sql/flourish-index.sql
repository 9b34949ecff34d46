/*
question: 18
title: Flourish Index
description: >-
  Mean Flourish Index of the persons active on each day (UTC), and of its four scores from 0 to 100; the index is the
  weighted sum of the scores. A person is one across key rotations.
window: 2592000
people: users
filters: [user_type]
parameters:
  mood_weight: {type: Float64, default: 0.3, description: "Weight of the mood score."}
  microact_weight: {type: Float64, default: 0.3, description: "Weight of the micro-act score."}
  community_weight: {type: Float64, default: 0.2, description: "Weight of the community score."}
  consistency_weight: {type: Float64, default: 0.2, description: "Weight of the consistency score."}
  microact_target: {type: Float64, default: 5, description: "Micro-acts created in a day that make 100."}
  community_target: {type: Float64, default: 10, description: "Community events in a day that make 100."}
columns:
  day: {kind: day, description: "The day."}
  users: {kind: count, description: "Persons active on the day."}
  flourish_index: {kind: number, description: "Mean index, from 0 to 100."}
  mood: {kind: number, description: "Mean mood that a person logged on the day; 0 for who logged none."}
  microact: {kind: number, description: "Micro-acts created, in percent of the target, at most 100."}
  community: {kind: number, description: "Community events (posts, likes, ...), in percent of the target, at most 100."}
  consistency: {kind: number, description: "Active days of the 7 that end with the day, in percent."}
*/
WITH
    days AS (
        SELECT
            if(links.new = 0, cityHash64(d.subject), links.new) AS who,
            day,
            sum(mood_sum) AS moods,
            sum(mood_count) AS logged,
            sum(microacts_created) AS microacts,
            sum(d.community) AS acts
        FROM lift_user_days AS d
        GLOBAL LEFT ANY JOIN (
            SELECT
                cityHash64(subject) AS old,
                cityHash64(linked_subject) AS new
            FROM lift_relinks
        ) AS links ON links.old = cityHash64(d.subject)
        WHERE day >= toDate({from:DateTime64(9, 'UTC')}) - 6
          AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
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
