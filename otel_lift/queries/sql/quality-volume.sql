/*
question: 22
title: Volume
description: >-
  Events by hour (UTC) and service, against what is usual: the mean of the same hour of the 7 days before. An hour that
  the window's end cuts is never low.
window: 86400
parameters:
  least: {type: Float64, default: 50, unit: '%', description: "An hour with less than this of what is usual is low."}
columns:
  hour: {kind: time, description: "Start of the hour."}
  service: {description: "The service."}
  events: {kind: count, description: "Events in the hour."}
  usual: {kind: number, description: "Mean of the same hour of the 7 days before."}
  share: {kind: ratio, unit: '%', description: "Events of what is usual."}
  low: {kind: flag, description: "Fewer events than usual, see the parameter."}
*/
WITH counted AS (
    SELECT
        hour,
        service,
        sum(r.events) AS events
    FROM lift_rollup_hourly AS r
    WHERE hour >= toStartOfHour({from:DateTime64(9, 'UTC')}) - toIntervalDay(7)
      AND hour < {to:DateTime64(9, 'UTC')}
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
