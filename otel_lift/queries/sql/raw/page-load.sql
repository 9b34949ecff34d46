SELECT
    page,
    count() AS loads,
    uniqIf(subject, subject != '') AS users,
    round(ifNotFinite(quantileBFloat16If(0.5)(duration_ms, duration_ms > 0), 0), 1) AS p50,
    round(ifNotFinite(quantileBFloat16If(0.95)(duration_ms, duration_ms > 0), 0), 1) AS p95
FROM lift_events
WHERE event = 'page_load'
  AND page != ''
  AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
  AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY page
ORDER BY p95 DESC, page
