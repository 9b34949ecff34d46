/*
question: 10
title: AI providers
description: Which AI provider fails most, and which answers fastest.
window: 86400
people: affected_users
filters: [service, environment, user_type]
columns:
  ai_provider: {description: "The AI provider."}
  interactions: {kind: count, description: "Answers."}
  failures: {kind: count, description: "Failures."}
  failure_rate: {kind: ratio, unit: '%', description: "Failures of answers and failures."}
  mean_latency: {kind: number, unit: ms, description: "Mean time of the answers that say how long they took."}
  p95: {kind: number, unit: ms, description: "Time within which 95 of 100 answers came."}
  affected_users: {kind: count, description: "Distinct people who met a failure, by pseudonym."}
*/
SELECT
    ai_provider,
    countIf(event = 'ai_interaction') AS interactions,
    countIf(event = 'ai_failure') AS failures,
    round(100 * failures / (interactions + failures), 2) AS failure_rate,
    round(ifNotFinite(avgIf(duration_ms, event = 'ai_interaction' AND duration_ms > 0), 0), 1) AS mean_latency,
    round(
        ifNotFinite(quantileBFloat16If(0.95)(duration_ms, event = 'ai_interaction' AND duration_ms > 0), 0), 1
    ) AS p95,
    uniqIf(subject, event = 'ai_failure' AND subject != '') AS affected_users
FROM lift_events
WHERE event IN ('ai_interaction', 'ai_failure')
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY ai_provider
ORDER BY failure_rate DESC, ai_provider
