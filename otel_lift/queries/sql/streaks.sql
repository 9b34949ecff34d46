/*
question: 17
title: Streaks
description: >-
  How many days in a row (UTC) persons were active: their longest run in the window, and the run that goes on, i.e.
  ends with the window's last day. A person is one across key rotations.
window: 7776000
people: longest
columns:
  days: {kind: number, unit: d, description: "Length of the run."}
  longest: {kind: count, description: "Persons whose longest run has this length."}
  current: {kind: count, description: "Persons whose run that goes on has this length."}
*/
WITH
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
            WHERE day >= toDate({from:DateTime64(9, 'UTC')})
              AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
            GROUP BY subject
        ) AS d
        LEFT ANY JOIN lift_relinks AS links ON links.subject = d.subject
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
