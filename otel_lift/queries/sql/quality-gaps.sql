/*
question: 22
title: Gaps in the flow of events
description: >-
  Events that end something that nobody began: without an earlier beginning of the same person (and wave) within 30
  days. Only events with a person can tell.
window: 604800
filters: [service, environment, user_type]
columns:
  kind: {description: "Which event lacks which."}
  ended: {kind: count, description: "Events that end or go on with something."}
  without: {kind: count, description: "Of these, without a beginning."}
  rate: {kind: ratio, unit: '%', description: "Events without a beginning, of all."}
*/
WITH
    ends AS (
        SELECT
            event,
            if(event = 'wave_left', cityHash64(subject, wave_id), cityHash64(subject)) AS what,
            event_time
        FROM lift_events
        WHERE event IN ('activation_completed', 'activation_round_completed', 'wave_left')
          AND subject != ''
          AND event_time >= {from:DateTime64(9, 'UTC')}
          AND event_time < {to:DateTime64(9, 'UTC')}
          AND (service = {service:String} OR {service:String} = '')
          AND (environment = {environment:String} OR {environment:String} = '')
          AND (user_type = {user_type:String} OR {user_type:String} = '')
    ),
    beginnings AS (
        SELECT
            if(event = 'wave_joined', cityHash64(subject, wave_id), cityHash64(subject)) AS what,
            event_time
        FROM lift_events
        WHERE event IN ('activation_started', 'wave_joined')
          AND subject != ''
          AND event_time >= {from:DateTime64(9, 'UTC')} - toIntervalDay(30)
          AND event_time < {to:DateTime64(9, 'UTC')}
    ),
    counted AS (
        SELECT
            concat(event, if(event = 'wave_left', ' without wave_joined', ' without activation_started')) AS kind,
            count() AS ended,
            countIf(b.event_time < e.event_time - toIntervalDay(30)) AS without
        FROM ends AS e
        ASOF LEFT JOIN beginnings AS b ON b.what = e.what AND b.event_time < e.event_time
        GROUP BY kind
    )
SELECT
    kinds.kind AS kind,
    counted.ended AS ended,
    counted.without AS without,
    round(if(ended = 0, 0, 100 * without / ended), 2) AS rate
FROM (
    SELECT arrayJoin([
        'activation_completed without activation_started',
        'activation_round_completed without activation_started',
        'wave_left without wave_joined'
    ]) AS kind
) AS kinds
LEFT JOIN counted ON counted.kind = kinds.kind
ORDER BY without DESC, kind
