"""Rollups count what the events are, however these arrive."""

from collections.abc import Iterator
from typing import Any

import pytest
from clickhouse_engines import errors, spans, stream
from hypothesis import given, settings
from hypothesis import strategies as st
from query_rows import DAY, HOUR, NOON, clear, event, insert, span

from otel_lift.jobs import OpenStore
from otel_lift.rollups import compare
from otel_lift.rollups.scope import DERIVED
from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply

FIRST, LAST = NOON.date().replace(day=1), NOON.date()

_MEASURES = (
    "{count} AS events, {users} AS users, {blocked} AS blocked, {timed} AS timed, round({durations}, 6) AS durations, "
    "{quantiles} AS quantiles, {tokens} AS tokens, {rated} AS rated, {first} AS first_seen, {last} AS last_seen"
)
_RAW = _MEASURES.format(
    count="count()",
    users="uniqIf(subject, subject != '')",
    blocked="countIf(user_blocked)",
    timed="countIf(duration_ms > 0)",
    durations="sumIf(duration_ms, duration_ms > 0)",
    quantiles="quantilesBFloat16If(0.5, 0.95, 0.99)(duration_ms, duration_ms > 0)",
    tokens="sum(input_tokens)",
    rated="countIf(rating > 0)",
    first="min(event_time)",
    last="max(event_time)",
)
_ROLLED = _MEASURES.format(
    count="sum(events)",
    users="uniqMerge(users)",
    blocked="sum(blocked)",
    timed="sum(timed)",
    durations="sum(durations)",
    quantiles="quantilesBFloat16Merge(0.5, 0.95, 0.99)(quantiles)",
    tokens="sum(input_tokens)",
    rated="sum(rated)",
    first="min(first_seen)",
    last="max(last_seen)",
)
_DAY_KEYS = "event, category, service, user_type, endpoint, page, feature, ai_model"
_TIMES = {
    "lift_rollup_hourly": ("hour", "toStartOfHour(event_time, 'UTC')", "event, category, service, user_type"),
    "lift_rollup_daily": ("day", "toDate(event_time, 'UTC')", _DAY_KEYS),
    "lift_rollup_monthly": ("month", "toStartOfMonth(toDate(event_time, 'UTC'))", _DAY_KEYS),
}

_EVENTS = st.sampled_from(["api_error", "user_error", "page_load", "microact_created", "ai_interaction", "post_shared"])
_SECONDS = st.integers(-9 * DAY, DAY // 2).map(lambda whole: whole + 0.25)
_ROWS = st.builds(
    event,
    _SECONDS,
    _EVENTS,
    st.sampled_from(["", "ann", "ben", "cleo"]),
    service=st.sampled_from(["shop", "api"]),
    user_type=st.sampled_from(["", "free", "paid"]),
    endpoint=st.sampled_from(["", "/pay"]),
    session_id=st.sampled_from(["", "s1", "s2"]),
    fingerprint=st.sampled_from(["", "f1", "f2"]),
    duration_ms=st.sampled_from([0.0, 0.5, 12.25, 900.0]),
    user_blocked=st.booleans(),
    input_tokens=st.integers(0, 9),
    rating=st.integers(0, 5),
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenStore]:
    """Answer a store with its schema, as jobs get it."""
    with open_store(f"chdb://{tmp_path_factory.mktemp('rollups')}/store") as store:
        options = SchemaOptions(database=store.dsn.database)
        apply(store, options)
        yield OpenStore("clickhouse", store, options)


@settings(max_examples=12, deadline=None)
@given(inserts=st.lists(st.lists(_ROWS, min_size=1, max_size=30), min_size=1, max_size=4))
def test_rollups_are_what_the_events_are(opened: OpenStore, inserts: list[list[dict[str, Any]]]) -> None:
    """Of random events over ten days, in random order and several inserts, all measures equal those of the raw rows."""
    store = opened.store
    clear(store)
    for rows in inserts:
        insert(store, "lift_events", rows)
    assert compare(opened, FIRST.replace(year=FIRST.year - 1), LAST) == ()
    for table, (name, time, keys) in _TIMES.items():
        raw = f"SELECT {time} AS {name}, {keys}, {_RAW} FROM lift_events GROUP BY {name}, {keys}"
        rolled = f"SELECT {name}, {keys}, {_ROLLED} FROM {table} GROUP BY {name}, {keys}"
        assert _rows(store, rolled) == _rows(store, raw), table
    assert _rows(store, _USER_DAYS_ROLLED) == _rows(store, _USER_DAYS_RAW)
    assert _rows(store, _SESSIONS_ROLLED) == _rows(store, _SESSIONS_RAW)


_USER_DAYS_ROLLED = """SELECT day, subject, max(user_type) AS type, sum(events), sum(errors), sum(microacts_created),
    sum(community), sum(community_help), uniqMerge(sessions), min(first_seen), max(last_seen)
FROM lift_user_days GROUP BY day, subject"""
_USER_DAYS_RAW = """SELECT toDate(event_time, 'UTC') AS day, subject, max(user_type) AS type, count(),
    countIf(category = 'failures'), countIf(event = 'microact_created'), countIf(event = 'post_shared'),
    countIf(event = 'post_shared'), uniqIf(session_id, session_id != ''), min(event_time), max(event_time)
FROM lift_events WHERE subject != '' GROUP BY day, subject"""
_SESSIONS_ROLLED = """SELECT day, service, sum(events), uniqMerge(sessions)
FROM lift_rollup_sessions GROUP BY day, service"""
_SESSIONS_RAW = """SELECT toDate(event_time, 'UTC') AS day, service, count(), uniqIf(session_id, session_id != '')
FROM lift_events GROUP BY day, service"""


def _rows(store: Store, sql: str) -> list[str]:
    return sorted(map(repr, store.query(sql).rows))


def test_endpoints_are_counted_from_the_spans_of_servers(opened: OpenStore) -> None:
    """Requests, failures and times by route and method; names of older instrumentation count as the present ones."""
    clear(opened.store)
    insert(
        opened.store,
        "otel_traces",
        [
            span(0, "/pay", 10, attributes={"http.request.method": "POST"}),
            span(1, "/pay", 30, http=503, attributes={"http.request.method": "POST"}),
            span(HOUR, "", 10, attributes={"http.route": "/old", "http.method": "GET", "http.status_code": "500"}),
            span(2, "/pay", 10, SpanKind="Client"),
            span(2, "", 10),
        ],
    )
    found = opened.store.query(
        "SELECT endpoint, method, sum(requests), sum(failures), sum(durations), "
        "quantilesBFloat16Merge(0.5, 0.95, 0.99)(quantiles)[1] > 0 "
        "FROM lift_rollup_endpoints GROUP BY endpoint, method ORDER BY endpoint"
    ).rows
    assert [tuple(row) for row in found] == [("/old", "GET", 1, 1, 10.0, 1), ("/pay", "POST", 2, 1, 40.0, 1)]
    assert compare(opened, FIRST, LAST) == ()


def test_a_token_holds_in_every_rollup(opened: OpenStore) -> None:
    """The same segment sent again counts once, in the rollup by month too, which is made of the one by day."""
    clear(opened.store)
    data, columns = stream([errors(8)]), errors(1).schema.names
    views = opened.store.query(
        "SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() "
        "AND name IN ('lift_rollup_daily_mv', 'lift_rollup_monthly_mv', 'lift_user_days_mv') ORDER BY name"
    ).rows
    for name, _ in views:
        opened.store.command(f"DROP TABLE {name}")
    opened.store.insert_stream("lift_events", columns, data, "one")  # as if a crash came before these views
    for _, view in views:
        opened.store.command(view)
    for _ in range(2):
        opened.store.insert_stream("lift_events", columns, data, "one")
        opened.store.insert_stream("otel_traces", spans(1).schema.names, stream([spans(5)]), "spans")
    for name in ("lift_rollup_hourly", "lift_rollup_daily", "lift_rollup_monthly", "lift_user_days"):
        assert opened.store.query(f"SELECT sum({DERIVED[name].counted}) FROM {name}").rows[0][0] == 8, name
