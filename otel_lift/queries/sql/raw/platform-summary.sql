SELECT
    event,
    category,
    count() AS events,
    uniqIf(subject, subject != '') AS users,
    countIf(user_blocked) AS blocked
FROM lift_events
WHERE event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
  AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
GROUP BY event, category
ORDER BY events DESC, event, category
