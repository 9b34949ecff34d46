/*
question: 19
title: Demo bookings
description: Demos by the state that their booking reached.
window: 2592000
people: users
columns:
  outcome: {description: "State that was reached."}
  bookings: {kind: count, description: "How often."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    outcome,
    count() AS bookings,
    uniqIf(subject, subject != '') AS users
FROM lift_events
WHERE event = 'demo_booking'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
GROUP BY outcome
ORDER BY bookings DESC, outcome
