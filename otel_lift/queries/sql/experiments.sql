/*
question: 15
title: Experiments
description: The experiments that somebody was exposed to.
window: 2592000
people: users
columns:
  experiment: {description: "Key of the experiment."}
  variants: {kind: count, description: "Distinct variants."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
  first_seen: {kind: time, description: "First exposure in the window."}
  last_seen: {kind: time, description: "Last exposure in the window."}
*/
SELECT
    experiment,
    uniqExact(variant) AS variants,
    uniqIf(subject, subject != '') AS users,
    min(event_time) AS first_seen,
    max(event_time) AS last_seen
FROM lift_events
WHERE event = 'experiment_exposure'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
GROUP BY experiment
ORDER BY users DESC, experiment
