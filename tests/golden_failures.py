"""Expected answers about failures (questions 1 to 8 and 11), from the definitions of the queries."""

from typing import Any

from golden_questions import (
    Question,
    Rows,
    answers,
    day_of,
    gaps_filled,
    mean_ms,
    people,
    ranked,
    rate,
    time_of,
)
from golden_world import DAY, SECOND, Frame

__all__ = ["FILTERED", "LONG"]

FILTERED: tuple[dict[str, Any], ...] = (
    {},
    {"hours": 700, "service": "web-app"},
    {"hours": 1300, "length": 72, "user_type": "school", "environment": "production"},
)
LONG: dict[str, Any] = {"hours": 200, "length": 900}


@answers("failures-by-event", *FILTERED)
def _(q: Question) -> Rows:
    found = ((event, len(part), mean_ms(part), people(part)) for event, part in q.failures.groupby("event"))
    return ranked(found, -2, 1)


@answers("failing-endpoints", *FILTERED, {**LONG, "limit": 3})
def _(q: Question) -> Rows:
    rows = q.failures[q.failures["endpoint"] != ""]
    found = ((name, len(part), mean_ms(part), people(part)) for name, part in rows.groupby("endpoint"))
    return ranked(found, -2, 1, limit=q["limit"])


@answers("errors-by-severity", *FILTERED)
def _(q: Question) -> Rows:
    groups = q.failures.groupby(["event", "severity"])
    return ranked(((*key, len(part), people(part), mean_ms(part)) for key, part in groups), -3, 1, 2)


_FEED = [
    "event_time",
    "event_id",
    "event",
    "severity",
    "priority",
    "service",
    "endpoint",
    "page",
    "action",
    "message",
    "fingerprint",
    "subject",
    "session_id",
    "trace_id",
    "user_blocked",
]


def _feed(rows: Frame, limit: int) -> Rows:
    return ranked(rows[_FEED].itertuples(index=False, name=None), -1, 2, limit=limit)


@answers("error-feed", *FILTERED, {**LONG, "event": "api_error", "limit": 7}, {**LONG, "fingerprint": "0" * 64})
def _(q: Question) -> Rows:
    rows = q.failures[q.failures["event"] == q["event"]] if q["event"] else q.failures
    rows = rows[rows["fingerprint"] == q["fingerprint"]] if q["fingerprint"] else rows
    return _feed(rows, q["limit"])


@answers("user-errors", {"somebody": True}, {"somebody": True, "hours": 300, "length": 1500})
def _(q: Question) -> Rows:
    return _feed(q.failures[q.failures["linked"] == _linked(q)], q["limit"])


def _linked(q: Question) -> str:
    return str(q.golden.frame.loc[q.golden.frame["subject"] == q["subject"], "linked"].iloc[0])


@answers("session-cascade", {"session": True, "length": 2000})
def _(q: Question) -> Rows:
    rows = q.failures[q.failures["session_id"] == q["session_id"]].sort_values(["event_time", "event_id"])
    since = (rows["event_time"].diff().fillna(0) / SECOND).to_numpy()
    columns = ["event_time", "event", "severity", "endpoint", "page", "action", "message", "fingerprint"]
    more = ["user_blocked", "recovery_attempted", "recovery_successful", "recovery_method", "trace_id"]
    first, second = (rows[names].itertuples(index=False, name=None) for names in (columns, more))
    return [(*a, float(s), *b) for a, s, b in zip(first, since, second, strict=True)]


_STEP = ["event_time", "event", "category", "severity"]


@answers("session-timeline", {"session": True, "length": 2000})
def _(q: Question) -> Rows:
    rows = q.rows[q.rows["session_id"] == q["session_id"]].sort_values(["event_time", "event_id"])
    what = rows["wave_id"]
    for name in ("flow", "feature", "page", "endpoint"):
        what = rows[name].where(rows[name] != "", what)
    rows = rows.assign(what=what, failed=rows["category"] == "failures")
    columns = [*_STEP, "what", "action", "message", "duration_ms", "failed", "trace_id"]
    return list(rows[columns].itertuples(index=False, name=None))[: q["limit"]]


@answers("recent-sessions", {"somebody": True, "length": 2000})
def _(q: Question) -> Rows:
    rows = q.rows[(q.rows["linked"] == _linked(q)) & (q.rows["session_id"] != "")]
    found = (
        (
            name,
            time_of(part["event_time"].min()),
            time_of(part["event_time"].max()),
            len(part),
            int((part["category"] == "failures").sum()),
            int(part["user_blocked"].sum()),
        )
        for name, part in rows.groupby("session_id")
    )
    return ranked(found, -2, 1, limit=q["limit"])


@answers("high-impact-errors", *FILTERED, {**LONG, "limit": 500}, unordered=True)
def _(q: Question) -> Rows:
    rows = q.failures
    hurt = rows["user_blocked"] | rows["workflow_failed"] | rows["data_loss"] | (rows["priority"] == "critical")
    found = (
        (
            *key,
            str(part.sort_values("event_time")["template"].iloc[-1]),
            len(part),
            people(part),
            *(int(part[name].sum()) for name in ("user_blocked", "workflow_failed", "data_loss")),
            time_of(part["event_time"].max()),
            False,
            "",
        )
        for key, part in rows[hurt].groupby(["fingerprint", "event"])
    )
    return ranked(found, -4, 1, 2, limit=q["limit"])


@answers(
    "error-patterns",
    {},
    {"length": 24, "limit": 500, "more_than": 0},
    {"hours": 400, "length": 100, "service": "web-app"},
    {"hours": 0, "length": 24, "gone": 3 * 86_400, "more_than": 1},
    # where several are as common, or came at the same time, any of them may be shown
    without=("template", "page", "action", "sample"),
)
def _(q: Question) -> Rows:
    five = q.whole(300 * SECOND)
    rows = five.failures
    past = q.filtered(q.golden.between(0, five.start)).groupby(["fingerprint", "event"])["event_time"].max()
    found = []
    for key, part in rows.groupby(["fingerprint", "event"]):
        before = past.get(key)
        gone = before is not None and before < five.start - q["gone"] * SECOND
        state = "new" if before is None else "regressed" if gone else "ongoing"
        times = (time_of(part["event_time"].min()), time_of(part["event_time"].max()))
        found.append((*key, state, len(part), people(part), *times, False))
    return ranked((row for row in found if row[3] > q["more_than"]), -4, 1, 2, limit=q["limit"])


@answers("pattern-trend", {"pattern": True}, {"pattern": True, "hours": 30, "length": 48, "bucket": 7200})
def _(q: Question) -> Rows:
    rows = q.failures[q.failures["fingerprint"] == q["fingerprint"]]
    return gaps_filled(q, q["bucket"], lambda part: (len(part), people(part)), rows)


@answers("struggling-users", *FILTERED, {**LONG, "more_than": 3})
def _(q: Question) -> Rows:
    rows = q.failures[q.failures["subject"] != ""]
    found = []
    for subject, part in rows.groupby("subject"):
        if len(part) > q["more_than"]:
            last = part.sort_values(["event_time", "event_id"]).iloc[-1]
            sessions = len(set(part["session_id"]) - {""})
            blocked = int(part["user_blocked"].sum())
            distinct = part["fingerprint"].nunique()
            found.append(
                (subject, len(part), distinct, blocked, sessions, time_of(last["event_time"]), str(last["event"]))
            )
    return ranked(found, -2, 1, limit=q["limit"])


@answers("user-error-rate", {"somebody": True}, {"somebody": True, "hours": 300, "length": 1500})
def _(q: Question) -> Rows:
    q = q.days
    rows = q.failures[q.failures["linked"] == _linked(q)]
    days = (q.end - q.start) // DAY
    return [
        (
            len(rows),
            int((rows["priority"] == "critical").sum()),
            int(rows["user_blocked"].sum()),
            round(len(rows) / days, 2),
            int((rows["event_time"] // DAY).nunique()),
        )
    ]


@answers("daily-user-errors", {}, {"hours": 700, "length": 60, "limit": 1000}, {"somebody": True, "length": 1500})
def _(q: Question) -> Rows:
    q = q.days
    rows = q.failures[q.failures["subject"] != ""]
    if q.given.get("subject"):
        rows = rows[rows["linked"] == _linked(q)]
    found = []
    for (day, subject), part in rows.groupby([rows["event_time"] // DAY, rows["subject"]]):
        blocked, tried, done = (
            int(part[name].sum()) for name in ("user_blocked", "recovery_attempted", "recovery_successful")
        )
        distinct = part["fingerprint"].nunique()
        found.append((day_of(day), subject, len(part), distinct, blocked, tried, done, rate(done, tried)))
    return ranked(found, -1, -3, 2, limit=q["limit"])
