/*
question: 11
title: Errors of people by day
description: What each person met on each whole day, and how much of it was recovered from.
window: 604800
role: on-call
parameters:
  subject: {type: String, default: '', description: "Of this person only, under each pseudonym; '' for all."}
  limit: {type: UInt32, default: 100, description: "How many rows to list."}
columns:
  day: {kind: day, description: "The day, in UTC."}
  subject: {description: "Pseudonym of the person."}
  errors: {kind: count, description: "Failures that the person met."}
  distinct_errors: {kind: count, description: "Distinct error patterns among them."}
  blocked: {kind: count, description: "Failures after which the person could not go on."}
  recovery_attempted: {kind: count, description: "Failures that the app tried to recover from."}
  recovered: {kind: count, description: "Failures that it recovered from."}
  recovery_rate: {kind: ratio, unit: '%', description: "Recovered of those tried."}
*/
WITH
    (SELECT any(linked_subject) FROM lift_relinks WHERE subject = {subject:String}) AS linked,
    if(linked = '', {subject:String}, linked) AS person
SELECT
    day,
    subject,
    sum(u.errors) AS errors,
    uniqMerge(u.distinct_errors) AS distinct_errors,
    sum(u.blocked) AS blocked,
    sum(u.recovery_attempted) AS recovery_attempted,
    sum(u.recovered) AS recovered,
    round(if(recovery_attempted = 0, 0, 100 * recovered / recovery_attempted), 2) AS recovery_rate
FROM lift_daily_user_errors AS u
WHERE (
    {subject:String} = ''
    OR subject GLOBAL IN (SELECT subject FROM lift_relinks WHERE linked_subject = person UNION ALL SELECT person)
  )
  AND subject != ''
  AND day >= toDate({from:DateTime64(9, 'UTC')})
  AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
GROUP BY day, subject
ORDER BY day DESC, errors DESC, subject
LIMIT {limit:UInt32}
