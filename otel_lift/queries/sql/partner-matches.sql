/*
question: 19
title: Partner matches
description: Partners that were proposed to users, by day (UTC), and how many were accepted.
window: 2592000
people: users
columns:
  day: {kind: day, description: "The day."}
  matches: {kind: count, description: "Proposals."}
  accepted: {kind: count, description: "Of these, accepted."}
  acceptance_rate: {kind: ratio, unit: '%', description: "Accepted proposals, of all."}
  mean_score: {kind: number, description: "Mean of the scores that were given (above 0); 0 if none was."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    toDate(event_time, 'UTC') AS day,
    count() AS matches,
    countIf(e.accepted) AS accepted,
    round(100 * accepted / matches, 2) AS acceptance_rate,
    round(ifNotFinite(avgIf(score, score > 0), 0), 4) AS mean_score,
    uniqIf(subject, subject != '') AS users
FROM lift_events AS e
WHERE event = 'partner_match'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
GROUP BY day
ORDER BY day
