/*
question: 22
title: Clocks
description: Events whose own time and the gateway's differ much, by service.
window: 86400
columns:
  service: {description: "The service."}
  events: {kind: count, description: "All events."}
  ahead: {kind: count, description: "Events from more than 60 s after their arrival."}
  late: {kind: count, description: "Events that arrived more than an hour after they happened."}
  moved: {kind: count, description: "Events stored under their arrival, since their own time cannot be."}
  max_ahead: {kind: number, unit: s, description: "The most that an event was ahead."}
  max_late: {kind: number, unit: s, description: "The most that an event was late."}
*/
WITH lags AS (
    SELECT
        service,
        (toUnixTimestamp64Nano(receive_time) - toUnixTimestamp64Nano(event_time)) / 1e9 AS lag,
        mapContains(properties, 'lift.time.original') AS placed
    FROM lift_events
    WHERE event_time >= {from:DateTime64(9, 'UTC')}
      AND event_time < {to:DateTime64(9, 'UTC')}
)
SELECT
    service,
    count() AS events,
    countIf(lag < -60) AS ahead,
    countIf(lag > 3600) AS late,
    countIf(placed) AS moved,
    round(greatest(-min(lag), 0), 3) AS max_ahead,
    round(greatest(max(lag), 0), 3) AS max_late
FROM lags
GROUP BY service
ORDER BY events DESC, service
