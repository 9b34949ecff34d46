/*
question: 10
title: Failures of AI features
description: Failed AI features by provider and reason.
window: 86400
people: affected_users
filters: [service, environment, user_type]
columns:
  feature: {description: "The AI feature."}
  ai_provider: {description: "The AI provider."}
  reason: {description: "Why it failed."}
  failures: {kind: count, description: "How often it failed."}
  fallbacks: {kind: count, description: "How often something else stood in."}
  mean_duration: {kind: number, unit: ms, description: "Mean of those that say how long they took."}
  affected_users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    feature,
    ai_provider,
    reason,
    count() AS failures,
    countIf(fallback_used NOT IN ('', 'none')) AS fallbacks,
    round(ifNotFinite(avgIf(duration_ms, duration_ms > 0), 0), 1) AS mean_duration,
    uniqIf(subject, subject != '') AS affected_users
FROM lift_events
WHERE event = 'ai_failure'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY feature, ai_provider, reason
ORDER BY failures DESC, feature, ai_provider, reason
