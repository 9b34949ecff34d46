WITH
    toDate({from:DateTime64(9, 'UTC')}) AS first_day,
    toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) AS last_day,
    active AS (
        SELECT DISTINCT
            cityHash64(linked_subject) AS who,
            toDate(event_time, 'UTC') AS day
        FROM lift_events_relinked
        WHERE subject != ''
          AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
    ),
    persons AS (
        SELECT
            min(day) AS first_ever,
            max(day >= first_day - 30 AND day < first_day) AS before,
            max(day >= first_day) AS within,
            minIf(day, day >= first_day) AS first_active,
            max(day) AS last_active,
            uniqExactIf(day, day >= first_day) AS active_days,
            1 - exp((last_active - last_day) * active_days / (last_active - first_active + 1)) AS risk
        FROM active
        GROUP BY who
    )
SELECT
    countIf(before) AS active_before,
    countIf(before AND NOT within) AS churned,
    round(if(active_before = 0, 0, 100 * churned / active_before), 2) AS churn_rate,
    countIf(within AND NOT before AND first_ever < first_day) AS returned,
    countIf(first_ever >= first_day) AS new,
    countIf(within) AS active,
    toUInt64(round(sumIf(risk, within))) AS predicted
FROM persons
