/*
question: 20
title: Values to filter by
description: The services, environments and types of users that events of whole days (UTC) have.
window: 2592000
columns:
  filter: {description: "Name of the filter: service, environment or user_type."}
  value: {description: "The value."}
  events: {kind: count, description: "Events with it."}
*/
SELECT
    choice.1 AS filter,
    choice.2 AS value,
    sum(r.events) AS events
FROM lift_rollup_daily AS r
ARRAY JOIN [
    ('service', toString(service)), ('environment', toString(environment)), ('user_type', toString(user_type))
] AS choice
WHERE day >= toDate({from:DateTime64(9, 'UTC')})
  AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
  AND value != ''
GROUP BY filter, value
ORDER BY filter, events DESC, value
