WITH
    toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) AS last_day,
    active AS (
        SELECT DISTINCT
            toDate(event_time, 'UTC') AS day,
            linked_subject AS person
        FROM lift_events_relinked
        WHERE subject != ''
          AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
          AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
    ),
    persons AS (
        SELECT
            person,
            uniqExact(day) AS active_days,
            max(day) AS last_active,
            last_day - last_active AS days_since,
            (last_active - min(day) + 1) / active_days AS mean_gap,
            1 - exp(-days_since / mean_gap) AS risk
        FROM active
        GROUP BY person
        HAVING risk >= {at_least:Float64}
        ORDER BY risk DESC, person
        LIMIT {limit:UInt32}
    )
SELECT
    person,
    active_days,
    last_active,
    days_since,
    round(persons.mean_gap, 4) AS mean_gap,
    round(persons.risk, 4) AS risk
FROM persons
ORDER BY persons.risk DESC, person
