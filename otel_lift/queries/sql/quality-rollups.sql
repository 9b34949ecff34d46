/*
question: 22
title: Rollups against events
description: Events of whole days (UTC), counted among the events themselves and in each rollup that has them all.
window: 604800
role: analyst
columns:
  day: {kind: day, description: "The day."}
  rollup: {description: "Which: hourly, daily, user_days (events with a person), user_errors (failures with one)."}
  raw: {kind: count, description: "Events that the rollup should have counted."}
  rolled_up: {kind: count, description: "Events that it counted."}
  difference: {kind: number, description: "Events minus counted ones; if not 0, the day should be made again."}
*/
SELECT
    day,
    rollup,
    sum(part.raw) AS raw,
    sum(part.rolled_up) AS rolled_up,
    toInt64(raw) - toInt64(rolled_up) AS difference
FROM (
    SELECT
        day,
        one.1 AS rollup,
        one.2 AS raw,
        0 AS rolled_up
    FROM (
        SELECT
            toDate(event_time, 'UTC') AS day,
            [
                ('hourly', count()),
                ('daily', count()),
                ('user_days', countIf(subject != '')),
                ('user_errors', countIf(subject != '' AND category = 'failures'))
            ] AS counts
        FROM lift_events
        WHERE event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
          AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
        GROUP BY day
    )
    ARRAY JOIN counts AS one
    UNION ALL
    SELECT toDate(hour) AS day, 'hourly', 0, sum(events)
    FROM lift_rollup_hourly
    WHERE hour >= toStartOfDay({from:DateTime64(9, 'UTC')})
      AND hour < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
    GROUP BY day
    UNION ALL
    SELECT day, 'daily', 0, sum(events)
    FROM lift_rollup_daily
    WHERE day >= toDate({from:DateTime64(9, 'UTC')})
      AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
    GROUP BY day
    UNION ALL
    SELECT day, 'user_days', 0, sum(events)
    FROM lift_user_days
    WHERE day >= toDate({from:DateTime64(9, 'UTC')})
      AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
    GROUP BY day
    UNION ALL
    SELECT day, 'user_errors', 0, sum(errors)
    FROM lift_daily_user_errors
    WHERE day >= toDate({from:DateTime64(9, 'UTC')})
      AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
    GROUP BY day
) AS part
GROUP BY day, `rollup`
ORDER BY day, `rollup`
