"""Expected answers about requests, AI and addresses (questions 2 and 9 to 13), from the definitions of the queries."""

from typing import Any

import numpy as np
from golden_failures import FILTERED, LONG
from golden_questions import (
    Question,
    Rows,
    answers,
    day_of,
    gaps_filled,
    mean_ms,
    people,
    quantile,
    ranked,
    rate,
    time_of,
)
from golden_world import DAY, SECOND, Frame

__all__: list[str] = []


def _requests(q: Question, by: list[str]) -> Any:
    spans = q.hours.filtered(q.golden.spans)
    spans = spans[spans["server"] & (spans["time"] >= q.hours.start) & (spans["time"] < q.hours.end)]
    return spans.groupby(by)


@answers("failure-rate-by-endpoint", {}, {"hours": 500, "length": 48, "limit": 100}, {"service": "api"}, loose=("p95",))
def _(q: Question) -> Rows:
    found = (
        (
            name[0],
            len(part),
            int(part["failed"].sum()),
            rate(part["failed"].sum(), len(part)),
            round(float(part["ms"].mean()), 1),
            quantile(part["ms"], 0.95),
        )
        for name, part in _requests(q, ["endpoint"])
    )
    return ranked(found, -4, -3, 1, limit=q["limit"])


@answers("endpoint-latency", {"limit": 200}, {"hours": 500, "length": 48, "limit": 200}, loose=("p50", "p95", "p99"))
def _(q: Question) -> Rows:
    found = (
        (
            *name,
            len(part),
            int(part["failed"].sum()),
            rate(part["failed"].sum(), len(part)),
            round(float(part["ms"].mean()), 1),
            *(quantile(part["ms"], level) for level in (0.5, 0.95, 0.99)),
        )
        for name, part in _requests(q, ["endpoint", "method"])
    )
    return ranked(found, -3, 1, 2, limit=q["limit"])


@answers("endpoint-cascades", {}, {"hours": 100, "length": 400}, {"hours": 300, "length": 100, "endpoints": 2})
def _(q: Question) -> Rows:
    rows = q.failures[q.failures["endpoint"] != ""].sort_values("event_time")
    times, names = rows["event_time"].to_numpy(), rows["endpoint"].to_numpy()
    within = q["within"] * SECOND
    first = np.searchsorted(times, times - within)
    incidents: list[dict[str, Any]] = []
    for row, start in enumerate(first.tolist()):
        distinct = len(set(names[start : row + 1]))
        if distinct < q["endpoints"]:
            continue
        if not incidents or times[row] - incidents[-1]["ended"] > within:
            incidents.append({"started": times[row], "failures": 0, "endpoints": 0, "rows": set()})
        incident = incidents[-1]
        incident["ended"] = times[row]
        incident["failures"] += 1
        incident["endpoints"] = max(incident["endpoints"], distinct)
        incident["rows"].update(range(start, row + 1))
    return [
        (
            time_of(one["started"]),
            time_of(one["ended"]),
            one["failures"],
            one["endpoints"],
            people(rows.iloc[sorted(one["rows"])]),
            tuple(sorted(set(names[sorted(one["rows"])]))),
        )
        for one in incidents
    ]


@answers("lockouts", {}, {"hours": 500, "length": 200}, {"length": 24, "attempts": 2})
def _(q: Question) -> Rows:
    rows = q.of("auth_error")
    found = []
    for kind in ("subject", "address"):
        for who, part in rows[rows[kind] != ""].groupby(kind):
            if len(part) >= q["attempts"]:
                sessions = len(set(part["session_id"]) - {""})
                times = (time_of(part["event_time"].min()), time_of(part["event_time"].max()))
                locked = int((part["error_type"] == "lockout").sum())
                found.append((kind, who, len(part), sessions, *times, locked))
    return ranked(found, -3, 1, 2)


@answers("ai-failures", *FILTERED, LONG)
def _(q: Question) -> Rows:
    groups = q.of("ai_failure").groupby(["feature", "ai_provider", "reason"])
    found = (
        (*key, len(part), int((~part["fallback_used"].isin(["", "none"])).sum()), mean_ms(part), people(part))
        for key, part in groups
    )
    return ranked(found, -4, 1, 2, 3)


@answers("ai-failures-by-feature", *FILTERED, LONG)
def _(q: Question) -> Rows:
    found = []
    for feature, part in q.of("ai_failure").groupby("feature"):
        timeouts = int((part["reason"] == "timeout").sum())
        found.append((feature, len(part), timeouts, rate(timeouts, len(part)), people(part)))
    return ranked(found, -2, 1)


@answers("ai-providers", *FILTERED, LONG, loose=("p95",))
def _(q: Question) -> Rows:
    found = []
    for provider, part in q.of("ai_interaction", "ai_failure").groupby("ai_provider"):
        good, bad = part[part["event"] == "ai_interaction"], part[part["event"] == "ai_failure"]
        share = rate(len(bad), len(part))
        latency = (mean_ms(good), quantile(good["duration_ms"], 0.95))
        found.append((provider, len(good), len(bad), share, *latency, people(bad)))
    return ranked(found, -4, 1)


@answers("user-impact", *FILTERED, LONG)
def _(q: Question) -> Rows:
    found = []
    for event, part in q.failures.groupby("event"):
        users = people(part)
        found.append((event, users, len(part), round(len(part) / users, 2) if users else 0.0))
    return ranked(found, -2, -3, 1)


@answers("daily-error-stats", *FILTERED)
def _(q: Question) -> Rows:
    rows = q.days.failures
    found = []
    for day, part in rows.groupby(rows["event_time"] // DAY):
        critical, blocked = int((part["priority"] == "critical").sum()), int(part["user_blocked"].sum())
        found.append((day_of(day), len(part), critical, blocked, people(part)))
    return ranked(found, 1)


@answers("rate-limited-addresses", {}, {"hours": 100, "length": 500}, {"hours": 100, "length": 500, "attack": 100})
def _(q: Question) -> Rows:
    rows = q.of("rate_limited")
    found = []
    for address, part in rows[rows["address"] != ""].groupby("address"):
        peak = int((part["event_time"] // (60 * SECOND)).value_counts().max())
        endpoints = len(set(part["endpoint"]) - {""})
        times = (time_of(part["event_time"].min()), time_of(part["event_time"].max()))
        verdict = "attack" if peak >= q["attack"] else "spike"
        found.append((address, len(part), endpoints, people(part), peak, *times, verdict))
    return ranked(found, -2, 1, limit=q["limit"])


@answers("notification-failures", *FILTERED, LONG)
def _(q: Question) -> Rows:
    groups = q.of("notification_failure").groupby(["channel", "provider"])
    return ranked(((*key, len(part), people(part)) for key, part in groups), -3, 1, 2)


@answers("session-failures", *FILTERED)
def _(q: Question) -> Rows:
    rows = q.days.rows
    found = []
    for day, part in rows.groupby(rows["event_time"] // DAY):
        sessions = len(set(part["session_id"]) - {""})
        failed = int((part["event"] == "session_stabilization_failure").sum())
        expired = int(((part["event"] == "auth_error") & (part["error_type"] == "session_expired")).sum())
        found.append((day_of(day), sessions, failed, expired, rate(expired, sessions)))
    return ranked(found, 1)


@answers("slowest-endpoints", {"limit": 100}, {**LONG, "limit": 100}, loose=("p50", "p95", "p99"), unordered=True)
def _(q: Question) -> Rows:
    rows = q.days.of("api_response_time")
    found = []
    for endpoint, part in rows.groupby("endpoint"):
        if len(part) > q["more_than"] and endpoint:
            levels = (quantile(part["duration_ms"], level) for level in (0.5, 0.95, 0.99))
            hits = rate(part["cache_hit"].sum(), len(part))
            found.append((endpoint, len(part), mean_ms(part), *levels, hits))
    return found


@answers("slow-endpoints", *FILTERED, LONG)
def _(q: Question) -> Rows:
    rows = q.of("slow_endpoint")
    found = (
        (name, len(part), mean_ms(part), round(float(part["duration_ms"].max()), 1))
        for name, part in rows[rows["endpoint"] != ""].groupby("endpoint")
    )
    return ranked(found, -2, 1, limit=q["limit"])


@answers("cache-hit-rate", *FILTERED, LONG)
def _(q: Question) -> Rows:
    found = []
    for key, part in q.of("cache_performance").groupby("cache_key"):
        hits = int(part["cache_hit"].sum())
        found.append((key, len(part), hits, rate(hits, len(part))))
    return ranked(found, -2, 1, limit=q["limit"])


@answers("page-load", *FILTERED, loose=("p50", "p95"), unordered=True)
def _(q: Question) -> Rows:
    groups = q.days.of("page_load").groupby("page")
    return [
        (page, len(part), people(part), *(quantile(part["duration_ms"], level) for level in (0.5, 0.95)))
        for page, part in groups
    ]


@answers("failure-trend", {}, {"hours": 500, "length": 100, "bucket": 3600, "service": "api"}, loose=("p95",))
def _(q: Question) -> Rows:
    def bucket(part: Frame) -> tuple[Any, ...]:
        failed = part[part["category"] == "failures"]
        timed = part[part["event"] == "api_response_time"]
        share = rate(len(failed), len(part))
        return len(part), len(failed), share, people(failed), quantile(timed["duration_ms"], 0.95)

    return gaps_filled(q, q["bucket"], bucket, q.rows)


@answers("payment-failures", *FILTERED, LONG)
def _(q: Question) -> Rows:
    groups = q.of("payment_error", "stripe_checkout_error").groupby(["event", "error_type", "error_code"])
    return ranked(((*key, len(part), people(part)) for key, part in groups), -4, 1, 2, 3)
