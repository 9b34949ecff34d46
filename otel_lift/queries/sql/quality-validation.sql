/*
question: 22
title: Invalid events
description: Events that validation marked, by event and mark.
window: 86400
columns:
  event: {description: "Name of the event."}
  validation: {description: "What is wrong."}
  rows: {kind: count, description: "Events with this mark."}
  share: {kind: ratio, unit: '%', description: "Of all events of this name."}
*/
SELECT
    event,
    validation,
    marked AS rows,
    round(100 * marked / total, 2) AS share
FROM (
    SELECT
        event,
        validation,
        count() AS marked,
        sum(count()) OVER (PARTITION BY event) AS total
    FROM lift_events
    WHERE event_time >= {from:DateTime64(9, 'UTC')}
      AND event_time < {to:DateTime64(9, 'UTC')}
    GROUP BY event, validation
)
WHERE validation != ''
ORDER BY rows DESC, event, validation
