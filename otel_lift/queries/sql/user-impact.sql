/*
question: 11
title: Impact on people
description: How many people each kind of failure touched, and how often.
window: 86400
people: affected_users
filters: [service, environment, user_type]
columns:
  event: {description: "Name of the event."}
  affected_users: {kind: count, description: "Distinct people, by pseudonym."}
  errors: {kind: count, description: "How often it happened."}
  errors_per_user: {kind: number, description: "Failures for each of these people."}
*/
SELECT
    event,
    uniqIf(subject, subject != '') AS affected_users,
    count() AS errors,
    round(if(affected_users = 0, 0, errors / affected_users), 2) AS errors_per_user
FROM lift_events
WHERE category = 'failures'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY event
ORDER BY affected_users DESC, errors DESC, event
