SELECT
    toDate(event_time, 'UTC') AS day,
    count() AS errors,
    countIf(priority = 'critical') AS critical,
    countIf(user_blocked) AS blocked,
    uniqIf(subject, subject != '') AS affected_users
FROM lift_events
WHERE category = 'failures'
  AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
  AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY day
ORDER BY day
