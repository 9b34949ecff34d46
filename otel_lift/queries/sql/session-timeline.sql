/*
question: 4
title: Timeline of a session
description: All that happened in one session, in its order.
window: 604800
role: on-call
parameters:
  session_id: {type: String, default: '', description: "Id of the session."}
  limit: {type: UInt32, default: 500, description: "How many events to list."}
columns:
  event_time: {kind: time, description: "When it happened."}
  event: {description: "Name of the event."}
  category: {description: "The event's group."}
  severity: {description: "How bad the app says it is."}
  what: {description: "Endpoint, page, feature, flow or wave, whichever it has first."}
  action: {description: "What the person was doing."}
  message: {description: "The redacted message."}
  duration_ms: {kind: number, unit: ms, description: "How long it took; 0 where it does not say."}
  failed: {kind: flag, description: "It is a failure."}
  trace_id: {description: "Trace in which it happened."}
*/
SELECT
    event_time,
    event,
    category,
    severity,
    multiIf(endpoint != '', endpoint, page != '', page, feature != '', feature, flow != '', flow, wave_id) AS what,
    action,
    message,
    duration_ms,
    CAST(category = 'failures', 'Bool') AS failed,
    trace_id
FROM lift_events
WHERE session_id = {session_id:String}
  AND session_id != ''
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
ORDER BY event_time, event_id
LIMIT {limit:UInt32}
