/*
question: 16
title: Right now
description: What is going on at the moment `at`. People are counted by pseudonym.
people: dau
parameters:
  at: {type: "DateTime64(9, 'UTC')", default: now, description: "The moment."}
columns:
  dau: {kind: count, description: "People active since midnight (UTC)."}
  users_online: {kind: count, description: "People active in the last 5 minutes."}
  active_sessions: {kind: count, description: "Sessions active in the last 30 minutes."}
  live_waves: {kind: count, description: "Waves that somebody is in: who joined in the last 4 hours and has not left."}
  wave_participants: {kind: count, description: "People in them, once in each wave."}
  microacts_today: {kind: count, description: "Micro-acts created since midnight (UTC)."}
  errors_last_hour: {kind: count, description: "Failures in the last hour."}
  events_last_hour: {kind: count, description: "All events in the last hour."}
  error_rate: {kind: ratio, unit: '%', description: "Failures of all events in the last hour."}
*/
WITH
    {at:DateTime64(9, 'UTC')} AS moment,
    toStartOfDay(moment) AS midnight,
    counted AS (
        SELECT
            uniqIf(subject, subject != '' AND event_time >= midnight) AS dau,
            uniqIf(subject, subject != '' AND event_time >= moment - toIntervalMinute(5)) AS users_online,
            uniqIf(session_id, session_id != '' AND event_time >= moment - toIntervalMinute(30)) AS active_sessions,
            countIf(event = 'microact_created' AND event_time >= midnight) AS microacts_today,
            countIf(category = 'failures' AND event_time >= moment - toIntervalHour(1)) AS errors_last_hour,
            countIf(event_time >= moment - toIntervalHour(1)) AS events_last_hour
        FROM lift_events
        WHERE event_time >= least(toDateTime64(midnight, 9, 'UTC'), moment - toIntervalHour(1))
          AND event_time < moment
    ),
    present AS (
        SELECT wave_id
        FROM lift_events
        WHERE event IN ('wave_joined', 'wave_left')
          AND wave_id != ''
          AND subject != ''
          AND event_time >= moment - toIntervalHour(4)
          AND event_time < moment
        GROUP BY wave_id, subject
        HAVING argMax(event, (event_time, event)) = 'wave_joined'
    ),
    waves AS (
        SELECT
            uniqExact(wave_id) AS live_waves,
            count() AS wave_participants
        FROM present
    )
SELECT
    dau,
    users_online,
    active_sessions,
    live_waves,
    wave_participants,
    microacts_today,
    errors_last_hour,
    events_last_hour,
    round(if(events_last_hour = 0, 0, 100 * errors_last_hour / events_last_hour), 2) AS error_rate
FROM counted
CROSS JOIN waves
