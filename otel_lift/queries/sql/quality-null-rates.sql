/*
question: 22
title: Missing fields
description: How often fields that an event should have are empty, by event and field.
window: 86400
columns:
  event: {description: "Name of the event."}
  field: {description: "The field; severity and fingerprint of failures only, endpoint where the event needs one."}
  rows: {kind: count, description: "Events that should have it."}
  missing: {kind: count, description: "Of these, without it."}
  rate: {kind: ratio, unit: '%', description: "Events without it, of those that should have it."}
*/
WITH counted AS (
    SELECT
        event,
        count() AS rows,
        category = 'failures' AS failed,
        event IN ('api_error', 'api_timeout', 'api_response_time', 'rate_limited', 'slow_endpoint') AS routed,
        [
            ('event_id', countIf(event_id = ''), 1),
            ('service', countIf(service = ''), 1),
            ('environment', countIf(environment = ''), 1),
            ('session_id', countIf(session_id = ''), 1),
            ('subject', countIf(subject = ''), 1),
            ('severity', countIf(severity = ''), failed),
            ('fingerprint', countIf(fingerprint = ''), failed),
            ('endpoint', countIf(endpoint = ''), routed)
        ] AS fields
    FROM lift_events
    WHERE event_time >= {from:DateTime64(9, 'UTC')}
      AND event_time < {to:DateTime64(9, 'UTC')}
    GROUP BY event, category
)
SELECT
    event,
    found.1 AS field,
    rows,
    found.2 AS missing,
    round(100 * missing / rows, 2) AS rate
FROM counted
ARRAY JOIN fields AS found
WHERE found.3
ORDER BY missing DESC, event, field
