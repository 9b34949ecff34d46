"""Questions 19 and 20 on rows written by hand, with answers computed by hand."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from query_rows import DAY, HOUR, NOON, ask, event, insert, shown
from query_twins import ask_tuples, ask_twins

from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply

TODAY = NOON.date()
EARLIER = -50 * DAY  # failures and trials of the summary lie on a day of their own


def _ai(seconds: float, subject: str, milliseconds: float, **columns: Any) -> dict[str, Any]:
    told = {"ai_provider": "anthropic", "ai_model": "m1", "input_tokens": 10, "output_tokens": 3, **columns}
    return event(seconds, "ai_interaction", subject, duration_ms=milliseconds, **told)


def _flow(seconds: float, subject: str, step: str, *, completed: bool, **columns: Any) -> dict[str, Any]:
    return event(seconds, "flow_completion", subject, flow="signup", step=step, completed=completed, **columns)


def _match(seconds: float, subject: str, *, accepted: bool, **columns: Any) -> dict[str, Any]:
    return event(seconds, "partner_match", subject, accepted=accepted, **columns)


def _failure(name: str, subject: str, **columns: Any) -> dict[str, Any]:
    return event(EARLIER, name, subject, **columns)


AI = [
    _ai(0, "ann", 100.0, cost_usd=0.25, helpful=True),
    _ai(1, "ann", 201.0, cost_usd=0.000001, helpful=True),
    _ai(2, "bob", 0.0, service="web"),
    _ai(3, "bob", 50.0, ai_provider="openai", ai_model="m2", cost_usd=9.5),
    _ai(-DAY, "", 10.0),
]
OUTCOMES = [
    _match(0, "ann", accepted=True, score=0.5),
    _match(1, "bob", accepted=False, score=0.25),
    _match(2, "bob", accepted=False),
    *(
        event(0, "demo_booking", who, outcome=how)
        for who, how in (("ann", "booked"), ("bob", "booked"), ("ann", "moved"))
    ),
    _flow(0, "ann", "done", completed=True, duration_ms=1000.0),
    _flow(1, "bob", "form", completed=False, duration_ms=501.0),
    _flow(2, "bob", "form", completed=False),
    _flow(3, "cat", "mail", completed=False),
    event(0, "message_consistency", "ann", score=1.0),
    event(1, "message_consistency", "ann", score=0.0),
    event(0, "power_confidence_update", "ann", stakeholder="demo", score=0.75, score_before=0.5),
    event(1, "power_confidence_update", "bob", stakeholder="demo", score=0.25),
    event(0, "interaction", "ann", interaction_type="click", status=200, duration_ms=10.0),
    event(1, "interaction", "bob", interaction_type="click", status=404, duration_ms=30.0, service="web"),
    event(2, "interaction", "bob", interaction_type="swipe", status=399),
]
SUMMARY = [
    _failure("db_pool_error", "ann", priority="critical", fingerprint="f1", template="new <n>"),
    event(EARLIER - 1, "db_pool_error", "", fingerprint="f1", template="old <n>"),
    _failure("user_error", "bob-old", user_blocked=True, fingerprint="f2", template="t2"),
    _failure("ai_failure", "ann", fingerprint="f1", template="t3"),
    _failure("user_signup", "bob"),
    _failure("trial_conversion", "bob", converted=True, trial_type="school"),
    _failure("trial_conversion", "cat", converted=False, trial_type="school"),
    _failure("api_response_time", "", duration_ms=100.0, endpoint="/"),
    _failure("api_response_time", "", endpoint="/"),
    _failure("ai_interaction", "", cost_usd=1.5, ai_model="m", duration_ms=9000.0),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Open a store with the events of this module."""
    with open_store(f"chdb://{tmp_path_factory.mktemp('outcomes')}/store") as store:
        # the events are older than a user error usually grows
        apply(store, SchemaOptions(user_error_days=90))
        insert(store, "lift_events", [*AI, *OUTCOMES, *SUMMARY])
        insert(store, "lift_relinks", [{"subject": "bob-old", "linked_subject": "bob"}])
        yield store


def test_ai_usage(store: Store) -> None:
    """Question 19: tokens, cost, latency and how helpful it was, by day and model, the dearest first."""
    rows = ask_twins(store, "ai-usage", -DAY)
    columns = [name for name in rows[0] if name != "p95"]
    assert shown(rows, *columns) == [
        (TODAY - timedelta(days=1), "anthropic", "m1", 1, 0, 10, 3, 0.0, 10.0, 0.0),
        (TODAY, "openai", "m2", 1, 1, 10, 3, 9.5, 50.0, 0.0),
        (TODAY, "anthropic", "m1", 3, 2, 30, 9, 0.250001, 150.5, 66.67),
    ]
    assert [row["p95"] for row in rows] == pytest.approx([10, 50, 201], rel=0.004)
    assert shown(ask_twins(store, "ai-usage", -1, service="web"), "interactions", "mean_latency", "p95") == [(1, 0, 0)]


def test_partner_matches_and_demo_bookings(store: Store) -> None:
    """Question 19: matches by day with the mean of the scores there are, and bookings by what became of them."""
    assert ask_tuples(store, "partner-matches") == []
    assert ask_tuples(store, "partner-matches", 0, HOUR) == [(TODAY, 3, 1, 33.33, 0.375, 2)]
    assert ask_tuples(store, "demo-bookings", 0, HOUR) == [("booked", 2, 2), ("moved", 1, 1)]


def test_flows_and_where_they_were_given_up(store: Store) -> None:
    """Question 19: how many flows came to their end, and the steps at which the others were left."""
    assert ask_tuples(store, "flows", 0, HOUR) == [("signup", 4, 1, 25.0, 750.5, 3)]
    assert ask_tuples(store, "flow-drop-off", 0, HOUR) == [("signup", "form", 2, 1), ("signup", "mail", 1, 1)]


def test_scores(store: Store) -> None:
    """Question 19: the mean consistency, a 0 included, and confidence, of which a change needs a score before."""
    assert ask_tuples(store, "message-consistency", 0, HOUR) == [(TODAY, 2, 0.5, 1)]
    assert ask_tuples(store, "power-confidence", 0, HOUR) == [("demo", 2, 0.5, 0.5, 0.25, 2)]


def test_interactions(store: Store) -> None:
    """Question 19: interactions by kind; a status of 400 and above is a failure."""
    rows = ask(store, "interactions", 0, HOUR)
    columns = ("interaction_type", "interactions", "failed", "failure_rate", "users")
    assert shown(rows, *columns) == [("click", 2, 1, 50.0, 2), ("swipe", 1, 0, 0.0, 1)]
    assert [row["p95"] for row in rows] == pytest.approx([30, 0], rel=0.004)
    assert shown(ask(store, "interactions", 0, HOUR, service="web"), *columns) == [("click", 1, 1, 100.0, 1)]


def _summary(day: date, *values: float) -> list[tuple[Any, ...]]:
    return [(day, *values)]


def test_the_executive_summary_of_a_day(store: Store) -> None:
    """Question 20: one row of a day's numbers; a person of two pseudonyms is one, and only failures are errors."""
    day = TODAY - timedelta(days=50)
    (row,) = ask_twins(store, "executive-summary", EARLIER, EARLIER + HOUR)
    assert row.pop("p95") == pytest.approx(100, rel=0.004)
    assert [tuple(row.values())] == _summary(day, 3, 1, 10, 4, 40.0, 1, 1, 2, 2, 1, 50.0, 1.5, 1)
    assert ask_tuples(store, "executive-summary", -80 * DAY, -80 * DAY + 1) == _summary(
        TODAY - timedelta(days=80), *[0] * 14
    )


def test_the_most_frequent_errors_of_a_day(store: Store) -> None:
    """Question 20: patterns by how often they occurred, each with the latest template."""
    found = ask_tuples(store, "top-patterns", EARLIER, EARLIER + 1)
    assert found == [
        ("f1", "db_pool_error", "new <n>", 2, 1),
        ("f1", "ai_failure", "t3", 1, 1),
        ("f2", "user_error", "t2", 1, 1),
    ]
    assert len(ask(store, "top-patterns", EARLIER, EARLIER + 1, limit=1)) == 1


def test_the_platform_summary_joins_months_and_days(store: Store) -> None:
    """Question 20: whole months come from their rollup and the days beside them from theirs, and none twice."""
    rows = ask_twins(store, "platform-summary", -80 * DAY, HOUR)
    counts = {row["event"]: row["events"] for row in rows}
    every = [row["event"] for row in (*AI, *OUTCOMES, *SUMMARY)]
    assert counts == {name: every.count(name) for name in every}
    of = {row["event"]: (row["users"], row["blocked"]) for row in rows}
    assert of["ai_interaction"] == (2, 0)
    assert of["user_error"] == (1, 1)
    web = ask_tuples(store, "platform-summary", -80 * DAY, HOUR, service="web")
    assert web == [("ai_interaction", "outcomes", 1, 1, 0), ("interaction", "outcomes", 1, 1, 0)]


def test_values_to_filter_by(store: Store) -> None:
    """Question 20: which values the filters can have."""
    assert ask_tuples(store, "filter-values", -DAY, HOUR) == [("service", "web", 2)]
