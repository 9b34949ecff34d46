/*
question: 17
title: Forecast
description: >-
  A metric by day (UTC) with its least squares line over the days of the window, drawn on for `ahead` days. low and high
  are the line -+ 1.96 times the standard deviation of the residuals (n - 2 degrees of freedom). A day without any
  counts as 0.
window: 2419200
parameters:
  metric: {type: String, default: dau, description: "dau (persons active), events, errors or signups."}
  ahead: {type: UInt32, default: 7, most: 366, unit: d, description: "How many days to look ahead."}
columns:
  day: {kind: day, description: "The day."}
  actual: {kind: number, description: "What it was; missing for the days ahead."}
  fitted: {kind: number, description: "The line."}
  low: {kind: number, description: "Lower bound of what to expect."}
  high: {kind: number, description: "Upper bound of what to expect."}
*/
WITH
    toDate({from:DateTime64(9, 'UTC')}) AS first_day,
    toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) AS last_day,
    active AS (
        SELECT
            cityHash64(if(links.linked_subject = '', d.subject, links.linked_subject)) AS who,
            d.days AS days
        FROM (
            SELECT
                subject,
                groupArray(day) AS days
            FROM lift_user_days
            WHERE {metric:String} = 'dau'
              AND day >= first_day
              AND day <= last_day
            GROUP BY subject
        ) AS d
        LEFT ANY JOIN lift_relinks AS links ON links.subject = d.subject
    ),
    found AS (
        SELECT
            day,
            uniq(who) AS value
        FROM active
        ARRAY JOIN days AS day
        GROUP BY day
        UNION ALL
        SELECT
            day,
            sumIf(
                events,
                {metric:String} = 'events'
                OR ({metric:String} = 'errors' AND category = 'failures')
                OR ({metric:String} = 'signups' AND event = 'user_signup')
            ) AS value
        FROM lift_rollup_daily
        WHERE {metric:String} != 'dau'
          AND day >= toDate({from:DateTime64(9, 'UTC')})
          AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
        GROUP BY day
    ),
    series AS (
        SELECT
            number AS x,
            toUInt64(last_day - first_day + 1) AS days,
            toFloat64(found.value) AS y
        FROM numbers(days + {ahead:UInt32}) AS n
        LEFT JOIN found ON found.day = first_day + n.number
    ),
    line AS (
        SELECT
            if(any(days) > 1, simpleLinearRegressionIf(x, y, x < days).1, 0) AS slope,
            avgIf(y, x < days) - slope * avgIf(x, x < days) AS start,
            arraySum(arrayMap(p -> pow(p.2 - start - slope * p.1, 2), groupArrayIf((x, y), x < days))) AS squares,
            if(any(days) > 2, 1.96 * sqrt(squares / (any(days) - 2)), 0) AS margin
        FROM series
    )
SELECT
    first_day + x AS day,
    if(x < days, y, NULL) AS actual,
    round(start + slope * x, 2) AS fitted,
    round(start + slope * x - margin, 2) AS low,
    round(start + slope * x + margin, 2) AS high
FROM series
CROSS JOIN line
WHERE throwIf(
    {metric:String} NOT IN ('dau', 'events', 'errors', 'signups'), 'metric is dau, events, errors or signups'
) = 0
ORDER BY day
