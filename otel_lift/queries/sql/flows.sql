/*
question: 19
title: Flows
description: Flows that users ended, at their end or before.
window: 2592000
people: users
columns:
  flow: {description: "The flow."}
  ended: {kind: count, description: "Times that it was ended."}
  completed: {kind: count, description: "Of these, at its end."}
  completion_rate: {kind: ratio, unit: '%', description: "Completed ones, of those that were ended."}
  mean_duration: {kind: number, unit: ms, description: "Mean of those that say how long they took."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    flow,
    count() AS ended,
    countIf(e.completed) AS completed,
    round(100 * completed / ended, 2) AS completion_rate,
    round(ifNotFinite(avgIf(duration_ms, duration_ms > 0), 0), 1) AS mean_duration,
    uniqIf(subject, subject != '') AS users
FROM lift_events AS e
WHERE event = 'flow_completion'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
GROUP BY flow
ORDER BY ended DESC, flow
