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
            cityHash64(if(links.linked_subject = '', d.subject, links.linked_subject)) AS who,
            d.days AS days
        FROM (
            SELECT
                subject,
                groupArray(day) AS days
            FROM lift_user_days
            WHERE day <= last_day
            GROUP BY subject
        ) AS d
        LEFT ANY JOIN lift_relinks AS links ON links.subject = d.subject
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
