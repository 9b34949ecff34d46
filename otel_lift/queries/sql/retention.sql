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
    active AS (
        SELECT
            cityHash64(person) AS who,
            day
        FROM lift_user_days_linked
        WHERE day >= toMonday(toDate({from:DateTime64(9, 'UTC')}))
          AND day < toMonday(toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))) + 7
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
