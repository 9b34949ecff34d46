/*
question: 3
title: Errors by severity
description: All errors by event and severity.
window: 86400
people: affected_users
filters: [service, environment, user_type]
columns:
  event: {description: "Name of the event."}
  severity: {description: "How bad the app says it is."}
  errors: {kind: count, description: "How often it happened."}
  affected_users: {kind: count, description: "Distinct people, by pseudonym."}
  mean_duration: {kind: number, unit: ms, description: "Mean of those that say how long they took."}
*/
SELECT
    event,
    severity,
    count() AS errors,
    uniqIf(subject, subject != '') AS affected_users,
    round(ifNotFinite(avgIf(duration_ms, duration_ms > 0), 0), 1) AS mean_duration
FROM lift_events
WHERE category = 'failures'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY event, severity
ORDER BY errors DESC, event, severity
