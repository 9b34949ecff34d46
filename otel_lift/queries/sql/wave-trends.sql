/*
question: 16
title: Waves by day
description: What people did in waves, by day (UTC).
window: 2592000
people: participants
columns:
  day: {kind: day, description: "The day."}
  registered: {kind: count, description: "Registrations."}
  joined: {kind: count, description: "Times that somebody joined."}
  left: {kind: count, description: "Times that somebody left."}
  interactions: {kind: count, description: "Interactions in waves."}
  microacts_shared: {kind: count, description: "Micro-acts shared in waves."}
  participants: {kind: count, description: "Distinct people who joined or interacted, by pseudonym."}
  mean_rating: {kind: number, description: "Mean of the ratings that were given; 0 if none was."}
*/
SELECT
    toDate(event_time, 'UTC') AS day,
    countIf(event = 'wave_registered') AS registered,
    countIf(event = 'wave_joined') AS joined,
    countIf(event = 'wave_left') AS `left`,
    countIf(event = 'wave_interaction') AS interactions,
    countIf(event = 'wave_microact_shared') AS microacts_shared,
    uniqIf(subject, subject != '' AND event IN ('wave_joined', 'wave_interaction')) AS participants,
    round(ifNotFinite(avgIf(rating, event = 'wave_feedback_submitted' AND rating > 0), 0), 2) AS mean_rating
FROM lift_events
WHERE event IN (
    'wave_registered', 'wave_joined', 'wave_left', 'wave_interaction', 'wave_microact_shared', 'wave_feedback_submitted'
)
  AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
  AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
GROUP BY day
ORDER BY day
