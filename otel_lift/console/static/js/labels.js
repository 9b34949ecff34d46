// What the columns of the queries are called and how their values are written: one list for all tables and charts.

import { words } from "./format.js";

const KINDS = {
  count:
    "failures affected_users errors requests occurrences distinct_errors blocked sessions attempts locked_out " +
    "fallbacks interactions times hits loads uses users events trials variants dau wau mau created posts likes " +
    "comments shares follows participants registered joined left microacts_shared input_tokens output_tokens " +
    "matches accepted bookings ended completed updates drop_offs failed records rows missing duplicates without " +
    "out_of_range ahead late moved dangling raw rolled_up difference values granted denied segments failures_24h " +
    "workflows_failed data_losses endpoints timeouts conversions cohort_size active_before churned returned new " +
    "active predicted started longest current logged completions days critical blocking days_with_errors " +
    "peak_per_minute recovery_attempted recovered microacts_created community waves_joined usual",
  ms: "mean_response_time mean_duration p50 p95 p99 mean max mean_latency duration_ms",
  percent:
    "failure_rate error_rate cache_hit_rate hit_rate timeout_rate share share_of_first share_of_previous rate " +
    "stickiness completion_rate churn_rate recovery_rate helpful_rate acceptance_rate conversion_rate difference_points",
  number:
    "errors_per_user daily_average flourish_index add_value_index mood microact consistency wave help mean_rating " +
    "mean_start mean_end change mean_score mean_before mean_after mean_change risk mean_gap z p_value value " +
    "mean_days_used per_second days_since active_days score",
  seconds: "seconds_since_previous max_lag oldest_seconds took max_ahead max_late",
  bytes: "bytes",
  usd: "cost_usd ai_cost_usd",
  time: "event_time first_seen last_seen started_at ended_at resolved_at due since time",
  day: "day cohort last_active last_used month",
  bool: "user_blocked resolved locked low significant recovery_successful outcome_ok",
  id: "fingerprint subject session_id person trace_id event_id gateway address",
};
const KIND = Object.fromEntries(Object.entries(KINDS).flatMap(([kind, names]) => names.split(" ").map((name) => [name, kind])));
const LABEL = {
  affected_users: "People affected",
  ai_provider: "Provider",
  ai_model: "Model",
  cost_usd: "Cost",
  dau: "Daily active",
  wau: "Weekly active",
  mau: "Monthly active",
  distinct_errors: "Distinct",
  errors_per_user: "Per person",
  failures_24h: "Failures, 24 h",
  fingerprint: "Pattern",
  mean_duration: "Mean time",
  mean_latency: "Mean latency",
  mean_response_time: "Mean time",
  mean_days_used: "Mean days used",
  oldest_seconds: "Oldest",
  p50: "p50",
  p95: "p95",
  p99: "p99",
  p_value: "p-value",
  peak_per_minute: "Peak a minute",
  per_second: "A second",
  rolled_up: "Rolled up",
  share_of_first: "Of the first step",
  share_of_previous: "Of the step before",
  subject: "Person",
  user_blocked: "Blocked",
  users: "People",
  z: "z",
};

/** @returns {string} what a column is called */
export function labelOf(column) {
  return LABEL[column] ?? words(column);
}

/** @returns {string} how a column's values are written: a name of `FORMATS` */
export function kindOf(column) {
  return KIND[column] ?? "text";
}

/** Whether a kind's values are numbers, which stand right and compare as numbers. */
export function isNumber(kind) {
  return ["count", "number", "percent", "ms", "seconds", "bytes", "usd"].includes(kind);
}
