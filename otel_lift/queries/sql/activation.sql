/*
question: 16
title: Activation
description: Persons who started and who completed an activation, by day (UTC).
window: 2592000
people: started
filters: [user_type]
columns:
  day: {kind: day, description: "The day."}
  started: {kind: count, description: "Persons who started one on the day."}
  completed: {kind: count, description: "Persons who completed one on the day."}
  completion_rate: {kind: ratio, unit: '%', description: "Who completed, of those who started."}
*/
WITH persons AS (
    SELECT
        cityHash64(person) AS who,
        day,
        sum(activations_started) > 0 AS starts,
        sum(activations_completed) > 0 AS completes
    FROM lift_user_days_linked
    WHERE day >= toDate({from:DateTime64(9, 'UTC')})
      AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
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
