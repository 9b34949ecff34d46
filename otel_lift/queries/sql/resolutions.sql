/*
question: 5
title: Resolutions
description: Errors that were said to be resolved, or not to be any more, newest first.
role: analyst
parameters:
  limit: {type: UInt32, default: 100, description: "How many resolutions to list."}
columns:
  fingerprint: {description: "The pattern; empty where it is about one event."}
  event_id: {description: "The event; empty where it is about a pattern."}
  resolution: {description: "How it was resolved."}
  resolved_by: {description: "Who said so."}
  resolved_at: {kind: time, description: "When."}
*/
SELECT
    fingerprint,
    event_id,
    resolution,
    resolved_by,
    resolved_at
FROM lift_resolutions FINAL
ORDER BY resolved_at DESC, fingerprint, event_id
LIMIT {limit:UInt32}
