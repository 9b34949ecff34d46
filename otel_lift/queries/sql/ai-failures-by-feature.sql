/*
question: 10
title: AI failures by feature
description: How often each AI feature failed, and how many of these were timeouts.
window: 86400
people: affected_users
filters: [service, environment, user_type]
columns:
  feature: {description: "The AI feature."}
  failures: {kind: count, description: "How often it failed."}
  timeouts: {kind: count, description: "Failures for the reason timeout."}
  timeout_rate: {kind: ratio, unit: '%', description: "Timeouts of all failures."}
  affected_users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    feature,
    count() AS failures,
    countIf(reason = 'timeout') AS timeouts,
    round(100 * timeouts / failures, 2) AS timeout_rate,
    uniqIf(subject, subject != '') AS affected_users
FROM lift_events
WHERE event = 'ai_failure'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY feature
ORDER BY failures DESC, feature
