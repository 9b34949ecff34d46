/*
question: 22
title: Values out of range
description: Values that cannot be, by check; a value that is not there is not checked.
window: 86400
columns:
  check: {description: "What: mood (0 to 100), score (0 to 1), rating (to 5), status (100 to 599), duration (a day)."}
  rows: {kind: count, description: "Events that have the value."}
  out_of_range: {kind: count, description: "Of these, outside of the range."}
*/
SELECT
    found.1 AS check,
    found.2 AS rows,
    found.3 AS out_of_range
FROM (
    SELECT [
        (
            'mood',
            countIf(event = 'activation_mood_logged'),
            countIf(event = 'activation_mood_logged' AND mood > 100)
        ),
        (
            'score',
            countIf(event = 'message_consistency'),
            countIf(event = 'message_consistency' AND (score < 0 OR score > 1))
        ),
        ('rating', countIf(rating > 0), countIf(rating > 5)),
        ('status', countIf(status != 0), countIf(status != 0 AND (status < 100 OR status > 599))),
        ('duration', countIf(duration_ms > 0), countIf(duration_ms > 86400000))
    ] AS checks
    FROM lift_events
    WHERE event_time >= {from:DateTime64(9, 'UTC')}
      AND event_time < {to:DateTime64(9, 'UTC')}
)
ARRAY JOIN checks AS found
ORDER BY out_of_range DESC, check
