/*
question: 9
title: Failed sign-ins
description: People and addresses with many failed sign-ins.
window: 3600
role: on-call
parameters:
  attempts: {type: UInt32, default: 5, description: "People and addresses with at least as many failed sign-ins."}
columns:
  kind: {description: "By whom the sign-ins are counted, subject or address."}
  who: {description: "Pseudonym of the person, or hash of the address."}
  attempts: {kind: count, description: "Failed sign-ins."}
  sessions: {kind: count, description: "Sessions in which they happened."}
  first_seen: {kind: time, description: "When the first one happened."}
  last_seen: {kind: time, description: "When the last one happened."}
  locked_out: {kind: count, description: "Those that were refused by a lockout."}
*/
SELECT
    tried.1 AS kind,
    tried.2 AS who,
    count() AS attempts,
    uniqIf(session_id, session_id != '') AS sessions,
    min(event_time) AS first_seen,
    max(event_time) AS last_seen,
    countIf(error_type = 'lockout') AS locked_out
FROM lift_events
ARRAY JOIN [('subject', subject), ('address', address)] AS tried
WHERE event = 'auth_error'
  AND who != ''
  AND event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
GROUP BY kind, who
HAVING attempts >= {attempts:UInt32}
ORDER BY attempts DESC, who, kind
