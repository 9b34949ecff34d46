/*
question: 12
title: Session failures
description: Sessions of each whole day that could not be restored or timed out.
window: 2592000
filters: [service, environment, user_type]
columns:
  day: {kind: day, description: "The day, in UTC."}
  sessions: {kind: count, description: "Distinct sessions with any event."}
  stabilization_failures: {kind: count, description: "Sessions that could not be restored, each time."}
  timeouts: {kind: count, description: "Sign-ins that failed because the session had expired."}
  timeout_rate: {kind: ratio, unit: '%', description: "Timeouts of all sessions."}
*/
SELECT
    day,
    uniqMerge(r.sessions) AS sessions,
    sum(r.restore_failures) AS stabilization_failures,
    sum(r.timeouts) AS timeouts,
    round(if(sessions = 0, 0, 100 * timeouts / sessions), 2) AS timeout_rate
FROM lift_rollup_sessions AS r
WHERE day >= toDate({from:DateTime64(9, 'UTC')})
  AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY day
ORDER BY day
