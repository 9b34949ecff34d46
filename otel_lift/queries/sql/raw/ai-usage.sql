SELECT
    toDate(event_time, 'UTC') AS day,
    ai_provider,
    ai_model,
    count() AS interactions,
    uniqIf(subject, subject != '') AS users,
    sum(e.input_tokens) AS input_tokens,
    sum(e.output_tokens) AS output_tokens,
    round(sum(e.cost_usd), 6) AS cost_usd,
    round(ifNotFinite(avgIf(duration_ms, duration_ms > 0), 0), 1) AS mean_latency,
    round(ifNotFinite(quantilesBFloat16If(0.5, 0.95, 0.99)(duration_ms, duration_ms > 0)[2], 0), 1) AS p95,
    round(100 * countIf(helpful) / interactions, 2) AS helpful_rate
FROM lift_events AS e
WHERE event = 'ai_interaction'
  AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
  AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY day, ai_provider, ai_model
ORDER BY day, cost_usd DESC, ai_provider, ai_model
