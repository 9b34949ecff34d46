SELECT
    feature,
    count() AS uses,
    uniqIf(subject, subject != '') AS users,
    round(ifNotFinite(avgIf(duration_ms, duration_ms > 0), 0), 1) AS mean_duration
FROM lift_events
WHERE event = 'feature_used'
  AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
  AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY feature
ORDER BY uses DESC, feature
