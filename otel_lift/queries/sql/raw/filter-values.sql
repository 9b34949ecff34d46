SELECT
    choice.1 AS filter,
    choice.2 AS value,
    count() AS events
FROM lift_events
ARRAY JOIN [
    ('service', toString(service)), ('environment', toString(environment)), ('user_type', toString(user_type))
] AS choice
WHERE event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
  AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
  AND value != ''
GROUP BY filter, value
ORDER BY filter, events DESC, value
