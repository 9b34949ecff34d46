/*
question: 19
title: Confidence
description: How confidence was scored again, by who scored.
window: 2592000
people: users
columns:
  stakeholder: {description: "Who scored."}
  updates: {kind: count, description: "Scores."}
  mean_before: {kind: number, description: "Mean score before, of those that have one (above 0); 0 if none has."}
  mean_after: {kind: number, description: "Mean score after, of all."}
  mean_change: {kind: number, description: "Mean of after minus before, of those that have one before; 0 if none has."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    stakeholder,
    count() AS updates,
    round(ifNotFinite(avgIf(score_before, score_before > 0), 0), 4) AS mean_before,
    round(avg(score), 4) AS mean_after,
    round(ifNotFinite(avgIf(score - score_before, score_before > 0), 0), 4) AS mean_change,
    uniqIf(subject, subject != '') AS users
FROM lift_events
WHERE event = 'power_confidence_update'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
GROUP BY stakeholder
ORDER BY updates DESC, stakeholder
