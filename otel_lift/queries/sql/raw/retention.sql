WITH
    active AS (
        SELECT
            cityHash64(linked_subject) AS who,
            toDate(event_time, 'UTC') AS day
        FROM lift_events_relinked
        WHERE subject != ''
          AND event_time >= toDateTime(toMonday(toDate({from:DateTime64(9, 'UTC')})), 'UTC')
          AND event_time < toDateTime(toMonday(toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))) + 7, 'UTC')
        GROUP BY who, day
        HAVING max(user_type) = {user_type:String} OR {user_type:String} = ''
    ),
    persons AS (
        SELECT
            toMonday(min(day)) AS cohort,
            groupUniqArray(toMonday(day)) AS weeks,
            toUInt32(toMonday(toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))) - cohort) AS rest
        FROM active
        GROUP BY who
    ),
    cohorts AS (
        SELECT
            cohort,
            count() AS cohort_size,
            sumForEach(arrayMap(later -> has(weeks, cohort + later), range(0, rest + 1, 7))) AS counts
        FROM persons
        GROUP BY cohort
    )
SELECT
    cohort,
    week - 1 AS week,
    cohort_size,
    users,
    round(100 * users / cohort_size, 2) AS share
FROM cohorts
ARRAY JOIN
    counts AS users,
    arrayEnumerate(counts) AS week
ORDER BY cohort, week
