SELECT
    feature,
    max(toDate(event_time, 'UTC')) AS last_used
FROM lift_events
WHERE event = 'feature_used'
  AND feature != ''
  AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')} - toIntervalSecond({known_for:UInt32}))
  AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
GROUP BY feature
HAVING last_used < toDate({from:DateTime64(9, 'UTC')})
ORDER BY last_used DESC, feature
