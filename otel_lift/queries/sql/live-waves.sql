/*
question: 16
title: Live waves
description: Waves that somebody is in at the moment `at`, i.e. joined in the 4 hours before and has not left since.
people: participants
parameters:
  at: {type: "DateTime64(9, 'UTC')", default: now, description: "The moment."}
columns:
  wave_id: {description: "The wave."}
  participants: {kind: count, description: "People in it, by pseudonym."}
  since: {kind: time, description: "When the first of them joined, each by the latest time of joining."}
*/
WITH present AS (
    SELECT
        wave_id,
        maxIf(event_time, event = 'wave_joined') AS joined
    FROM lift_events
    WHERE event IN ('wave_joined', 'wave_left')
      AND wave_id != ''
      AND subject != ''
      AND event_time >= {at:DateTime64(9, 'UTC')} - toIntervalHour(4)
      AND event_time < {at:DateTime64(9, 'UTC')}
    GROUP BY wave_id, subject
    HAVING argMax(event, (event_time, event)) = 'wave_joined'
)
SELECT
    wave_id,
    count() AS participants,
    min(joined) AS since
FROM present
GROUP BY wave_id
ORDER BY participants DESC, wave_id
