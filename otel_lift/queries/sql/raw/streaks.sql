WITH
    toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) AS last_day,
    active AS (
        SELECT
            cityHash64(linked_subject) AS who,
            groupUniqArray(toDate(event_time, 'UTC')) AS days
        FROM lift_events_relinked
        WHERE subject != ''
          AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
          AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
        GROUP BY who
    ),
    persons AS (
        SELECT
            arraySort(arrayMap(d -> toInt32(d), groupArrayArray(days))) AS sorted,
            arrayPushFront(arrayPopFront(arrayDifference(sorted)), 2) AS before,
            arrayPushBack(arrayPopFront(before), 2) AS after,
            arrayMap(
                (first, last) -> toUInt32(last - first + 1),
                arrayFilter((d, gap) -> gap > 1, sorted, before),
                arrayFilter((d, gap) -> gap > 1, sorted, after)
            ) AS runs,
            arrayMax(runs) AS best,
            if(sorted[-1] = toInt32(last_day), runs[-1], 0) AS latest
        FROM active
        GROUP BY who
    )
SELECT
    streak.1 AS days,
    countIf(streak.2 = 1) AS longest,
    countIf(streak.2 = 2) AS current
FROM persons
ARRAY JOIN [(best, 1), (latest, 2)] AS streak
WHERE days > 0
GROUP BY days
ORDER BY days
