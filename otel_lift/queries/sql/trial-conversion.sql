/*
question: 15
title: Trial conversion
description: How trials ended, by type of trial and outcome.
window: 2592000
people: users
filters: [user_type]
columns:
  trial_type: {description: "Type of trial."}
  outcome: {description: "How it ended: converted or not_converted."}
  trials: {kind: count, description: "Trials that ended so."}
  share: {kind: ratio, unit: '%', description: "Of the trials of this type."}
  mean_days_used: {kind: number, unit: d, description: "Mean days of use of the trials that say it."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    trial_type,
    if(converted, 'converted', 'not_converted') AS outcome,
    count() AS trials,
    round(100 * trials / sum(count()) OVER (PARTITION BY trial_type), 2) AS share,
    round(ifNotFinite(avgIf(days_used, days_used > 0), 0), 1) AS mean_days_used,
    uniqIf(subject, subject != '') AS users
FROM lift_events AS e
WHERE event = 'trial_conversion'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY trial_type, converted
ORDER BY trials DESC, trial_type, outcome
