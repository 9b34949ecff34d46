/*
question: 23
title: Audit log
description: Who did or read what, about whom, and how many rows it was; newest first.
window: 604800
role: privacy-officer
parameters:
  limit: {type: UInt32, default: 200, description: "How many entries to list."}
  action: {type: String, default: '', description: "Of this action only; '' for all."}
columns:
  time: {kind: time, description: "When it began."}
  actor: {description: "Who: a user, or a job."}
  action: {description: "What was done."}
  person: {description: "Stable pseudonym of the person that it is about; empty where it is about nobody."}
  rows: {description: "Rows by table, as JSON."}
  details: {description: "More, by name, as JSON."}
  outcome: {description: "How it ended: done or failed."}
  gateway: {description: "The gateway that did it."}
*/
SELECT
    time,
    actor,
    action,
    person,
    toJSONString(log.rows) AS rows,
    toJSONString(log.details) AS details,
    outcome,
    gateway
FROM lift_audit AS log
WHERE time >= {from:DateTime64(9, 'UTC')}
  AND time < {to:DateTime64(9, 'UTC')}
  AND (action = {action:String} OR {action:String} = '')
ORDER BY time DESC, action, actor
LIMIT {limit:UInt32}
