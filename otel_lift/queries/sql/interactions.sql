/*
question: 19
title: Interactions
description: Requests that users caused, by kind of interaction.
window: 86400
people: users
filters: [service, environment, user_type]
columns:
  interaction_type: {description: "Kind of interaction."}
  interactions: {kind: count, description: "How many there were."}
  failed: {kind: count, description: "Of these, with a status of 400 and above."}
  failure_rate: {kind: ratio, unit: '%', description: "Failed ones, of all."}
  p95: {kind: number, unit: ms, description: "Time within which 95 of 100 that say it were answered."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    interaction_type,
    count() AS interactions,
    countIf(status >= 400) AS failed,
    round(100 * failed / interactions, 2) AS failure_rate,
    round(ifNotFinite(quantilesBFloat16If(0.5, 0.95, 0.99)(duration_ms, duration_ms > 0)[2], 0), 1) AS p95,
    uniqIf(subject, subject != '') AS users
FROM lift_events
WHERE event = 'interaction'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY interaction_type
ORDER BY interactions DESC, interaction_type
