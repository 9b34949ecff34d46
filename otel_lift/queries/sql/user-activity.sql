/*
question: 16
title: One person's activity
description: What one person did, by day (UTC); `subject` is any of the person's pseudonyms.
window: 2592000
role: on-call
parameters:
  subject: {type: String, default: '', description: "A pseudonym of the person."}
columns:
  day: {kind: day, description: "A day on which the person was active."}
  events: {kind: count, description: "All events."}
  errors: {kind: count, description: "Failures."}
  sessions: {kind: count, description: "Distinct sessions."}
  microacts_created: {kind: count, description: "Micro-acts created."}
  microacts_shared: {kind: count, description: "Micro-acts shared."}
  community: {kind: count, description: "Posts, likes, comments, shares and follows."}
  waves_joined: {kind: count, description: "Times that the person joined a wave."}
*/
WITH
    (SELECT any(linked_subject) FROM lift_relinks WHERE subject = {subject:String}) AS linked,
    if(linked = '', {subject:String}, linked) AS person
SELECT
    day,
    sum(d.events) AS events,
    sum(d.errors) AS errors,
    uniqMerge(d.sessions) AS sessions,
    sum(d.microacts_created) AS microacts_created,
    sum(d.microacts_shared) AS microacts_shared,
    sum(d.community) AS community,
    sum(d.waves_joined) AS waves_joined
FROM lift_user_days AS d
WHERE day >= toDate({from:DateTime64(9, 'UTC')})
  AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
  AND subject GLOBAL IN (SELECT subject FROM lift_relinks WHERE linked_subject = person UNION ALL SELECT person)
  AND subject != ''
GROUP BY day
ORDER BY day
