/*
question: 23
title: Rights of persons
description: Exports, erasures and other work on the rights of persons, newest first, as the audit log has them.
window: 2592000
role: privacy-officer
columns:
  time: {kind: time, description: "When it began."}
  action: {description: "What was done."}
  actor: {description: "Who did it."}
  outcome: {description: "How it ended: done or failed."}
  rows: {kind: count, description: "Rows that were read, changed or deleted, in all tables."}
*/
SELECT
    time,
    action,
    actor,
    outcome,
    arraySum(mapValues(log.rows)) AS rows
FROM lift_audit AS log
WHERE startsWith(action, 'subject ')
  AND time >= {from:DateTime64(9, 'UTC')}
  AND time < {to:DateTime64(9, 'UTC')}
ORDER BY time DESC, action, actor
