"""The named queries on the embedded engine, against a small data set whose answers are computed by hand."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from clickhouse_engines import stream

from otel_lift.errors import ConfigError
from otel_lift.queries import QUERIES, find
from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply

NOW = datetime.now(UTC).replace(tzinfo=None)
MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Open a store with all tables and no row; each test that inserts takes a database of its own."""
    with open_store(f"chdb://{tmp_path_factory.mktemp('queries')}/store") as store:
        apply(store, SchemaOptions())
        yield store


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory, empty: Store) -> Iterator[Store]:
    """Open a store with the events and spans of this module."""
    path = empty.dsn.path
    with open_store(f"chdb://{path}?database=golden") as store:
        apply(store, SchemaOptions(database="golden"))
        _insert(store, "lift_events", EVENTS)
        _insert(store, "otel_traces", SPANS)
        yield store


def _event(seconds_ago: float, event: str, subject: str = "", **columns: Any) -> dict[str, Any]:
    category = "analytics" if event == "feature_used" else "failures"
    return {
        "event": event,
        "event_time": NOW - timedelta(seconds=seconds_ago),
        "category": category,
        "subject": subject,
        **columns,
    }


def _span(seconds_ago: float, route: str, milliseconds: float, **columns: Any) -> dict[str, Any]:
    status = columns.pop("http", 200)
    attributes = {"http.route": route, "http.response.status_code": str(status)} if route else {}
    return {
        "Timestamp": NOW - timedelta(seconds=seconds_ago),
        "SpanKind": "Server",
        "Duration": int(milliseconds * 1_000_000),
        "StatusCode": "Unset",
        "SpanAttributes": [*attributes.items()],
        **columns,
    }


def _pattern(seconds_ago: float, fingerprint: str, subject: str = "", **columns: Any) -> dict[str, Any]:
    shown = {"template": f"template of {fingerprint}", "message": f"{fingerprint} {seconds_ago:.0f}"}
    return _event(seconds_ago, "client_error", subject, fingerprint=fingerprint, **shown, **columns)


EVENTS: list[dict[str, Any]] = [
    # the last hour: three API errors by two people, one that does not say how long it took; a time-out by nobody
    _event(1 * MINUTE, "api_error", "ann", endpoint="/pay", duration_ms=100.0),
    _event(2 * MINUTE, "api_error", "ann", endpoint="/pay", duration_ms=201.0),
    _event(3 * MINUTE, "api_error", "bob", endpoint="/cart"),
    _event(4 * MINUTE, "api_timeout", "", endpoint="/cart", duration_ms=30_000.0),
    _event(5 * MINUTE, "feature_used", "cat", endpoint="/pay", duration_ms=5.0),
    # earlier in the day, and before it
    _event(5 * HOUR, "api_error", "dan", endpoint="/pay", duration_ms=50.0),
    _event(6 * HOUR, "db_error", "dan"),
    _event(2 * DAY, "api_error", "eve", endpoint="/old", duration_ms=1.0),
    # patterns: one new, one that went on, one that was gone for days, one too rare, one of which nothing is left now
    *(_pattern(10 * MINUTE + n, "new", f"p{n % 2}", page="/a" if n else "/b", action="save") for n in range(4)),
    *(_pattern(20 * MINUTE + n, "ongoing", "p1", page="/c") for n in range(3)),
    _pattern(3 * HOUR, "ongoing", "p2", page="/d"),
    *(_pattern(30 * MINUTE + n, "regressed") for n in range(5)),
    _pattern(3 * DAY, "regressed", "p3"),
    *(_pattern(15 * MINUTE + n, "rare") for n in range(2)),
    *(_pattern(2 * DAY + n, "over", "p4") for n in range(9)),
]

SPANS: list[dict[str, Any]] = [
    _span(1 * MINUTE, "/pay", 10),
    _span(2 * MINUTE, "/pay", 20, StatusCode="Error"),
    _span(3 * MINUTE, "/pay", 60, http=503),
    _span(4 * MINUTE, "/cart", 5.5),
    _span(5 * MINUTE, "/cart", 5.5, http=404),
    _span(6 * MINUTE, "/cart", 5.5, http=500, StatusCode="Error"),
    _span(7 * MINUTE, "/health", 1),
    _span(8 * MINUTE, "", 9_000, StatusCode="Error"),
    _span(9 * MINUTE, "/pay", 9_000, SpanKind="Client", StatusCode="Error"),
    _span(2 * DAY, "/pay", 9_000, StatusCode="Error"),
]


_ARROW: Mapping[type, Any] = {
    str: pa.string(),
    int: pa.uint64(),
    float: pa.float64(),
    datetime: pa.timestamp("ns"),
    list: pa.map_(pa.string(), pa.string()),
}


def _insert(store: Store, table: str, rows: list[dict[str, Any]]) -> None:
    samples = {name: value for row in rows for name, value in row.items()}
    schema = pa.schema([(name, _ARROW[type(value)]) for name, value in samples.items()])
    empty = {name: type(value)() for name, value in samples.items() if not isinstance(value, datetime)}
    whole = [{**empty, **row} for row in rows]
    written = stream([pa.RecordBatch.from_pylist(whole, schema)])
    store.insert_stream(table, schema.names, written, table)


def _ask(store: Store, name: str, **parameters: Any) -> list[dict[str, Any]]:
    named = find(name)
    return store.query(named.sql, named.bind({key: str(value) for key, value in parameters.items()})).dicts()


def _within(seconds: float, event: str | None = None) -> list[Mapping[str, Any]]:
    oldest = NOW - timedelta(seconds=seconds)
    return [
        row
        for row in EVENTS
        if row["event_time"] >= oldest and row["category"] == "failures" and event in (None, row["event"])
    ]


@pytest.mark.parametrize("name", QUERIES)
def test_an_empty_store_answers_the_declared_columns(name: str, empty: Store) -> None:
    """Every query runs with its defaults over no data, and answers no row of exactly the columns that it declares."""
    named = QUERIES[name]
    bound = named.bind({})
    assert list(empty.query(named.sql, bound).rows) == []
    # The embedded engine tells no columns of an answer without rows, so it is asked for them.
    described = empty.query(f"DESCRIBE TABLE ({named.sql})", bound)
    assert [row[0] for row in described.rows] == list(named.columns)


@pytest.mark.parametrize("name", QUERIES)
def test_the_sql_uses_the_declared_parameters(name: str) -> None:
    """The placeholders of the SQL are the parameters of the header, each with the type that the header says."""
    named = QUERIES[name]
    used = set(re.findall(r"\{(\w+):(\w+)\}", named.sql))
    assert used == {(key, parameter.type) for key, parameter in named.parameters.items()}


def test_failures_by_event(golden: Store) -> None:
    """Question 1: failures of the last hour by event, the mean of those that say how long, and people."""
    answer = {row.pop("event"): row for row in _ask(golden, "failures-by-event")}
    assert answer == {
        "client_error": {"failures": 14, "mean_response_time": 0.0, "affected_users": 2},
        "api_error": {"failures": 3, "mean_response_time": 150.5, "affected_users": 2},
        "api_timeout": {"failures": 1, "mean_response_time": 30_000.0, "affected_users": 0},
    }
    assert answer["client_error"]["failures"] == len(_within(HOUR, "client_error"))


def test_failures_by_event_follow_the_window(golden: Store) -> None:
    """A longer window counts what is older, the most frequent event first."""
    answer = _ask(golden, "failures-by-event", window=3 * DAY - HOUR)
    assert [row["event"] for row in answer] == ["client_error", "api_error", "api_timeout", "db_error"]
    for row in answer:
        rows = _within(3 * DAY - HOUR, row["event"])
        assert row["failures"] == len(rows)
        assert row["affected_users"] == len({each["subject"] for each in rows} - {""})


def test_failing_endpoints(golden: Store) -> None:
    """Question 2: of 24 hours, the endpoints by failures, the mean time of those that have one, and distinct people."""
    assert _ask(golden, "failing-endpoints") == [
        {"endpoint": "/pay", "failures": 3, "mean_response_time": 117.0, "affected_users": 2},
        {"endpoint": "/cart", "failures": 2, "mean_response_time": 30_000.0, "affected_users": 1},
    ]
    assert [row["endpoint"] for row in _ask(golden, "failing-endpoints", limit=1)] == ["/pay"]


def test_failure_rate_by_endpoint(golden: Store) -> None:
    """Question 2: of the requests that an endpoint served, those with an error or a status from 500 on, once each."""
    assert _ask(golden, "failure-rate-by-endpoint") == [
        {"endpoint": "/pay", "requests": 3, "failures": 2, "failure_rate": 66.67, "mean_response_time": 30.0},
        {"endpoint": "/cart", "requests": 3, "failures": 1, "failure_rate": 33.33, "mean_response_time": 5.5},
        {"endpoint": "/health", "requests": 1, "failures": 0, "failure_rate": 0.0, "mean_response_time": 1.0},
    ]


def test_error_patterns(golden: Store) -> None:
    """Question 6: patterns of the last hour that came more than twice, most frequent first, each with its state."""
    answer = _ask(golden, "error-patterns")
    assert [(row["fingerprint"], row["state"], row["occurrences"], row["affected_users"]) for row in answer] == [
        ("regressed", "regressed", 5, 0),
        ("new", "new", 4, 2),
        ("ongoing", "ongoing", 3, 1),
    ]
    new, ongoing = answer[1], answer[2]
    assert (new["page"], new["action"], new["template"]) == ("/a", "save", "template of new")
    assert (ongoing["page"], ongoing["action"]) == ("/c", "")
    assert new["sample"] == f"new {10 * MINUTE}"
    assert new["last_seen"] - new["first_seen"] == timedelta(seconds=3)


def test_what_counts_as_gone_is_a_parameter(golden: Store) -> None:
    """A pattern that was quiet for hours has regressed if two hours count as gone, and went on if a week does."""
    short = {row["fingerprint"]: row["state"] for row in _ask(golden, "error-patterns", gone=1 * HOUR)}
    assert short == {"regressed": "regressed", "new": "new", "ongoing": "regressed"}
    long = {row["fingerprint"]: row["state"] for row in _ask(golden, "error-patterns", gone=7 * DAY)}
    assert long == {"regressed": "ongoing", "new": "new", "ongoing": "ongoing"}


def test_rarer_patterns_are_listed_on_demand(golden: Store) -> None:
    """`more_than` lowers the bar, `limit` shortens the list; a pattern that is over is in neither."""
    answer = _ask(golden, "error-patterns", more_than=1)
    assert [row["fingerprint"] for row in answer] == ["regressed", "new", "ongoing", "rare"]
    assert [row["fingerprint"] for row in _ask(golden, "error-patterns", limit=1)] == ["regressed"]


@pytest.mark.parametrize("value", ["-1", "4294967296", "1.5", "", "an hour"])
def test_a_value_that_no_parameter_can_have_is_refused(value: str) -> None:
    """What is no UInt32 is refused before anything is asked."""
    with pytest.raises(ConfigError, match="'window' of query 'failures-by-event' takes a UInt32"):
        find("failures-by-event").bind({"window": value})
