/*
question: 22
title: Dangling references
description: >-
  Events that name a trace of which the store has no span from the day before the window on, or a session of which
  nobody did anything (no event of behaviour) in the 30 days before the window's end.
window: 86400
columns:
  kind: {description: "What is named: a trace or a session."}
  rows: {kind: count, description: "Events that name one."}
  dangling: {kind: count, description: "Of these, where there is nothing."}
  rate: {kind: ratio, unit: '%', description: "Events where there is nothing, of those that name one."}
*/
SELECT
    found.1 AS kind,
    found.2 AS rows,
    found.3 AS dangling,
    round(if(rows = 0, 0, 100 * dangling / rows), 2) AS rate
FROM (
    SELECT [
        (
            'trace',
            countIf(trace_id != ''),
            countIf(
                trace_id != ''
                AND trace_id GLOBAL NOT IN (
                    SELECT TraceId
                    FROM otel_traces_trace_id_ts
                    WHERE Start >= {from:DateTime64(9, 'UTC')} - toIntervalDay(1)
                      AND Start < {to:DateTime64(9, 'UTC')} + toIntervalDay(1)
                )
            )
        ),
        (
            'session',
            countIf(session_id != ''),
            countIf(
                session_id != ''
                AND session_id GLOBAL NOT IN (
                    SELECT session_id
                    FROM lift_events
                    WHERE category = 'behaviour'
                      AND event_time >= {to:DateTime64(9, 'UTC')} - toIntervalDay(30)
                      AND event_time < {to:DateTime64(9, 'UTC')}
                )
            )
        )
    ] AS kinds
    FROM lift_events
    WHERE event_time >= {from:DateTime64(9, 'UTC')}
      AND event_time < {to:DateTime64(9, 'UTC')}
)
ARRAY JOIN kinds AS found
ORDER BY dangling DESC, kind
