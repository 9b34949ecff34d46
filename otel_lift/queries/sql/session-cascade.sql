/*
question: 4
title: Failures of a session
description: The failures of one session in their order, and whether the app recovered from them.
window: 604800
role: on-call
parameters:
  session_id: {type: String, default: '', description: "Id of the session."}
columns:
  event_time: {kind: time, description: "When it happened."}
  event: {description: "Name of the event."}
  severity: {description: "How bad the app says it is."}
  endpoint: {description: "Route of the endpoint."}
  page: {description: "Page on which it happened."}
  action: {description: "What the person was doing."}
  message: {description: "The redacted message."}
  fingerprint: {description: "The error pattern."}
  seconds_since_previous: {kind: number, unit: s, description: "Time since the failure before it; 0 for the first."}
  user_blocked: {kind: flag, description: "The person could not go on."}
  recovery_attempted: {kind: flag, description: "The app tried to recover."}
  recovery_successful: {kind: flag, description: "The app recovered."}
  recovery_method: {description: "How it tried."}
  trace_id: {description: "Trace in which it happened."}
*/
SELECT
    event_time,
    event,
    severity,
    endpoint,
    page,
    action,
    message,
    fingerprint,
    (
        toUnixTimestamp64Nano(event_time)
        - toUnixTimestamp64Nano(lagInFrame(event_time, 1, event_time) OVER (
            ORDER BY event_time, event_id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
        ))
    ) / 1e9 AS seconds_since_previous,
    user_blocked,
    recovery_attempted,
    recovery_successful,
    recovery_method,
    trace_id
FROM lift_events
WHERE session_id = {session_id:String}
  AND session_id != ''
  AND category = 'failures'
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
ORDER BY event_time, event_id
