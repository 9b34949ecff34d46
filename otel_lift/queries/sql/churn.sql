/*
question: 17
title: Churn
description: >-
  Persons who were active in the 30 days before the window and not in it, who came back, and who are new; whole days
  (UTC), a person is one across key rotations. `predicted` adds up the risks of query churn-risk.
window: 2592000
people: active
columns:
  active_before: {kind: count, description: "Persons active in the 30 days before the window."}
  churned: {kind: count, description: "Of these, who were not active in the window."}
  churn_rate: {kind: ratio, unit: '%', description: "Who churned, of those active before."}
  returned: {kind: count, description: "Persons active in the window and earlier, but not in the 30 days before it."}
  new: {kind: count, description: "Persons whose first day ever is in the window."}
  active: {kind: count, description: "Persons active in the window."}
  predicted: {kind: count, description: "How many of them may be expected not to come back."}
*/
WITH
    toDate({from:DateTime64(9, 'UTC')}) AS first_day,
    toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) AS last_day,
    active AS (
        SELECT
            cityHash64(person) AS who,
            day
        FROM lift_user_days_linked
        WHERE day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
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
