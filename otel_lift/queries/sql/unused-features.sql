/*
question: 14
title: Unused features
description: Features that were in use before the window and that nobody used in it; whole days (UTC).
window: 604800
parameters:
  known_for: {type: UInt32, default: 7776000, unit: s, description: "How long before the window to look for features."}
columns:
  feature: {description: "The feature of the app."}
  last_used: {kind: day, description: "Last day on which it was used."}
*/
SELECT
    feature,
    max(r.day) AS last_used
FROM lift_rollup_daily AS r
WHERE event = 'feature_used'
  AND feature != ''
  AND day >= toDate({from:DateTime64(9, 'UTC')} - toIntervalSecond({known_for:UInt32}))
  AND day <= toDate({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1))
GROUP BY feature
HAVING last_used < toDate({from:DateTime64(9, 'UTC')})
ORDER BY last_used DESC, feature
