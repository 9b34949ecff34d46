/*
question: 20
title: Platform summary
description: All events in whole days (UTC) by name, from the rollup by month where the window has a whole month.
window: 2592000
people: users
filters: [service, environment]
columns:
  event: {description: "Name of the event."}
  category: {description: "Group of the event."}
  events: {kind: count, description: "How often it happened."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
  blocked: {kind: count, description: "Events that blocked the user."}
*/
WITH
    toDate({from:DateTime64(9, 'UTC')}) AS first_day,
    toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) AS last_day,
    chosen AS (
        SELECT event, category, events, users, blocked
        FROM lift_rollup_monthly
        WHERE month >= first_day
          AND toLastDayOfMonth(month) <= last_day
          AND (service = {service:String} OR {service:String} = '')
          AND (environment = {environment:String} OR {environment:String} = '')
        UNION ALL
        SELECT event, category, events, users, blocked
        FROM lift_rollup_daily
        WHERE day >= first_day
          AND day <= last_day
          AND (toStartOfMonth(day) < first_day OR toLastDayOfMonth(day) > last_day)
          AND (service = {service:String} OR {service:String} = '')
          AND (environment = {environment:String} OR {environment:String} = '')
    )
SELECT
    event,
    category,
    sum(c.events) AS events,
    uniqMerge(c.users) AS users,
    sum(c.blocked) AS blocked
FROM chosen AS c
GROUP BY event, category
ORDER BY events DESC, event, category
