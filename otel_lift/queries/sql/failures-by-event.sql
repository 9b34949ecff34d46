/*
question: 1
title: Failures by event
description: How often each kind of failure happened, how slow it was, and how many people it touched.
parameters:
  window: {type: UInt32, default: 3600, unit: s, description: "How far back to look."}
columns:
  event: {description: "Name of the event."}
  failures: {description: "How often it happened."}
  mean_response_time: {unit: ms, description: "Mean of those that say how long they took."}
  affected_users: {description: "Distinct people, by pseudonym."}
*/
SELECT
    event,
    count() AS failures,
    round(ifNotFinite(avgIf(duration_ms, duration_ms > 0), 0), 1) AS mean_response_time,
    uniqIf(subject, subject != '') AS affected_users
FROM lift_events
WHERE category = 'failures'
  AND event_time >= now() - toIntervalSecond({window:UInt32})
GROUP BY event
ORDER BY failures DESC, event
