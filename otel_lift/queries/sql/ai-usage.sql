/*
question: 19
title: AI usage
description: Answers of AI models by day (UTC), provider and model, with tokens, cost and latency.
window: 2592000
people: users
filters: [service, environment, user_type]
columns:
  day: {kind: day, description: "The day."}
  ai_provider: {description: "Who served the model."}
  ai_model: {description: "The model."}
  interactions: {kind: count, description: "Answers."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
  input_tokens: {kind: count, unit: '{token}', description: "Tokens sent."}
  output_tokens: {kind: count, unit: '{token}', description: "Tokens answered."}
  cost_usd: {kind: number, unit: USD, description: "What it cost."}
  mean_latency: {kind: number, unit: ms, description: "Mean time until the answer."}
  p95: {kind: number, unit: ms, description: "Time within which 95 of 100 answers came."}
  helpful_rate: {kind: ratio, unit: '%', description: "Answers that the user found helpful, of all."}
*/
SELECT
    day,
    ai_provider,
    ai_model,
    sum(r.events) AS interactions,
    uniqMerge(r.users) AS users,
    sum(r.input_tokens) AS input_tokens,
    sum(r.output_tokens) AS output_tokens,
    round(sum(r.cost_usd), 6) AS cost_usd,
    round(if(sum(r.timed) = 0, 0, sum(r.durations) / sum(r.timed)), 1) AS mean_latency,
    round(ifNotFinite(quantilesBFloat16Merge(0.5, 0.95, 0.99)(r.quantiles)[2], 0), 1) AS p95,
    round(100 * sum(r.helpful) / interactions, 2) AS helpful_rate
FROM lift_rollup_daily AS r
WHERE event = 'ai_interaction'
  AND day >= toDate({from:DateTime64(9, 'UTC')})
  AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY day, ai_provider, ai_model
ORDER BY day, cost_usd DESC, ai_provider, ai_model
