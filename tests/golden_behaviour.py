"""Expected answers about what people do and what comes of it (questions 14 to 20), from the queries' definitions."""

from typing import Any

from golden_questions import Question, Rows, answers, day_of, mean_ms, people, quantile, ranked, rate, time_of
from golden_world import DAY, HOUR, SECOND, Frame

__all__: list[str] = []

_PART: dict[str, Any] = {"hours": 700, "length": 300}
_CASES: tuple[dict[str, Any], ...] = ({}, {"hours": 800, "length": 100, "user_type": "trial", "service": "web-app"})


def _mean(values: Any, digits: int = 2) -> float:
    return round(float(values.mean()), digits) if len(values) else 0.0


def _by_day(rows: Frame) -> Any:
    return rows.groupby(rows["event_time"] // DAY)


def _count(part: Frame, event: str) -> int:
    return int((part["event"] == event).sum())


@answers("feature-adoption", *_CASES)
def _(q: Question) -> Rows:
    groups = q.days.of("feature_used").groupby("feature")
    found = ((name, len(part), people(part), mean_ms(part)) for name, part in groups)
    return ranked(found, -2, 1)


@answers("unused-features", {}, {"hours": 5, "length": 3, "known_for": 5 * 86_400}, {"hours": 1900, "length": 4})
def _(q: Question) -> Rows:
    first, last = q.start // DAY * DAY, -(-q.end // DAY) * DAY
    known = q.golden.between((q.start - q["known_for"] * SECOND) // DAY * DAY, last)
    used = known[(known["event"] == "feature_used") & (known["feature"] != "")].groupby("feature")["event_time"].max()
    found = ((name, day_of(time // DAY)) for name, time in used.items() if time < first)
    return ranked(found, -2, 1)


@answers("trial-conversion", {}, {**_PART, "user_type": "social"})
def _(q: Question) -> Rows:
    rows = q.of("trial_conversion")
    totals = rows["trial_type"].value_counts()
    found = []
    for (kind, converted), part in rows.groupby(["trial_type", "converted"]):
        outcome = "converted" if converted else "not_converted"
        used = part["days_used"][part["days_used"] > 0]
        found.append((kind, outcome, len(part), rate(len(part), totals[kind]), _mean(used, 1), people(part)))
    return ranked(found, -3, 1, 2)


@answers(
    "funnel",
    {},
    {"hours": 300, "length": 900, "within": 600},
    {"steps": ["navigation", "page_load", "feature_used", "form_interaction", "session_metric"], "within": 300},
)
def _(q: Question) -> Rows:
    steps, within = q["steps"], q["within"] * SECOND
    rows = q.of(*steps)
    rows = rows[rows["subject"] != ""].sort_values("event_time")
    counts = [0] * len(steps)
    for _who, part in rows.groupby("linked"):
        # the latest beginning of a chain that has come so far
        begun: list[int | None] = [None] * len(steps)
        for event, time in zip(part["event"], part["event_time"], strict=True):
            for place in reversed([place for place, step in enumerate(steps) if step == event]):
                start = time if place == 0 else begun[place - 1]
                if start is not None and time - start <= within:
                    begun[place] = start
        for place, start in enumerate(begun):
            counts[place] += start is not None
    return [
        (n + 1, step, counts[n], rate(counts[n], counts[0]), rate(counts[n], counts[max(n - 1, 0)]))
        for n, step in enumerate(steps)
    ]


@answers(
    "ab-test",
    {"experiment": "new-onboarding", "length": 2160},
    {"experiment": "short-rounds", "goal": "activation_completed", "control": "changed", "confidence": 0.5},
)
def _(q: Question) -> Rows:
    rows = q.rows[q.rows["subject"] != ""].sort_values("event_time")
    shown = rows[(rows["event"] == "experiment_exposure") & (rows["experiment"] == q["experiment"])]
    first = shown.drop_duplicates("linked").set_index("linked")
    if q["goal"]:
        reached = rows[rows["event"] == q["goal"]]
    else:
        reached = rows[(rows["event"] == "trial_conversion") & rows["converted"]]
    latest = reached.groupby("linked")["event_time"].max()
    counts: dict[str, list[int]] = {}
    for who, variant, time in zip(first.index, first["variant"], first["event_time"], strict=True):
        one = counts.setdefault(variant, [0, 0])
        one[0] += 1
        one[1] += latest.get(who, 0) >= time
    control = q["control"] or min(counts)
    users0, hits0 = counts[control]
    found: Rows = []
    for variant, (users, hits) in counts.items():
        z, p = 0.0, 1.0
        if variant != control:
            pooled = (hits + hits0) / (users + users0)
            z = (hits / users - hits0 / users0) / (pooled * (1 - pooled) * (1 / users + 1 / users0)) ** 0.5
            p = _two_sided(z)
        apart = 100 * (hits / users - hits0 / users0)
        share = round(100 * hits / users, 2)
        found.append((variant, users, hits, share, round(apart, 2), round(z, 4), round(p, 6), p < 1 - q["confidence"]))
    return ranked(found, -2, 1)


def _two_sided(z: float) -> float:
    """Integrate the normal density beyond |z|, both ways, by Simpson's rule."""
    steps, top = 20_000, 40.0
    width = (top - abs(z)) / steps
    points = (abs(z) + width * n for n in range(steps + 1))
    total = sum(
        (1 if n in (0, steps) else 4 if n % 2 else 2) * 2.718281828459045 ** (-x * x / 2) for n, x in enumerate(points)
    )
    return float(2 * total * width / 3 / (2 * 3.141592653589793) ** 0.5)


@answers("experiments", {}, _PART)
def _(q: Question) -> Rows:
    found = []
    for name, part in q.of("experiment_exposure").groupby("experiment"):
        times = time_of(part["event_time"].min()), time_of(part["event_time"].max())
        found.append((name, part["variant"].nunique(), people(part), *times))
    return ranked(found, -3, 1)


def _live(q: Question) -> Frame:
    """Answer the wave and subject of those who are in a wave, with the time of their last joining."""
    rows = q.golden.between(q.end - 4 * HOUR, q.end)
    rows = rows[rows["event"].isin(["wave_joined", "wave_left"]) & (rows["wave_id"] != "") & (rows["subject"] != "")]
    latest = rows.sort_values("event_time").drop_duplicates(["wave_id", "subject"], keep="last")
    return latest[latest["event"] == "wave_joined"]


@answers("realtime", {}, {"hours": 100}, {"hours": 1207.3})
def _(q: Question) -> Rows:
    at = q.end
    today, hour = q.golden.between(at // DAY * DAY, at), q.golden.between(at - HOUR, at)
    sessions = set(q.golden.between(at - 1800 * SECOND, at)["session_id"]) - {""}
    online = people(q.golden.between(at - 300 * SECOND, at))
    live = _live(q)
    errors = int((hour["category"] == "failures").sum())
    created = _count(today, "microact_created")
    waves = live["wave_id"].nunique(), len(live)
    return [(people(today), online, len(sessions), *waves, created, errors, len(hour), rate(errors, len(hour)))]


@answers("live-waves", {}, {"hours": 100}, {"hours": 1207.3})
def _(q: Question) -> Rows:
    groups = _live(q).groupby("wave_id")
    return ranked(((name, len(part), time_of(part["event_time"].min())) for name, part in groups), -2, 1)


@answers("microacts-by-category", {}, {**_PART, "user_type": "school"})
def _(q: Question) -> Rows:
    groups = q.of("microact_created").groupby("microact_category")
    return ranked(((name, len(part), people(part)) for name, part in groups), -2, 1)


@answers("activation-rounds", {}, _PART)
def _(q: Question) -> Rows:
    groups = q.of("activation_round_completed").groupby("round")
    return ranked(((number, len(part), people(part)) for number, part in groups), 1)


@answers("activation-mood", {}, _PART)
def _(q: Question) -> Rows:
    found = []
    for day, part in _by_day(q.of("activation_mood_logged")):
        moods = [part["mood"][part["phase"] == phase] for phase in ("start", "end")]
        change = round(float(moods[1].mean() - moods[0].mean()), 2) if all(map(len, moods)) else 0.0
        found.append((day_of(day), _mean(moods[0]), _mean(moods[1]), change, len(part), people(part)))
    return ranked(found, 1)


_COMMUNITY = ("post_created", "post_liked", "post_commented", "post_shared", "user_followed")


@answers("community-engagement", {}, {**_PART, "user_type": "subscribed"})
def _(q: Question) -> Rows:
    groups = _by_day(q.days.of(*_COMMUNITY))
    found = ((day_of(day), *(_count(part, name) for name in _COMMUNITY), people(part)) for day, part in groups)
    return ranked(found, 1)


def _wave(part: Frame, *events: str) -> tuple[Any, ...]:
    there = part[part["event"].isin(["wave_joined", "wave_interaction"])]
    rated = part["rating"][(part["event"] == "wave_feedback_submitted") & (part["rating"] > 0)]
    return (*(_count(part, name) for name in events), people(there), _mean(rated))


_WAVES = (
    "wave_registered",
    "wave_joined",
    "wave_left",
    "wave_interaction",
    "wave_microact_shared",
    "wave_feedback_submitted",
)


@answers("wave-trends", {}, _PART)
def _(q: Question) -> Rows:
    found = ((day_of(day), *_wave(part, *_WAVES[:5])) for day, part in _by_day(q.days.of(*_WAVES)))
    return ranked(found, 1)


@answers("wave-participation", {"limit": 500}, {**_PART, "limit": 500}, unordered=True)
def _(q: Question) -> Rows:
    rows = q.of(*_WAVES)
    groups = rows[rows["wave_id"] != ""].groupby("wave_id")
    return [(name, *_wave(part, *_WAVES[:2], *_WAVES[3:5])) for name, part in groups]


@answers("ai-usage", *_CASES, loose=("p95",), unordered=True)
def _(q: Question) -> Rows:
    rows = q.days.of("ai_interaction")
    found = []
    for (day, *key), part in rows.groupby([rows["event_time"] // DAY, rows["ai_provider"], rows["ai_model"]]):
        tokens = int(part["input_tokens"].sum()), int(part["output_tokens"].sum())
        cost = round(float(part["cost_usd"].sum()), 6)
        latency = mean_ms(part), quantile(part["duration_ms"], 0.95)
        helpful = rate(part["helpful"].sum(), len(part))
        found.append((day_of(day), *key, len(part), people(part), *tokens, cost, *latency, helpful))
    return found


@answers("partner-matches", {}, _PART)
def _(q: Question) -> Rows:
    found = []
    for day, part in _by_day(q.of("partner_match")):
        accepted = int(part["accepted"].sum())
        score = _mean(part["score"][part["score"] > 0], 4)
        found.append((day_of(day), len(part), accepted, rate(accepted, len(part)), score, people(part)))
    return ranked(found, 1)


@answers("demo-bookings", {}, _PART)
def _(q: Question) -> Rows:
    groups = q.of("demo_booking").groupby("outcome")
    return ranked(((name, len(part), people(part)) for name, part in groups), -2, 1)


@answers("flows", {}, _PART)
def _(q: Question) -> Rows:
    found = []
    for flow, part in q.of("flow_completion").groupby("flow"):
        done = int(part["completed"].sum())
        found.append((flow, len(part), done, rate(done, len(part)), mean_ms(part), people(part)))
    return ranked(found, -2, 1)


@answers("flow-drop-off", {}, _PART)
def _(q: Question) -> Rows:
    rows = q.of("flow_completion")
    groups = rows[~rows["completed"]].groupby(["flow", "step"])
    return ranked(((*key, len(part), people(part)) for key, part in groups), -3, 1, 2)


@answers("message-consistency", {}, _PART)
def _(q: Question) -> Rows:
    groups = _by_day(q.of("message_consistency"))
    return ranked(((day_of(day), len(part), _mean(part["score"], 4), people(part)) for day, part in groups), 1)


@answers("power-confidence", {}, _PART)
def _(q: Question) -> Rows:
    found = []
    for name, part in q.of("power_confidence_update").groupby("stakeholder"):
        told = part[part["score_before"] > 0]
        change = _mean(told["score"] - told["score_before"], 4)
        found.append((name, len(part), _mean(told["score_before"], 4), _mean(part["score"], 4), change, people(part)))
    return ranked(found, -2, 1)


@answers("interactions", {}, {**_PART, "service": "api", "user_type": "social"}, loose=("p95",))
def _(q: Question) -> Rows:
    found = []
    for name, part in q.of("interaction").groupby("interaction_type"):
        failed = int((part["status"] >= 400).sum())
        p95 = quantile(part["duration_ms"], 0.95)
        found.append((name, len(part), failed, rate(failed, len(part)), p95, people(part)))
    return ranked(found, -2, 1)


@answers("executive-summary", {}, {"hours": 400}, {"hours": 300, "length": 240}, loose=("p95",))
def _(q: Question) -> Rows:
    q = q.days
    rows, failures = q.rows, q.failures
    trials = q.of("trial_conversion")
    conversions = int(trials["converted"].sum())
    return [
        (
            day_of(q.start // DAY),
            len(set(rows["linked"]) - {""}),
            len(set(q.of("user_signup")["linked"]) - {""}),
            len(rows),
            len(failures),
            rate(len(failures), len(rows)),
            int((failures["priority"] == "critical").sum()),
            int(failures["user_blocked"].sum()),
            people(failures),
            len(trials),
            conversions,
            rate(conversions, len(trials)),
            quantile(q.of("api_response_time")["duration_ms"], 0.95),
            round(float(q.of("ai_interaction")["cost_usd"].sum()), 6),
            len(q.of("ai_failure")),
        )
    ]


@answers("top-patterns", {"limit": 500}, {"hours": 300, "length": 240, "limit": 10}, without=("template",))
def _(q: Question) -> Rows:
    rows = q.days.failures
    groups = rows[rows["fingerprint"] != ""].groupby(["fingerprint", "event"])
    return ranked(((*key, len(part), people(part)) for key, part in groups), -3, 1, 2, limit=q["limit"])


@answers("platform-summary", {}, {"length": 2160}, {"hours": 100, "length": 1600, "service": "api"})
def _(q: Question) -> Rows:
    groups = q.days.rows.groupby(["event", "category"])
    found = ((*key, len(part), people(part), int(part["user_blocked"].sum())) for key, part in groups)
    return ranked(found, -3, 1, 2)


@answers("filter-values", {}, _PART)
def _(q: Question) -> Rows:
    rows = q.days.rows
    found = [
        (name, value, int(count))
        for name in ("service", "environment", "user_type")
        for value, count in rows[name].value_counts().items()
        if value
    ]
    return ranked(found, 1, -3, 2)
