WITH
    toDate({from:DateTime64(9, 'UTC')}) AS first_day,
    toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) AS last_day,
    active AS (
        SELECT
            cityHash64(linked_subject) AS who,
            [toDate(event_time, 'UTC')] AS days
        FROM lift_events_relinked
        WHERE subject != ''
          AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')}) - toIntervalDay(29)
          AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
        GROUP BY who, days
        HAVING max(if({user_type:String} = '', '', user_type)) = {user_type:String}
    ),
    -- How many persons were active in the `span` days up to a day changes where a person's days have a gap of `span`.
    runs AS (
        SELECT
            arraySort(arrayMap(d -> toInt32(d), groupArrayArray(active.days))) AS days,
            arrayPushFront(arrayPopFront(arrayDifference(days)), 30) AS before,
            arrayPushBack(arrayPopFront(before), 30) AS after
        FROM active
        GROUP BY who
    ),
    changes AS (
        SELECT
            span,
            arrayJoin(
                arrayConcat(
                    arrayMap(d -> (d, 1), arrayFilter((d, gap) -> gap >= span, days, before)),
                    arrayMap(d -> (d + span, -1), arrayFilter((d, gap) -> gap >= span, days, after))
                )
            ) AS change
        FROM runs
        ARRAY JOIN [1, 7, 30] AS span
    ),
    daily AS (
        SELECT
            change.1 AS number,
            sumIf(change.2, span = 1) AS one,
            sumIf(change.2, span = 7) AS seven,
            sumIf(change.2, span = 30) AS thirty
        FROM (
            SELECT span, change FROM changes
            UNION ALL
            SELECT
                0,
                (toInt32(first_day + number), 0)
            FROM numbers(toUInt64(last_day - first_day + 1))
        )
        GROUP BY number
    ),
    summed AS (
        SELECT
            toDate(number) AS day,
            toUInt64(sum(one) OVER past) AS dau,
            toUInt64(sum(seven) OVER past) AS wau,
            toUInt64(sum(thirty) OVER past) AS mau
        FROM daily
        WINDOW past AS (ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    )
SELECT
    day,
    dau,
    wau,
    mau,
    round(if(mau = 0, 0, 100 * dau / mau), 2) AS stickiness
FROM summed
WHERE day >= toDate({from:DateTime64(9, 'UTC')})
  AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
ORDER BY day
