/*
question: 16
title: Activation rounds
description: How often each round of the activation was completed.
window: 2592000
people: users
columns:
  round: {kind: number, description: "The round, from 1 to 8."}
  completions: {kind: count, description: "Times that it was completed."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    `round`,
    count() AS completions,
    uniqIf(subject, subject != '') AS users
FROM lift_events
WHERE event = 'activation_round_completed'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
GROUP BY `round`
ORDER BY `round`
