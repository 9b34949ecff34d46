/*
question: 22
title: Duplicates
description: Events that are there more than once, i.e. have the id of another. The job `refresh` takes them out.
window: 86400
columns:
  event: {description: "Name of the event."}
  rows: {kind: count, description: "Stored events."}
  duplicates: {kind: count, description: "Events minus distinct ids."}
  rate: {kind: ratio, unit: '%', description: "Duplicates of all."}
*/
SELECT
    event,
    count() AS rows,
    rows - uniqExact(event_id) AS duplicates,
    round(100 * duplicates / rows, 2) AS rate
FROM lift_events
WHERE event_time >= {from:DateTime64(9, 'UTC')}
  AND event_time < {to:DateTime64(9, 'UTC')}
GROUP BY event
ORDER BY duplicates DESC, event
