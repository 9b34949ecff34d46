/*
question: 12
title: Notification failures
description: Notifications that did not reach their provider.
window: 86400
people: affected_users
filters: [service, environment, user_type]
columns:
  channel: {description: "How it was sent."}
  provider: {description: "To whom."}
  failures: {kind: count, description: "How often it failed."}
  affected_users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    channel,
    provider,
    count() AS failures,
    uniqIf(subject, subject != '') AS affected_users
FROM lift_events
WHERE event = 'notification_failure'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY channel, provider
ORDER BY failures DESC, channel, provider
