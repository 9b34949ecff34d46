/*
question: 17
title: Persons at risk of leaving
description: >-
  Persons active in the window by the risk that they do not come back: 1 - exp(-days_since / mean_gap), the probability
  that a Poisson process with one active day in mean_gap days would have shown one in days_since days. Whole days (UTC).
window: 2592000
role: on-call
parameters:
  limit: {type: UInt32, default: 100, description: "How many persons to list."}
  at_least: {type: Float64, default: 0.5, least: 0, most: 1, description: "Persons with this risk or a greater one."}
columns:
  person: {description: "Pseudonym of the person, the newest."}
  active_days: {kind: count, unit: d, description: "Days in the window on which the person was active."}
  last_active: {kind: day, description: "The last of them."}
  days_since: {kind: number, unit: d, description: "Days from then to the window's last day."}
  mean_gap: {kind: number, unit: d, description: "Days from the first to the last active day, by active day."}
  risk: {kind: ratio, description: "The risk, from 0 to 1."}
*/
WITH
    toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) AS last_day,
    active AS (
        SELECT
            day,
            person
        FROM lift_user_days_linked
        WHERE day >= toDate({from:DateTime64(9, 'UTC')})
          AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
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
