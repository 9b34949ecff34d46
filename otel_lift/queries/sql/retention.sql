/*
question: 17
title: Weekly retention
description: >-
  Persons by the week (from Monday, UTC) in which they were first active in the window, and how many of them were active
  again in each week after. The window is of whole weeks; a person is one across key rotations.
window: 7257600
people: users
filters: [user_type]
columns:
  cohort: {kind: day, description: "Monday of the week of the first active day."}
  week: {kind: number, description: "Weeks since then; 0 is that week."}
  cohort_size: {kind: count, description: "Persons of the cohort."}
  users: {kind: count, description: "Of these, who were active in that week."}
  share: {kind: ratio, unit: '%', description: "Of the persons of the cohort."}
*/
WITH
    toMonday(toDate({from:DateTime64(9, 'UTC')})) AS first_monday,
    toMonday(toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))) AS last_monday,
    active AS (
        SELECT
            cityHash64(if(links.linked_subject = '', d.subject, links.linked_subject)) AS who,
            d.days AS days
        FROM (
            SELECT
                subject,
                groupArray(day) AS days
            FROM lift_user_days
            WHERE {user_type:String} = ''
              AND day >= first_monday
              AND day < last_monday + 7
            GROUP BY subject
        ) AS d
        LEFT ANY JOIN lift_relinks AS links ON links.subject = d.subject
        UNION ALL
        SELECT
            cityHash64(person) AS who,
            [day] AS days
        FROM lift_user_days_linked
        WHERE {user_type:String} != ''
          AND day >= first_monday
          AND day < last_monday + 7
        GROUP BY who, day
        HAVING max(user_type) = {user_type:String}
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
