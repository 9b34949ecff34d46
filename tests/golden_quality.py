"""Expected answers about the data themselves (questions 21 and 22), from the definitions of the queries."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
from golden_questions import Question, Rows, answers, day_of, quantile, ranked, rate, time_of
from golden_world import DAY, HOUR, SECOND

from otel_lift.semconv import EVENTS, fields_of

__all__: list[str] = []

_PART: dict[str, Any] = {"hours": 300, "length": 200}


@answers("events-lag", {}, {**_PART, "user_type": "trial"}, loose=("p50", "p95"))
def _(q: Question) -> Rows:
    found = []
    for service, part in q.rows.groupby("service"):
        lag = np.maximum((part["receive_time"] - part["event_time"]) / SECOND, 0)
        found.append((service, len(part), quantile(lag, 0.5), quantile(lag, 0.95), round(float(lag.max()), 3)))
    return ranked(found, -2, 1)


@answers("quality-null-rates", {}, _PART)
def _(q: Question) -> Rows:
    routed = {
        name
        for name, event in EVENTS.items()
        if any(one.required and one.attr.name == "http.route" for one in fields_of(event))
    }
    found = []
    for event, part in q.rows.groupby("event"):
        fields = ["event_id", "service", "environment", "session_id", "subject"]
        if part["category"].iloc[0] == "failures":
            fields += ["severity", "fingerprint"]
        if event in routed:
            fields.append("endpoint")
        for name in fields:
            missing = int((part[name] == "").sum())
            found.append((event, name, len(part), missing, rate(missing, len(part))))
    return ranked(found, -4, 1, 2)


@answers("quality-validation", {"length": 2000}, _PART)
def _(q: Question) -> Rows:
    totals = q.rows["event"].value_counts()
    groups = q.rows[q.rows["validation"] != ""].groupby(["event", "validation"])
    return ranked(((*key, len(part), rate(len(part), totals[key[0]])) for key, part in groups), -3, 1, 2)


@answers("quality-duplicates", {}, {"length": 2000})
def _(q: Question) -> Rows:
    found = []
    for event, part in q.rows.groupby("event"):
        twice = len(part) - part["event_id"].nunique()
        found.append((event, len(part), twice, rate(twice, len(part))))
    return ranked(found, -3, 1)


@answers("quality-gaps", {}, {**_PART, "service": "mobile-app"})
def _(q: Question) -> Rows:
    before = q.golden.between(q.start - 30 * DAY, q.end)
    before = before[before["subject"] != ""]
    found = []
    for later, earlier in (
        ("activation_completed", "activation_started"),
        ("wave_left", "wave_joined"),
        ("activation_round_completed", "activation_started"),
    ):
        rows = q.of(later)
        rows = rows[rows["subject"] != ""]
        key = ["subject", "wave_id"] if later == "wave_left" else ["subject"]
        began: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for *who, time in before[before["event"] == earlier][[*key, "event_time"]].itertuples(index=False):
            began[tuple(who)].append(time)
        without = 0
        for *who, time in rows[[*key, "event_time"]].itertuples(index=False):
            without += not any(time - 30 * DAY <= one < time for one in began[tuple(who)])
        found.append((f"{later} without {earlier}", len(rows), without, rate(without, len(rows))))
    return ranked(found, -3, 1)


@answers("quality-out-of-range", {}, {"length": 2000})
def _(q: Question) -> Rows:
    rows = q.rows
    score = rows["score"][rows["event"] == "message_consistency"]
    checks: tuple[tuple[str, Any, Callable[[Any], Any]], ...] = (
        ("duration", rows["duration_ms"], lambda value: value > DAY / 1e6),
        ("mood", rows["mood"][rows["event"] == "activation_mood_logged"], lambda value: value > 100),
        ("rating", rows["rating"], lambda value: value > 5),
        ("score", score, lambda value: (value < 0) | (value > 1)),
        ("status", rows["status"], lambda value: (value != 0) & ((value < 100) | (value > 599))),
    )
    found = []
    for name, values, wrong in checks:
        told = values if name in ("mood", "score") else values[values != 0]
        found.append((name, len(told), int(wrong(told).sum())))
    return ranked(found, -3, 1)


@answers("quality-clock-skew", {}, {"length": 2000})
def _(q: Question) -> Rows:
    found = []
    for service, part in q.rows.groupby("service"):
        late = (part["receive_time"] - part["event_time"]) / SECOND
        most = round(max(-float(late.min()), 0.0), 3), round(max(float(late.max()), 0.0), 3)
        counts = (int(count.sum()) for count in (late < -60, late > 3600, part["moved"]))
        found.append((service, len(part), *counts, *most))
    return ranked(found, -2, 1)


@answers("quality-volume", {}, {"hours": 100, "length": 48, "least": 150}, unordered=True)
def _(q: Question) -> Rows:
    end, q = q.end, q.hours
    rows = q.golden.between(q.start - 7 * DAY, q.end)
    counts = rows.groupby([rows["event_time"] // HOUR, rows["service"]]).size().to_dict()
    found = []
    for hour in range(q.start // HOUR, q.end // HOUR):
        for service in sorted({name for when, name in counts if hour - 7 * 24 <= when <= hour}):
            events = counts.get((hour, service), 0)
            before = [counts.get((hour - 24 * back, service), 0) for back in range(1, 8)]
            usual = sum(before) / 7
            if not events and not usual:
                continue
            cut = (hour + 1) * HOUR > end
            low = usual > 0 and 100 * events / usual < q["least"] and not cut
            found.append((time_of(hour * HOUR), service, events, round(usual, 1), rate(events, usual), low))
    return found


@answers("quality-references", {}, _PART)
def _(q: Question) -> Rows:
    traced = q.rows["trace_id"][q.rows["trace_id"] != ""]
    spans = q.golden.spans
    near = spans[(spans["time"] >= q.start - DAY) & (spans["time"] < q.end + DAY)]
    visits = q.rows["session_id"][q.rows["session_id"] != ""]
    recent = q.golden.between(q.end - 30 * DAY, q.end)
    lively = set(recent["session_id"][recent["category"] == "behaviour"])
    found = []
    for kind, named, there in (("trace", traced, set(near["trace_id"])), ("session", visits, lively)):
        dangling = int((~named.isin(there)).sum())
        found.append((kind, len(named), dangling, rate(dangling, len(named))))
    return ranked(found, -3, 1)


@answers("quality-rollups", {}, {"hours": 900, "length": 100})
def _(q: Question) -> Rows:
    rows = q.days.rows
    known = rows[rows["subject"] != ""]
    counted = {
        "daily": rows,
        "hourly": rows,
        "user_days": known,
        "user_errors": known[known["category"] == "failures"],
    }
    found = []
    for name, of_rollup in counted.items():
        for day, count in (of_rollup["event_time"] // DAY).value_counts().items():
            found.append((day_of(day), name, int(count), int(count), 0))
    return ranked(found, 1, 2)
