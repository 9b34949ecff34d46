"""Question 22 on rows written by hand, with answers computed by hand."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from query_rows import DAY, HOUR, MINUTE, NOON, ask, clear, event, insert, shown
from query_twins import ask_tuples, ask_twins

from otel_lift.semconv import EVENTS
from otel_lift.semconv.declare import Attr
from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply

TODAY = NOON.date()


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Open a store for the tests of this module."""
    with open_store(f"chdb://{tmp_path_factory.mktemp('quality')}/store") as store:
        apply(store, SchemaOptions())
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    """Answer a store without a row."""
    clear(opened)
    return opened


def _received(seconds: float, lag: float, service: str = "web", **columns: Any) -> dict[str, Any]:
    return event(seconds, "page_load", service=service, receive_time=NOON + timedelta(seconds=seconds + lag), **columns)


def test_missing_fields(store: Store) -> None:
    """Fields that are empty, by event; severity and fingerprint of failures only."""
    whole = {"event_id": "e", "service": "web", "environment": "prod", "session_id": "s"}
    events = [
        event(-1, "page_load", "ann", **whole),
        event(-1, "page_load", "", **(whole | {"session_id": ""})),
        event(-1, "db_error", "ann", severity="error", **whole),
    ]
    insert(store, "lift_events", events)
    found = ask_tuples(store, "quality-null-rates")
    assert [row for row in found if row[3]] == [
        ("db_error", "fingerprint", 1, 1, 100.0),
        ("page_load", "session_id", 2, 1, 50.0),
        ("page_load", "subject", 2, 1, 50.0),
    ]
    fields = {name: [row[1] for row in found if row[0] == name] for name in ("db_error", "page_load")}
    assert sorted(fields["page_load"]) == ["environment", "event_id", "service", "session_id", "subject"]
    assert sorted({*fields["db_error"]} - {*fields["page_load"]}) == ["fingerprint", "severity"]


def test_endpoints_are_missing_only_where_the_conventions_ask_for_one(store: Store) -> None:
    """The events whose endpoint is looked at are those of the catalogue that need one."""
    insert(store, "lift_events", [event(-1, name) for name in EVENTS])
    asked = {row["event"] for row in ask(store, "quality-null-rates") if row["field"] == "endpoint"}
    fields = {(name, field) for name, kind in EVENTS.items() for field in kind.model_fields.values()}
    needed = {name for name, field in fields if field.is_required() and _column(field.metadata) == "endpoint"}
    assert asked == needed


def _column(metadata: list[Any]) -> str | None:
    return next((one.column for one in metadata if isinstance(one, Attr)), None)


def test_validation_marks(store: Store) -> None:
    """Events that validation marked, by mark, with their part of all events of the name."""
    marks = ["", "", "unknown_value", "missing_field"]
    insert(store, "lift_events", [event(-n, "page_load", validation=mark) for n, mark in enumerate(marks, 1)])
    found = [("page_load", "missing_field", 1, 25.0), ("page_load", "unknown_value", 1, 25.0)]
    assert ask_tuples(store, "quality-validation") == found


def test_duplicates(store: Store) -> None:
    """Events whose id another has too, the most first."""
    ids = {"page_load": ["a", "b"], "navigation": ["a", "a", "a", "c"]}
    insert(store, "lift_events", [event(-1, name, event_id=one) for name, given in ids.items() for one in given])
    assert ask_tuples(store, "quality-duplicates") == [("navigation", 4, 2, 50.0), ("page_load", 2, 0, 0.0)]


def test_gaps_in_the_flow_of_events(store: Store) -> None:
    """What ends without an earlier beginning of the same person, and wave, in the 30 days before it."""
    events = [
        event(-2 * HOUR, "activation_started", "ann"),
        event(-HOUR, "activation_completed", "ann"),
        event(-HOUR, "activation_completed", "bob"),
        event(-HOUR + 1, "activation_started", "bob"),
        event(-32 * DAY, "activation_started", "cat"),
        event(-HOUR, "activation_completed", "cat", service="web"),
        event(-29 * DAY, "activation_started", "dan"),
        event(-HOUR, "activation_round_completed", "dan"),
        event(-HOUR, "activation_completed", ""),
        event(-2 * HOUR, "wave_joined", "ann", wave_id="w1"),
        event(-HOUR, "wave_left", "ann", wave_id="w1"),
        event(-HOUR, "wave_left", "ann", wave_id="w2"),
        event(-HOUR, "wave_left", "bob", wave_id="w1"),
    ]
    insert(store, "lift_events", events)
    completed, round_, left = (
        "activation_completed without activation_started",
        "activation_round_completed without activation_started",
        "wave_left without wave_joined",
    )
    found = ask_tuples(store, "quality-gaps", -DAY)
    assert found == [(completed, 3, 2, 66.67), (left, 3, 2, 66.67), (round_, 1, 0, 0.0)]
    web = ask_tuples(store, "quality-gaps", -DAY, service="web")
    assert web == [(completed, 1, 1, 100.0), (round_, 0, 0, 0.0), (left, 0, 0, 0.0)]


def test_values_out_of_range(store: Store) -> None:
    """Each check counts the events that have the value, and those outside of its range; its ends are within."""
    events = [
        *(event(-1, "activation_mood_logged", mood=mood) for mood in (0, 100, 101)),
        *(event(-1, "message_consistency", score=score) for score in (0.0, 1.0, 1.01, -0.01)),
        *(event(-1, "wave_feedback_submitted", rating=rating) for rating in (0, 5, 6)),
        *(event(-1, "interaction", status=status) for status in (0, 99, 100, 599, 600)),
        *(event(-1, "page_load", duration_ms=milliseconds) for milliseconds in (0.0, 86_400_000.0, 86_400_001.0)),
    ]
    insert(store, "lift_events", events)
    assert ask_tuples(store, "quality-out-of-range") == [
        ("score", 4, 2),
        ("status", 4, 2),
        ("duration", 2, 1),
        ("mood", 3, 1),
        ("rating", 2, 1),
    ]
    assert {row[1:] for row in ask_tuples(store, "quality-out-of-range", -2 * DAY, -DAY)} == {(0, 0)}


def test_clocks(store: Store) -> None:
    """Events from the future, from long ago, and those stored under another time than their own."""
    events = [
        _received(-10, 0.5),
        _received(-20, -60),
        _received(-30, -61.25),
        _received(-40, 3600),
        _received(-50, 3601.5),
        _received(-60, 0, properties={"lift.time.original": "1"}),
        _received(-70, 2, "api"),
    ]
    insert(store, "lift_events", events)
    assert ask_tuples(store, "quality-clock-skew") == [
        ("web", 6, 1, 1, 1, 61.25, 3601.5),
        ("api", 1, 0, 0, 0, 0.0, 2.0),
    ]


def test_volume_against_the_week_before(store: Store) -> None:
    """An hour is low below half of the same hour of the 7 days before, also without an event; a cut one never is."""
    weeks = [event(-HOUR - day * DAY, "page_load", service="web") for day in range(1, 8) for _ in range(4)]
    quiet = [event(-2 * HOUR - day * DAY, "page_load", service="web") for day in range(1, 8)]
    past = [event(-HOUR - 8 * DAY, "page_load", service="old"), event(-HOUR, "page_load", service="new")]
    insert(store, "lift_events", [*weeks, *quiet, *past, event(-HOUR, "page_load", service="web")])
    ten, eleven = -2 * HOUR, -1 * HOUR
    columns = ("hour", "service", "events", "usual", "share", "low")
    assert shown(ask_twins(store, "quality-volume", -2 * HOUR), *columns) == [
        (ten, "web", 0, 1.0, 0.0, True),
        (eleven, "new", 1, 0.0, 0.0, False),
        (eleven, "web", 1, 4.0, 25.0, True),
    ]
    low = ask_twins(store, "quality-volume", -2 * HOUR + 1, -MINUTE, least=25)
    assert shown(low, "service", "low") == [("web", True), ("new", False), ("web", False)]
    assert [row["low"] for row in ask_twins(store, "quality-volume", -HOUR, -MINUTE)] == [False, False]


def test_dangling_references(store: Store) -> None:
    """Events that name a trace that is not stored, or a session in which nobody did anything."""
    spans = [{"TraceId": "t1", "Timestamp": NOON - timedelta(hours=3)}]
    insert(store, "otel_traces", spans)
    events = [
        event(-1, "page_load", trace_id="t1", session_id="s1"),
        event(-1, "page_load", trace_id="t2", session_id="s2"),
        event(-1, "page_load", session_id="s3"),
        event(-1, "page_load", session_id="s3"),
        event(-20 * DAY, "navigation", session_id="s1"),
        event(-31 * DAY, "navigation", session_id="s2"),
        event(-20 * DAY, "api_error", session_id="s3"),
    ]
    insert(store, "lift_events", events)
    assert ask_tuples(store, "quality-references") == [("session", 4, 3, 75.0), ("trace", 2, 1, 50.0)]
    assert ask_tuples(store, "quality-references", -2 * DAY, -DAY) == [("session", 0, 0, 0.0), ("trace", 0, 0, 0.0)]


def test_rollups_against_events(store: Store) -> None:
    """Each rollup holds what the events say, until events are lost behind its back."""
    insert(store, "lift_events", [event(-1, "page_load", "ann"), event(-1, "db_error", "ann"), event(-1, "db_error")])
    whole = [("daily", 3, 3, 0), ("hourly", 3, 3, 0), ("user_days", 2, 2, 0), ("user_errors", 1, 1, 0)]
    assert ask_tuples(store, "quality-rollups") == [(TODAY, *row) for row in whole]
    store.command("ALTER TABLE lift_events DELETE WHERE event = 'page_load'", settings={"mutations_sync": 2})
    store.command("TRUNCATE TABLE lift_daily_user_errors")
    lost = [("daily", 2, 3, -1), ("hourly", 2, 3, -1), ("user_days", 1, 2, -1), ("user_errors", 1, 0, 1)]
    assert ask_tuples(store, "quality-rollups") == [(TODAY, *row) for row in lost]
