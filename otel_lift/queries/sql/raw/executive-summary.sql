WITH
    persons AS (
        SELECT
            uniq(linked_subject) AS dau,
            uniqIf(linked_subject, event = 'user_signup') AS new_users
        FROM lift_events_relinked
        WHERE subject != ''
          AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
          AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
    ),
    counted AS (
        SELECT
            count() AS events,
            countIf(category = 'failures') AS errors,
            countIf(category = 'failures' AND priority = 'critical') AS critical,
            countIf(category = 'failures' AND user_blocked) AS blocked,
            uniqIf(subject, category = 'failures' AND subject != '') AS affected_users,
            countIf(event = 'trial_conversion') AS trials,
            countIf(event = 'trial_conversion' AND converted) AS conversions,
            quantilesBFloat16If(0.5, 0.95, 0.99)(
                duration_ms, event = 'api_response_time' AND duration_ms > 0
            )[2] AS p95,
            sumIf(cost_usd, event = 'ai_interaction') AS ai_cost_usd,
            countIf(event = 'ai_failure') AS ai_failures
        FROM lift_events
        WHERE event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
          AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
    )
SELECT
    toDate({from:DateTime64(9, 'UTC')}) AS day,
    dau,
    new_users,
    events,
    errors,
    round(if(events = 0, 0, 100 * errors / events), 2) AS error_rate,
    critical,
    blocked,
    affected_users,
    trials,
    conversions,
    round(if(trials = 0, 0, 100 * conversions / trials), 2) AS conversion_rate,
    round(ifNotFinite(c.p95, 0), 1) AS p95,
    round(c.ai_cost_usd, 6) AS ai_cost_usd,
    ai_failures
FROM counted AS c
CROSS JOIN persons
