/*
question: 16
title: Micro-acts by category
description: Micro-acts that were created, by category.
window: 86400
people: users
filters: [user_type]
columns:
  microact_category: {description: "Category of the micro-act."}
  created: {kind: count, description: "Micro-acts created."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    microact_category,
    count() AS created,
    uniqIf(subject, subject != '') AS users
FROM lift_events
WHERE event = 'microact_created'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY microact_category
ORDER BY created DESC, microact_category
