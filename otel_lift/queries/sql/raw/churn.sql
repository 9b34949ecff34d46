WITH
    toDate({from:DateTime64(9, 'UTC')}) AS first_day,
    toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) AS last_day,
    active AS (
        SELECT
            cityHash64(linked_subject) AS who,
            groupUniqArray(toDate(event_time, 'UTC')) AS days
        FROM lift_events_relinked
        WHERE subject != ''
          AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
        GROUP BY who
    ),
    persons AS (
        SELECT
            arrayDistinct(groupArrayArray(days)) AS every,
            arrayFilter(d -> d >= first_day, every) AS present,
            arrayMin(every) AS first_ever,
            arrayExists(d -> d >= first_day - 30 AND d < first_day, every) AS before,
            notEmpty(present) AS inside,
            toInt64(arrayMax(present) - last_day) AS since,
            1 - exp(since * length(present) / (arrayMax(present) - arrayMin(present) + 1)) AS risk
        FROM active
        GROUP BY who
    )
SELECT
    countIf(before) AS active_before,
    countIf(before AND NOT inside) AS churned,
    round(if(active_before = 0, 0, 100 * churned / active_before), 2) AS churn_rate,
    countIf(inside AND NOT before AND first_ever < first_day) AS returned,
    countIf(first_ever >= first_day) AS new,
    countIf(inside) AS active,
    toUInt64(round(sumIf(risk, inside))) AS predicted
FROM persons
