"""Expected answers about people over days: activity, retention, streaks, churn, indices (questions 16 to 18)."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from golden_questions import Question, Rows, answers, day_of, ranked, rate
from golden_world import DAY, Frame

__all__: list[str] = []

_TYPED: tuple[dict[str, Any], ...] = ({}, {"hours": 700, "length": 300, "user_type": "school"})


def _days_of(q: Question, start: int | None = None) -> dict[str, list[int]]:
    """Answer the active days of each person, ascending."""
    rows = q.person_days(start)
    found: dict[str, list[int]] = defaultdict(list)
    for who, day in sorted(set(zip(rows["linked"], rows["day"], strict=True))):
        found[who].append(int(day))
    return found


def _active(q: Question, back: int) -> dict[int, set[str]]:
    """Answer who was active, by day, from so many days before the window on."""
    found: dict[int, set[str]] = defaultdict(set)
    for who, days in _days_of(q, q.start - back * DAY).items():
        for day in days:
            found[day].add(who)
    return found


@answers("active-users", *_TYPED)
def _(q: Question) -> Rows:
    q = q.days
    active = _active(q, 29)
    found = []
    for day in q.listed_days:
        dau, wau, mau = (
            len(set().union(*(active.get(day - back, set()) for back in range(length)))) for length in (1, 7, 30)
        )
        found.append((day_of(day), dau, wau, mau, rate(dau, mau)))
    return found


@answers("activation", *_TYPED)
def _(q: Question) -> Rows:
    rows = q.days.person_days()
    found = []
    for day, part in rows.groupby("day"):
        started, completed = (
            part["linked"][part["event"] == name].nunique() for name in ("activation_started", "activation_completed")
        )
        if started or completed:
            found.append((day_of(day), started, completed, rate(completed, started)))
    return ranked(found, 1)


@answers("retention", {}, {"hours": 500, "length": 700, "user_type": "trial"})
def _(q: Question) -> Rows:
    q = q.weeks
    weeks = -(-(q.end - q.start) // (7 * DAY))
    first = q.start // DAY
    seen: dict[int, Counter[int]] = defaultdict(Counter)
    sizes: Counter[int] = Counter()
    for days in _days_of(q).values():
        of_person = sorted({(day - first) // 7 for day in days})
        cohort = of_person[0]
        sizes[cohort] += 1
        seen[cohort].update(week - cohort for week in of_person)
    return [
        (day_of(first + 7 * cohort), week, sizes[cohort], seen[cohort][week], rate(seen[cohort][week], sizes[cohort]))
        for cohort in sorted(sizes)
        for week in range(weeks - cohort)
    ]


def _runs(days: Sequence[int]) -> list[tuple[int, int]]:
    """Answer runs of days that follow one another: the length and the last day of each."""
    runs: list[tuple[int, int]] = []
    for day in days:
        runs.append((runs.pop()[0] + 1, day) if runs and runs[-1][1] == day - 1 else (1, day))
    return runs


@answers("streaks", {}, {"hours": 800, "length": 500})
def _(q: Question) -> Rows:
    q = q.days
    longest: Counter[int] = Counter()
    current: Counter[int] = Counter()
    for days in _days_of(q).values():
        runs = _runs(days)
        longest[max(runs)[0]] += 1
        if runs[-1][1] == q.listed_days[-1]:
            current[runs[-1][0]] += 1
    return [(length, longest[length], current[length]) for length in sorted({*longest, *current})]


def _risk(days: Sequence[int], last: int) -> tuple[int, int, int, float, float]:
    since, gap = last - days[-1], (days[-1] - days[0] + 1) / len(days)
    return len(days), day_of(days[-1]), since, gap, 1 - math.exp(-since / gap)


@answers("churn", {}, {"hours": 400, "length": 400})
def _(q: Question) -> Rows:
    q = q.days
    first, last = q.listed_days[0], q.listed_days[-1]
    before = churned = returned = new = active = 0
    risks = 0.0
    for days in _days_of(q, 0).values():
        earlier = any(first - 30 <= day < first for day in days)
        within = [day for day in days if day >= first]
        before += earlier
        churned += earlier and not within
        new += days[0] >= first
        active += bool(within)
        returned += bool(within) and not earlier and days[0] < first
        risks += _risk(within, last)[-1] if within else 0
    return [(before, churned, rate(churned, before), returned, new, active, round(risks))]


@answers("churn-risk", {}, {"hours": 400, "length": 400, "at_least": 0.9, "limit": 5000})
def _(q: Question) -> Rows:
    q = q.days
    found = ((who, *_risk(days, q.listed_days[-1])) for who, days in _days_of(q).items())
    chosen = sorted((row for row in found if row[-1] >= q["at_least"]), key=lambda row: (-row[-1], row[0]))
    return [(*row[:4], round(row[4], 4), round(row[5], 4)) for row in chosen[: q["limit"]]]


@answers(
    "forecast",
    {},
    {"metric": "events", "hours": 300, "ahead": 3},
    {"metric": "errors", "length": 240},
    {"metric": "signups"},
)
def _(q: Question) -> Rows:
    q = q.days
    days = list(q.listed_days)
    rows = q.rows
    ways: dict[str, Callable[[], dict[int, int]]] = {
        "dau": lambda: {day: len(who) for day, who in _active(q, 0).items()},
        "events": lambda: (rows["event_time"] // DAY).value_counts().to_dict(),
        "errors": lambda: (q.failures["event_time"] // DAY).value_counts().to_dict(),
        "signups": lambda: (q.of("user_signup")["event_time"] // DAY).value_counts().to_dict(),
    }
    chosen = ways[q["metric"]]()
    actual = [float(chosen.get(day, 0)) for day in days]
    x = np.arange(len(days) + q["ahead"], dtype=float)
    line = np.polynomial.Polynomial.fit(x[: len(days)], actual, 1)(x)
    margin = 1.96 * math.sqrt(sum((line[: len(days)] - actual) ** 2) / (len(days) - 2))
    return [
        (
            day_of(days[0] + n),
            actual[n] if n < len(days) else None,
            round(float(fitted), 2),
            round(float(fitted - margin), 2),
            round(float(fitted + margin), 2),
        )
        for n, fitted in enumerate(line)
    ]


_MEASURES = {
    "microacts": ("microact_created",),
    "shared": ("microact_shared",),
    "community": ("post_created", "post_liked", "post_commented", "post_shared", "user_followed"),
    "help": ("post_commented", "post_shared"),
    "waves": ("wave_joined", "wave_interaction"),
}


def _share(value: float, target: float) -> float:
    return 100 * min(1.0, value / target)


def _scores(rows: Frame, history: dict[str, list[int]]) -> dict[tuple[int, str], dict[str, float]]:
    """Answer all scores and indices by day and person."""
    counts: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    for who, day, event, mood in zip(rows["linked"], rows["day"], rows["event"], rows["mood"], strict=True):
        one = counts[int(day), who]
        for name, events in _MEASURES.items():
            one[name] += event in events
        if event == "activation_mood_logged":
            one["moods"] += 1
            one["mood"] += int(mood)
    found = {}
    for (day, who), one in sorted(counts.items()):
        near = sum(day - 6 <= other <= day for other in history[who])
        found[day, who] = {
            "mood": one["mood"] / one["moods"] if one["moods"] else 0.0,
            "consistency": 100 * near / 7,
            "raw_microacts": one["microacts"],
            "raw_shared": one["shared"],
            "raw_community": one["community"],
            "raw_help": one["help"],
            "raw_waves": one["waves"],
        }
    return found


def _flourish(q: Question, one: dict[str, float]) -> tuple[float, ...]:
    parts = (
        one["mood"],
        _share(one["raw_microacts"], q["microact_target"]),
        _share(one["raw_community"], q["community_target"]),
        one["consistency"],
    )
    weights = (q[f"{name}_weight"] for name in ("mood", "microact", "community", "consistency"))
    return sum(part * weight for part, weight in zip(parts, weights, strict=True)), *parts


def _add_value(q: Question, one: dict[str, float]) -> tuple[float, ...]:
    names = ("created", "shared", "wave", "help")
    raws = (one[f"raw_{name}"] for name in ("microacts", "shared", "waves", "help"))
    parts = tuple(_share(raw, q[f"{name}_target"]) for raw, name in zip(raws, names, strict=True))
    return sum(part * q[f"{name}_weight"] for part, name in zip(parts, names, strict=True)), *parts


def _means(q: Question, score: Any) -> Rows:
    q = q.days
    history = _days_of(q, q.start - 6 * DAY)
    by_day: dict[int, list[tuple[float, ...]]] = defaultdict(list)
    for (day, _who), one in _scores(q.person_days(), history).items():
        by_day[day].append(score(q, one))
    return [
        (day_of(day), len(scores), *(round(sum(column) / len(scores), 2) for column in zip(*scores, strict=True)))
        for day, scores in sorted(by_day.items())
    ]


@answers("flourish-index", *_TYPED, {"mood_weight": 0.1, "community_target": 2, "microact_target": 1, "length": 200})
def _(q: Question) -> Rows:
    return _means(q, _flourish)


@answers("add-value-index", *_TYPED, {"wave_weight": 0.5, "created_target": 1, "wave_target": 2, "length": 200})
def _(q: Question) -> Rows:
    return _means(q, _add_value)


def _linked(q: Question) -> str:
    return str(q.golden.frame.loc[q.golden.frame["subject"] == q["subject"], "linked"].iloc[0])


@answers("indices-of-user", {"somebody": True}, {"somebody": True, "length": 2000})
def _(q: Question) -> Rows:
    q = q.days
    who = _linked(q)
    rows = q.person_days(q.start - 6 * DAY)
    rows = rows[rows["linked"] == who]
    scores = _scores(rows, {who: sorted(set(rows["day"].astype(int)))})
    return [
        (day_of(day), *(round(value, 2) for value in (*_flourish(q, one), *_add_value(q, one))))
        for (day, _who), one in sorted(scores.items())
        if day >= q.start // DAY
    ]


@answers("user-activity", {"somebody": True}, {"somebody": True, "length": 2000})
def _(q: Question) -> Rows:
    rows = q.days.person_days()
    found = []
    for day, part in rows[rows["linked"] == _linked(q)].groupby("day"):
        events = part["event"]
        found.append(
            (
                day_of(day),
                len(part),
                int((part["category"] == "failures").sum()),
                len(set(part["session_id"]) - {""}),
                int((events == "microact_created").sum()),
                int((events == "microact_shared").sum()),
                int(events.isin(_MEASURES["community"]).sum()),
                int((events == "wave_joined").sum()),
            )
        )
    return ranked(found, 1)
