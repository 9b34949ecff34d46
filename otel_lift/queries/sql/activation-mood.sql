/*
question: 16
title: Mood in the activation
description: Mood (0 to 100) that people logged at the start and at the end of activations, by day (UTC).
window: 2592000
people: users
columns:
  day: {kind: day, description: "The day."}
  mean_start: {kind: number, description: "Mean mood at the start; 0 if none was logged."}
  mean_end: {kind: number, description: "Mean mood at the end; 0 if none was logged."}
  change: {kind: number, description: "Mean at the end minus mean at the start; 0 if either is missing."}
  logged: {kind: count, description: "Moods logged."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    toDate(event_time, 'UTC') AS day,
    round(ifNotFinite(avgIf(mood, phase = 'start'), 0), 2) AS mean_start,
    round(ifNotFinite(avgIf(mood, phase = 'end'), 0), 2) AS mean_end,
    round(ifNotFinite(avgIf(mood, phase = 'end') - avgIf(mood, phase = 'start'), 0), 2) AS change,
    count() AS logged,
    uniqIf(subject, subject != '') AS users
FROM lift_events
WHERE event = 'activation_mood_logged'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
GROUP BY day
ORDER BY day
