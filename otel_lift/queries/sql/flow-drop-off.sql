/*
question: 19
title: Drop-off of flows
description: At which step users gave flows up.
window: 2592000
people: users
columns:
  flow: {description: "The flow."}
  step: {description: "The last step that was reached."}
  drop_offs: {kind: count, description: "Times that the flow ended there without being completed."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
*/
SELECT
    flow,
    step,
    count() AS drop_offs,
    uniqIf(subject, subject != '') AS users
FROM lift_events
WHERE event = 'flow_completion'
  AND NOT completed
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
GROUP BY flow, step
ORDER BY drop_offs DESC, flow, step
