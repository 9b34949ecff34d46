/*
question: 16
title: Participation by wave
description: What people did in each wave.
window: 2592000
people: participants
parameters:
  limit: {type: UInt32, default: 50, description: "How many waves to list."}
columns:
  wave_id: {description: "The wave."}
  registered: {kind: count, description: "Registrations."}
  joined: {kind: count, description: "Times that somebody joined."}
  interactions: {kind: count, description: "Interactions."}
  microacts_shared: {kind: count, description: "Micro-acts shared."}
  participants: {kind: count, description: "Distinct people who joined or interacted, by pseudonym."}
  mean_rating: {kind: number, description: "Mean of the ratings that were given; 0 if none was."}
*/
SELECT
    wave_id,
    countIf(event = 'wave_registered') AS registered,
    countIf(event = 'wave_joined') AS joined,
    countIf(event = 'wave_interaction') AS interactions,
    countIf(event = 'wave_microact_shared') AS microacts_shared,
    uniqIf(subject, subject != '' AND event IN ('wave_joined', 'wave_interaction')) AS participants,
    round(ifNotFinite(avgIf(rating, event = 'wave_feedback_submitted' AND rating > 0), 0), 2) AS mean_rating
FROM lift_events
WHERE event IN (
    'wave_registered', 'wave_joined', 'wave_interaction', 'wave_microact_shared', 'wave_feedback_submitted'
)
  AND wave_id != ''
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
GROUP BY wave_id
ORDER BY participants DESC, wave_id
LIMIT {limit:UInt32}
