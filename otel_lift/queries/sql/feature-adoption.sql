/*
question: 14
title: Feature adoption
description: How often each feature was used in whole days (UTC), by how many people, and for how long.
window: 604800
people: users
filters: [service, environment, user_type]
columns:
  feature: {description: "The feature of the app."}
  uses: {kind: count, description: "How often it was used."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
  mean_duration: {kind: number, unit: ms, description: "Mean of the uses that say how long they lasted."}
*/
SELECT
    feature,
    sum(r.events) AS uses,
    uniqMerge(r.users) AS users,
    round(if(sum(r.timed) = 0, 0, sum(r.durations) / sum(r.timed)), 1) AS mean_duration
FROM lift_rollup_daily AS r
WHERE event = 'feature_used'
  AND day >= toDate({from:DateTime64(9, 'UTC')})
  AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY feature
ORDER BY uses DESC, feature
