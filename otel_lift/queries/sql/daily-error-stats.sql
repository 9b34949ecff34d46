/*
question: 11
title: Errors by day
description: Failures of each whole day, and how many people they touched.
window: 2592000
people: affected_users
filters: [service, environment, user_type]
columns:
  day: {kind: day, description: "The day, in UTC."}
  errors: {kind: count, description: "Failures."}
  critical: {kind: count, description: "Those of critical priority."}
  blocked: {kind: count, description: "Those after which a person could not go on."}
  affected_users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    day,
    sum(r.events) AS errors,
    sumIf(r.events, priority = 'critical') AS critical,
    sum(r.blocked) AS blocked,
    uniqMerge(r.users) AS affected_users
FROM lift_rollup_daily AS r
WHERE category = 'failures'
  AND day >= toDate({from:DateTime64(9, 'UTC')})
  AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY day
ORDER BY day
