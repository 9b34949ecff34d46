WITH
    toDate({from:DateTime64(9, 'UTC')}) AS first_day,
    toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) AS last_day,
    found AS (
        SELECT
            toDate(event_time, 'UTC') AS day,
            multiIf(
                {metric:String} = 'dau', uniqIf(linked_subject, subject != ''),
                {metric:String} = 'events', count(),
                {metric:String} = 'errors', countIf(category = 'failures'),
                countIf(event = 'user_signup')
            ) AS value
        FROM lift_events_relinked
        WHERE event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
          AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
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
