SELECT
    toDate(event_time, 'UTC') AS day,
    uniqIf(session_id, session_id != '') AS sessions,
    countIf(event = 'session_stabilization_failure') AS stabilization_failures,
    countIf(event = 'auth_error' AND error_type = 'session_expired') AS timeouts,
    round(if(sessions = 0, 0, 100 * timeouts / sessions), 2) AS timeout_rate
FROM lift_events
WHERE event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
  AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY day
ORDER BY day
