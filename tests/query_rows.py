"""Rows for the named queries, written by hand, and the queries asked over them.

PYTEST_DONT_REWRITE: tests import it before pytest takes it for a plugin.
"""

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import pyarrow as pa
from clickhouse_engines import stream

from otel_lift.queries import Given, NamedQuery, answer, find
from otel_lift.semconv import EVENTS
from otel_lift.store import Store

MINUTE, HOUR, DAY = 60, 3600, 86_400

NOON = datetime.fromtimestamp((time.time() // DAY - 2) * DAY + DAY // 2, UTC)
"""Noon (UTC) of the day before yesterday: rows around it are older than now, and younger than any time to live."""

_ARROW: Mapping[type, Any] = {
    bool: pa.bool_(),
    str: pa.string(),
    int: pa.uint64(),
    float: pa.float64(),
    datetime: pa.timestamp("ns", "UTC"),
    dict: pa.map_(pa.string(), pa.string()),
}


def event(seconds: float, name: str, subject: str = "", **columns: Any) -> dict[str, Any]:
    """Write a row of `lift_events` so many seconds after `NOON`, in the category that the event has."""
    known = EVENTS.get(name)
    return {
        "event": name,
        "event_time": NOON + timedelta(seconds=seconds),
        "category": known.spec.group.value if known else "",
        "subject": subject,
        **columns,
    }


def span(seconds: float, route: str, milliseconds: float, **columns: Any) -> dict[str, Any]:
    """Write a server's span of `otel_traces`; `http` is its status, and without a route it has no attributes."""
    attributes = {"http.route": route, "http.response.status_code": str(columns.pop("http", 200))} if route else {}
    return {
        "Timestamp": NOON + timedelta(seconds=seconds),
        "SpanKind": "Server",
        "Duration": int(milliseconds * 1_000_000),
        "StatusCode": "Unset",
        "SpanAttributes": {**attributes, **columns.pop("attributes", {})},
        **columns,
    }


def insert(store: Store, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, each with the columns that it has, as one block."""
    samples = {name: value for row in rows for name, value in row.items()}
    schema = pa.schema([(name, _ARROW[type(value)]) for name, value in samples.items()])
    empty = {name: type(value)() for name, value in samples.items() if not isinstance(value, datetime)}
    whole = [{name: _entries(value) for name, value in {**empty, **row}.items()} for row in rows]
    written = stream([pa.RecordBatch.from_pylist(whole, schema)])
    store.insert_stream(table, schema.names, written, uuid4().hex)


def clear(store: Store) -> None:
    """Take all rows out of a store, faster than another could be made."""
    tables = store.query("SELECT name FROM system.tables WHERE database = currentDatabase() AND total_rows > 0").rows
    for (table,) in tables:
        store.command(f"TRUNCATE TABLE `{table}`")


def ask(
    store: Store,
    name: str,
    start: float = -HOUR,
    end: float = 0,
    *,
    raw: bool = False,
    given: Mapping[str, Given] = MappingProxyType({}),
    **parameters: Given,
) -> list[dict[str, Any]]:
    """Answer a query, or its raw twin, from `start` to `end` in seconds after `NOON`; both ways to give parameters."""
    named = find(name)
    window = {"from": at(start), "to": at(end)} if named.window is not None else {}
    rows: list[dict[str, Any]] = answer(store, named, {**window, **given, **parameters}, raw=raw).to_pylist()
    return rows


def at(seconds: float) -> str:
    """Write a moment so many seconds after `NOON` as a parameter takes it."""
    return (NOON + timedelta(seconds=seconds)).isoformat()


def shown(rows: Iterable[Mapping[str, Any]], *columns: str) -> list[tuple[Any, ...]]:
    """Answer some columns of rows; times as seconds after `NOON`."""
    return [tuple(_after_noon(row[name]) for name in columns) for row in rows]


def placeholders(sql: str) -> set[tuple[str, str]]:
    """Answer the names and types of what an SQL binds."""
    return {(name, kind) for name, kind in re.findall(r"\{(\w+):([^{}]+)\}", sql)}


def sqls(named: NamedQuery) -> list[str]:
    """Answer the SQL of a query and of its raw twin."""
    return [named.sql, *([named.raw_sql] if named.raw_sql else [])]


def _entries(value: Any) -> Any:
    return list(value.items()) if isinstance(value, dict) else value


def _after_noon(value: Any) -> Any:
    return (value - NOON).total_seconds() if isinstance(value, datetime) else value
