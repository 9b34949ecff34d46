/*
question: 1
title: Payment failures
description: Payments and checkouts that failed, by the provider's code.
window: 604800
people: affected_users
filters: [service, environment, user_type]
columns:
  event: {description: "Name of the event."}
  error_type: {description: "What kind of failure it was."}
  error_code: {description: "The payment provider's code."}
  failures: {kind: count, description: "How often it happened."}
  affected_users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    event,
    error_type,
    error_code,
    count() AS failures,
    uniqIf(subject, subject != '') AS affected_users
FROM lift_events
WHERE event IN ('payment_error', 'stripe_checkout_error')
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY event, error_type, error_code
ORDER BY failures DESC, event, error_type, error_code
