/*
question: 21
title: Lag of events
description: How long events took from their own time to the gateway; a client's clock that is ahead counts as 0.
window: 86400
filters: [service, environment, user_type]
columns:
  service: {description: "The service."}
  events: {kind: count, description: "All events."}
  p50: {kind: number, unit: s, description: "Lag of half of the events."}
  p95: {kind: number, unit: s, description: "Lag of 95 of 100 events."}
  max_lag: {kind: number, unit: s, description: "The longest lag."}
*/
WITH lags AS (
    SELECT
        service,
        greatest(toUnixTimestamp64Nano(receive_time) - toUnixTimestamp64Nano(event_time), 0) / 1e9 AS lag
    FROM lift_events
    WHERE event_time >= {from:DateTime64(9, 'UTC')}
      AND event_time < {to:DateTime64(9, 'UTC')}
      AND (service = {service:String} OR {service:String} = '')
      AND (environment = {environment:String} OR {environment:String} = '')
      AND (user_type = {user_type:String} OR {user_type:String} = '')
)
SELECT
    service,
    count() AS events,
    round(quantileBFloat16(0.5)(lag), 3) AS p50,
    round(quantileBFloat16(0.95)(lag), 3) AS p95,
    round(max(lag), 3) AS max_lag
FROM lags
GROUP BY service
ORDER BY events DESC, service
