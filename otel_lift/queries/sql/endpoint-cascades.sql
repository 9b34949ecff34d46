/*
question: 9
title: Endpoint cascades
description: Incidents in which several endpoints failed soon after one another.
window: 86400
people: affected_users
filters: [service, environment, user_type]
parameters:
  within: {type: UInt32, default: 300, unit: s, description: "How soon after one another."}
  endpoints: {type: UInt32, default: 3, least: 1, description: "How many distinct endpoints must fail."}
columns:
  started: {kind: time, description: "When enough endpoints had failed first."}
  ended: {kind: time, description: "The last failure at which enough of them had."}
  failures: {kind: count, description: "Failures at which enough endpoints had failed."}
  endpoints: {kind: count, description: "Most distinct endpoints at one time."}
  affected_users: {kind: count, description: "Distinct people, by pseudonym, who met a failure of the incident."}
  names: {kind: list, description: "The endpoints that failed."}
*/
WITH
    toInt64({within:UInt32}) * 1000000000 AS span,
    failed AS (
        SELECT
            toUnixTimestamp64Nano(event_time) AS at,
            endpoint,
            subject,
            lagInFrame(at, 1, at - span - 1) OVER same AS before,
            leadInFrame(at, 1, at + span + 1) OVER same AS after
        FROM lift_events
        WHERE category = 'failures'
          AND endpoint != ''
          AND event_time >= {from:DateTime64(9, 'UTC')}
          AND event_time < {to:DateTime64(9, 'UTC')}
          AND (service = {service:String} OR {service:String} = '')
          AND (environment = {environment:String} OR {environment:String} = '')
          AND (user_type = {user_type:String} OR {user_type:String} = '')
        WINDOW same AS (PARTITION BY endpoint ORDER BY at ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
    ),
    -- An endpoint counts from its first failure until `within` seconds after the last of those that follow one another.
    marked AS (
        SELECT
            endpoint,
            subject,
            arrayJoin(arrayConcat(
                [(at, 1, 0)],
                if(at - before > span, [(at, 0, 1)], []),
                if(after - at > span, [(at + span, 2, -1)], [])
            )) AS mark
        FROM failed
    ),
    swept AS (
        SELECT
            mark.1 AS at,
            mark.2 AS turn,
            endpoint,
            subject,
            sum(mark.3) OVER (ORDER BY mark.1, mark.2 ROWS UNBOUNDED PRECEDING) AS endpoints
        FROM marked
    ),
    judged AS (
        SELECT
            at,
            endpoint,
            subject,
            endpoints,
            endpoints >= {endpoints:UInt32} AS breach,
            min(if(breach, at, NULL)) OVER (ORDER BY at DESC RANGE UNBOUNDED PRECEDING) AS next,
            max(if(breach, at, NULL)) OVER (ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS previous
        FROM swept
        WHERE turn = 1
    ),
    -- A failure belongs to the incident of the next breach, where that comes soon enough.
    gathered AS (
        SELECT
            *,
            sum(breach AND (previous IS NULL OR at - previous > span)) OVER (ORDER BY next RANGE UNBOUNDED PRECEDING)
                AS incident
        FROM judged
        WHERE next - at <= span
    )
SELECT
    fromUnixTimestamp64Nano(minIf(g.at, g.breach), 'UTC') AS started,
    fromUnixTimestamp64Nano(maxIf(g.at, g.breach), 'UTC') AS ended,
    countIf(g.breach) AS failures,
    max(g.endpoints) AS endpoints,
    uniqIf(g.subject, g.subject != '') AS affected_users,
    arraySort(groupUniqArray(g.endpoint)) AS names
FROM gathered AS g
GROUP BY g.incident
ORDER BY started
