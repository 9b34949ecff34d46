/*
question: 15
title: Funnel
description: >-
  How many persons did the first steps of a list of events in this order, the last of them at most `within` after the
  first; other events may lie between. At most ten different steps.
window: 2592000
people: users
parameters:
  steps:
    type: Array(String)
    default: [activation_started, activation_round_completed, activation_mood_logged, activation_completed]
    description: "Names of the events, in order."
  within: {type: UInt32, default: 604800, unit: s, description: "How long a person may take, from the first step on."}
columns:
  step: {kind: number, description: "Number of the step, from 1."}
  event: {description: "Name of the event."}
  users: {kind: count, description: "Persons who came at least so far; one across key rotations."}
  share_of_first: {kind: ratio, unit: '%', description: "Of those who did the first step."}
  share_of_previous: {kind: ratio, unit: '%', description: "Of those who did the step before; for the first step 100."}
*/
WITH
    {steps:Array(String)} AS steps,
    reached AS (
        SELECT
            windowFunnel({within:UInt32} * 1000000000)(
                toUInt64(toUnixTimestamp64Nano(event_time)),
                event = steps[1],
                event = steps[2],
                event = steps[3],
                event = steps[4],
                event = steps[5],
                event = steps[6],
                event = steps[7],
                event = steps[8],
                event = steps[9],
                event = steps[10]
            ) AS level
        FROM lift_events_relinked
        WHERE event IN {steps:Array(String)}
          AND subject != ''
          AND event_time >= {from:DateTime64(9, 'UTC')}
          AND event_time < {to:DateTime64(9, 'UTC')}
        GROUP BY linked_subject
    ),
    counted AS (
        SELECT arrayResize(sumForEach(arrayMap(n -> level >= n, arrayEnumerate(steps))), length(steps)) AS counts
        FROM reached
    )
SELECT
    step,
    steps[step] AS event,
    users,
    round(if(counts[1] = 0, 0, 100 * users / counts[1]), 2) AS share_of_first,
    round(if(counts[greatest(step - 1, 1)] = 0, 0, 100 * users / counts[greatest(step - 1, 1)]), 2) AS share_of_previous
FROM counted
ARRAY JOIN
    arrayEnumerate(counts) AS step,
    counts AS users
WHERE throwIf(length(steps) > 10, 'a funnel has at most 10 steps') = 0
  AND throwIf(length(arrayDistinct(steps)) < length(steps), 'the steps of a funnel are different events') = 0
ORDER BY step
