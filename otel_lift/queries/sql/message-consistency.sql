/*
question: 19
title: Consistency of messages
description: How well messages about one subject agree, by day (UTC).
window: 2592000
people: users
columns:
  day: {kind: day, description: "The day."}
  updates: {kind: count, description: "Comparisons."}
  mean_score: {kind: number, description: "Mean score, from 0 to 1."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    toDate(event_time, 'UTC') AS day,
    count() AS updates,
    round(avg(score), 4) AS mean_score,
    uniqIf(subject, subject != '') AS users
FROM lift_events
WHERE event = 'message_consistency'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
GROUP BY day
ORDER BY day
