/*
question: 13
title: Page load
description: How long pages took to load over whole days.
window: 604800
people: users
filters: [service, environment, user_type]
columns:
  page: {description: "The page."}
  loads: {kind: count, description: "How often it was loaded."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
  p50: {kind: number, unit: ms, description: "Time within which 50 of 100 were loaded."}
  p95: {kind: number, unit: ms, description: "Time within which 95 of 100 were loaded."}
*/
SELECT
    page,
    sum(r.events) AS loads,
    uniqMerge(r.users) AS users,
    round(ifNotFinite(arrayElement(quantilesBFloat16Merge(0.5, 0.95, 0.99)(quantiles), 1), 0), 1) AS p50,
    round(ifNotFinite(arrayElement(quantilesBFloat16Merge(0.5, 0.95, 0.99)(quantiles), 2), 0), 1) AS p95
FROM lift_rollup_daily AS r
WHERE event = 'page_load'
  AND page != ''
  AND day >= toDate({from:DateTime64(9, 'UTC')})
  AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
  AND (service = {service:String} OR {service:String} = '')
  AND (environment = {environment:String} OR {environment:String} = '')
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY page
ORDER BY p95 DESC, page
