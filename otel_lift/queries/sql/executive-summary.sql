/*
question: 20
title: Executive summary
description: A day (UTC) at a glance, or several whole days as one; errors are failures.
window: 86400
people: dau
columns:
  day: {kind: day, description: "First day of the window."}
  dau: {kind: count, description: "Persons active in the window; one across key rotations."}
  new_users: {kind: count, description: "Of these, who signed up."}
  events: {kind: count, description: "All events."}
  errors: {kind: count, description: "Failures."}
  error_rate: {kind: ratio, unit: '%', description: "Failures of all events."}
  critical: {kind: count, description: "Failures of priority critical."}
  blocked: {kind: count, description: "Failures that blocked the user."}
  affected_users: {kind: count, description: "Distinct people with a failure, by pseudonym."}
  trials: {kind: count, description: "Trials that ended."}
  conversions: {kind: count, description: "Of these, with a subscription."}
  conversion_rate: {kind: ratio, unit: '%', description: "Trials that ended with a subscription, of all."}
  p95: {kind: number, unit: ms, description: "Time within which 95 of 100 API requests were answered."}
  ai_cost_usd: {kind: number, unit: USD, description: "What answers of AI models cost."}
  ai_failures: {kind: count, description: "Failures of AI features."}
*/
WITH
    persons AS (
        SELECT
            uniq(person) AS dau,
            uniqIf(person, signups > 0) AS new_users
        FROM lift_user_days_linked
        WHERE day >= toDate({from:DateTime64(9, 'UTC')})
          AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
    ),
    counted AS (
        SELECT
            sum(r.events) AS events,
            sumIf(r.events, category = 'failures') AS errors,
            sumIf(r.events, category = 'failures' AND priority = 'critical') AS critical,
            sumIf(r.blocked, category = 'failures') AS blocked,
            uniqMergeIf(r.users, category = 'failures') AS affected_users,
            sumIf(r.events, event = 'trial_conversion') AS trials,
            sumIf(r.converted, event = 'trial_conversion') AS conversions,
            quantilesBFloat16MergeIf(0.5, 0.95, 0.99)(r.quantiles, event = 'api_response_time')[2] AS p95,
            sumIf(r.cost_usd, event = 'ai_interaction') AS ai_cost_usd,
            sumIf(r.events, event = 'ai_failure') AS ai_failures
        FROM lift_rollup_daily AS r
        WHERE day >= toDate({from:DateTime64(9, 'UTC')})
          AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
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
