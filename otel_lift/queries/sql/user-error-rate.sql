/*
question: 8
title: Error rate of a person
description: How many failures one person met in whole days.
window: 604800
role: on-call
parameters:
  subject: {type: String, default: '', description: "Pseudonym of the person; each that the person ever had counts."}
columns:
  errors: {kind: count, description: "Failures that the person met."}
  critical: {kind: count, description: "Those of critical priority."}
  blocking: {kind: count, description: "Those after which the person could not go on."}
  daily_average: {kind: number, description: "Failures for each day of the window."}
  days_with_errors: {kind: count, unit: d, description: "Days with any."}
*/
WITH
    (SELECT any(linked_subject) FROM lift_relinks WHERE subject = {subject:String}) AS linked,
    if(linked = '', {subject:String}, linked) AS person,
    toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) - toDate({from:DateTime64(9, 'UTC')}) + 1 AS days
SELECT
    sum(u.errors) AS errors,
    sum(u.critical) AS critical,
    sum(u.blocked) AS blocking,
    round(errors / days, 2) AS daily_average,
    uniqExact(u.day) AS days_with_errors
FROM lift_daily_user_errors AS u
WHERE subject GLOBAL IN (SELECT subject FROM lift_relinks WHERE linked_subject = person UNION ALL SELECT person)
  AND subject != ''
  AND day >= toDate({from:DateTime64(9, 'UTC')})
  AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
