WITH
    toMonday(toDate({from:DateTime64(9, 'UTC')})) AS first_monday,
    toMonday(toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))) AS last_monday,
    active AS (
        SELECT
            cityHash64(linked_subject) AS who,
            [toDate(event_time, 'UTC')] AS days
        FROM lift_events_relinked
        WHERE subject != ''
          AND event_time >= toDateTime(first_monday, 'UTC')
          AND event_time < toDateTime(last_monday + 7, 'UTC')
        GROUP BY who, days
        HAVING max(if({user_type:String} = '', '', user_type)) = {user_type:String}
    ),
    persons AS (
        SELECT
            groupUniqArrayArray(arrayMap(d -> toMonday(d), days)) AS weeks,
            arrayMin(weeks) AS cohort
        FROM active
        GROUP BY who
    ),
    counted AS (
        SELECT
            cohort,
            monday,
            count() AS users
        FROM persons
        ARRAY JOIN weeks AS monday
        GROUP BY cohort, monday
    ),
    cohorts AS (
        SELECT
            cohort,
            sumIf(counted.users, monday = cohort) AS cohort_size,
            groupArray(monday) AS mondays,
            groupArray(counted.users) AS counts
        FROM counted
        GROUP BY cohort
    )
SELECT
    cohort,
    intDiv(later, 7) AS week,
    cohort_size,
    counts[indexOf(mondays, cohort + later)] AS users,
    round(100 * users / cohort_size, 2) AS share
FROM cohorts
ARRAY JOIN range(0, toUInt32(last_monday - cohort) + 1, 7) AS later
ORDER BY cohort, week
