WITH counted AS (
    SELECT
        toStartOfHour(event_time, 'UTC') AS hour,
        service,
        count() AS events
    FROM lift_events
    WHERE event_time >= toStartOfHour({from:DateTime64(9, 'UTC')}) - toIntervalDay(7)
      AND event_time < toStartOfHour({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalHour(1)
    GROUP BY hour, service
)
SELECT
    toDateTime(c.hour + toIntervalDay(later), 'UTC') AS hour,
    service,
    sumIf(c.events, later = 0) AS events,
    round(sumIf(c.events, later > 0) / 7, 2) AS usual,
    round(ifNotFinite(700 * events / sumIf(c.events, later > 0), 0), 2) AS share,
    toBool(
        sumIf(c.events, later > 0) > 0
        AND 700 * events / sumIf(c.events, later > 0) < {least:Float64}
        AND hour + toIntervalHour(1) <= {to:DateTime64(9, 'UTC')}
    ) AS low
FROM counted AS c
ARRAY JOIN range(8) AS later
WHERE hour >= toStartOfHour({from:DateTime64(9, 'UTC')})
  AND hour < {to:DateTime64(9, 'UTC')}
GROUP BY hour, service
ORDER BY hour, service
