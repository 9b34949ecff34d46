/*
question: 12
title: Rate-limited addresses
description: Addresses that sent too many requests, and whether that was a spike or an attack.
window: 86400
role: on-call
people: users
parameters:
  attack: {type: UInt32, default: 60, unit: 1/min, description: "Requests in a minute that are an attack."}
  limit: {type: UInt32, default: 50, description: "How many addresses to list."}
columns:
  address: {description: "Hash of the address."}
  requests: {kind: count, description: "Requests that were refused."}
  endpoints: {kind: count, description: "Distinct endpoints that they asked for."}
  users: {kind: count, description: "Distinct people, by pseudonym."}
  peak_per_minute: {kind: count, description: "Most of them in one minute of the clock."}
  first_seen: {kind: time, description: "When the first one came."}
  last_seen: {kind: time, description: "When the last one came."}
  verdict: {description: "One of attack, where the peak says so, and spike."}
*/
SELECT
    address,
    sum(m.requests) AS requests,
    uniqMerge(m.endpoints) AS endpoints,
    uniqMerge(m.users) AS users,
    max(m.requests) AS peak_per_minute,
    min(m.first_seen) AS first_seen,
    max(m.last_seen) AS last_seen,
    if(peak_per_minute >= {attack:UInt32}, 'attack', 'spike') AS verdict
FROM (
    SELECT
        address,
        toStartOfMinute(event_time, 'UTC') AS minute,
        count() AS requests,
        uniqStateIf(endpoint, endpoint != '') AS endpoints,
        uniqStateIf(subject, subject != '') AS users,
        min(event_time) AS first_seen,
        max(event_time) AS last_seen
    FROM lift_events
    WHERE event = 'rate_limited'
      AND address != ''
      AND event_time >= {from:DateTime64(9, 'UTC')}
      AND event_time < {to:DateTime64(9, 'UTC')}
    GROUP BY address, minute
) AS m
GROUP BY address
ORDER BY requests DESC, address
LIMIT {limit:UInt32}
