/*
question: 5
title: Errors of high impact
description: Errors that blocked people, broke a workflow, lost data or are critical, by pattern.
window: 86400
people: affected_users
filters: [service, environment, user_type]
parameters:
  limit: {type: UInt32, default: 50, description: "How many patterns to list."}
columns:
  fingerprint: {description: "The pattern, 64 hexadecimal digits; empty where an error has none."}
  event: {description: "Name of the event."}
  template: {description: "The latest message with its parameters as placeholders."}
  errors: {kind: count, description: "How often it happened."}
  affected_users: {kind: count, description: "Distinct people, by pseudonym."}
  blocked: {kind: count, description: "How often a person could not go on."}
  workflows_failed: {kind: count, description: "How often a workflow failed."}
  data_losses: {kind: count, description: "How often data were lost."}
  last_seen: {kind: time, description: "When it happened last."}
  resolved: {kind: flag, description: "It was said to be resolved, and has not happened since."}
  resolution: {description: "How it was resolved, by the latest word."}
*/
WITH
    found AS (
        SELECT
            fingerprint,
            event,
            argMax(e.template, e.event_time) AS template,
            count() AS errors,
            uniqIf(subject, subject != '') AS affected_users,
            countIf(user_blocked) AS blocked,
            countIf(workflow_failed) AS workflows_failed,
            countIf(data_loss) AS data_losses,
            max(event_time) AS last_seen
        FROM lift_events AS e
        WHERE category = 'failures'
          AND (user_blocked OR workflow_failed OR data_loss OR priority = 'critical')
          AND event_time >= {from:DateTime64(9, 'UTC')}
          AND event_time < {to:DateTime64(9, 'UTC')}
          AND (service = {service:String} OR {service:String} = '')
          AND (environment = {environment:String} OR {environment:String} = '')
          AND (user_type = {user_type:String} OR {user_type:String} = '')
        GROUP BY fingerprint, event
        ORDER BY errors DESC, fingerprint, event
        LIMIT {limit:UInt32}
    ),
    resolved AS (
        SELECT
            fingerprint,
            argMax(r.resolved, r.resolved_at) AS said,
            argMax(r.resolution, r.resolved_at) AS resolution,
            max(r.resolved_at) AS at
        FROM lift_resolutions AS r
        WHERE fingerprint != ''
        GROUP BY fingerprint
    )
SELECT
    found.fingerprint AS fingerprint,
    found.event AS event,
    found.template AS template,
    found.errors AS errors,
    found.affected_users AS affected_users,
    found.blocked AS blocked,
    found.workflows_failed AS workflows_failed,
    found.data_losses AS data_losses,
    found.last_seen AS last_seen,
    CAST(resolved.said AND found.last_seen <= resolved.at, 'Bool') AS resolved,
    resolved.resolution AS resolution
FROM found
LEFT JOIN resolved ON resolved.fingerprint = found.fingerprint
ORDER BY errors DESC, fingerprint, event
