"""Rows go into the lake before their retention ends.

A day of a table is archived when its rows have a week yet to live (`service.maintenance.archive_days`), and again each
day as long as late rows make it grow; its file has a name that follows from the store, so that it is replaced and never
doubled. Rows that go earlier than others, user errors, have a file of their own. While a day that ends tomorrow is not
in the lake, the store removes no row of that table by age.

Erasures keep out while a day is read and written: who is erased is in the store and the lake, or in neither.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from otel_lift.errors import OtelLiftError
from otel_lift.jobs import JobContext, OpenStore
from otel_lift.lake import archive as write_day
from otel_lift.rights.state import locked
from otel_lift.rights.turns import turn
from otel_lift.store.schema.migrations import expected_tables
from otel_lift.store.schema.model import Table

__all__ = ["Retained", "archive", "behind", "guard", "retained"]

_TELEMETRY = re.compile(r"otel_logs|otel_traces|otel_metrics_\w+|lift_events")
_TTL = re.compile(r"(?P<time>.+) \+ toIntervalDay\((?P<days>\d+)\)(?: WHERE (?P<rows>.+))?", re.DOTALL)
_QUIET = {"log_queries": 0}


@dataclass(frozen=True, slots=True)
class Retained:
    """Rows of a table that go after so many days; `time` (a DateTime) and `rows` are SQL."""

    table: str
    part: str
    time: str
    days: int
    rows: str


def retained(table: Table) -> tuple[Retained, ...]:
    """Answer which rows of a table go when, each row once: those that go early, and the rest."""
    found = [match.groupdict() for text in table.ttl if (match := _TTL.fullmatch(text))]
    early = [one["rows"] for one in found if one["rows"]]
    rest = f"NOT ({' OR '.join(f'({rows})' for rows in early)})" if early else "1"
    return tuple(
        Retained(
            table.name, "early" if one["rows"] else "rows", one["time"], int(one["days"]), f"({one['rows'] or rest})"
        )
        for one in found
    )


def archive(context: JobContext) -> None:
    """Archive the days that have a week yet to live. Raises StoreError, StoreUnavailableError, OSError."""
    _archive(context, context.config.service.maintenance.archive_days)


def guard(context: JobContext) -> None:
    """Archive the days that end tomorrow, of which late rows came; raises as `archive`."""
    _archive(context, 1)


def behind(context: JobContext, opened: OpenStore) -> dict[str, int]:
    """Count by table the days that end tomorrow, or have ended, and are not in the lake with all their rows."""
    late: dict[str, int] = {}
    for part, day in _due(opened, 1):
        if _missing(context, opened, part, day):
            late[part.table] = late.get(part.table, 0) + 1
    return late


def _archive(context: JobContext, ahead: int) -> None:
    (opened,) = context.stores
    failure: Exception | None = None
    for part, day in _due(opened, ahead):
        try:
            if _missing(context, opened, part, day):
                _write(context, opened, part, day)
        except (OtelLiftError, OSError) as error:
            failure = failure or error
    late = behind(context, opened)
    for table in _telemetry(opened):
        word = "STOP" if table.name in late else "START"
        opened.store.command(f"SYSTEM {word} TTL MERGES {opened.options.stored(table.name)}{opened.options.on_cluster}")
    context.meter.gauge("lake_days_behind", sum(late.values()), exporter=opened.exporter)
    if failure:
        raise failure


def _missing(context: JobContext, opened: OpenStore, part: Retained, day: date) -> bool:
    # of a day that has begun to go the lake has more than the store
    return _rows(opened, part, day) > _archived(opened, context.gateway, _lake(context), part, day)


def _write(context: JobContext, opened: OpenStore, part: Retained, day: date) -> None:
    name = _name(opened, context.gateway, part)
    with locked(context.data), turn(context, opened):
        written = write_day(opened, part.table, day, _lake(context), name=name, condition=part.rows)
    metadata: Any = pq.read_metadata(written) if written else None
    context.meter.count("lake_rows_archived", metadata.num_rows if metadata else 0)


def _due(opened: OpenStore, ahead: int) -> Iterator[tuple[Retained, date]]:
    """Yield the days that have rows which have at most so many days to live, oldest first."""
    ((now,),) = opened.store.query("SELECT toDate(now(), 'UTC')", settings=_QUIET).rows
    for table in _telemetry(opened):
        for part in retained(table):
            last = date.fromisoformat(str(now)) - timedelta(days=max(part.days - ahead, 1))
            rows = opened.store.query(
                f"SELECT DISTINCT toDate({part.time}, 'UTC') AS day FROM {opened.options.qualified(part.table)} "  # noqa: S608 - the schema's own names
                f"WHERE day <= {{last:Date}} AND {part.rows} ORDER BY day",
                {"last": last},
                _QUIET,
            ).rows
            for (day,) in rows:
                yield part, day


def _rows(opened: OpenStore, part: Retained, day: date) -> int:
    ((rows,),) = opened.store.query(
        f"SELECT count() FROM {opened.options.qualified(part.table)} "  # noqa: S608 - as above
        f"WHERE toDate({part.time}, 'UTC') = {{day:Date}} AND {part.rows}",
        {"day": day},
        _QUIET,
    ).rows
    return int(rows)


def _archived(opened: OpenStore, gateway: str, folder: Path, part: Retained, day: date) -> int:
    path = folder / part.table / f"day={day.isoformat()}" / f"{_name(opened, gateway, part)}.parquet"
    try:
        metadata: Any = pq.read_metadata(path)
    except (OSError, pa.ArrowException):
        return 0  # not there, or of no use
    return int(metadata.num_rows)


def _name(opened: OpenStore, gateway: str, part: Retained) -> str:
    dsn = opened.store.dsn
    # alike for all gateways that write to one server, and for no two stores
    place = gateway if dsn.embedded else f"{dsn.host}:{dsn.port}"
    store = hashlib.sha256(f"{place}/{opened.options.database}".encode()).hexdigest()[:12]
    return f"{store}-{part.part}"


def _telemetry(opened: OpenStore) -> Iterator[Table]:
    tables = (one for one in expected_tables(opened.options) if _TELEMETRY.fullmatch(one.name))
    return (one for one in tables if one.name != "otel_traces_trace_id_ts")


def _lake(context: JobContext) -> Path:
    lake = context.config.service.lake
    assert lake is not None, "without a lake this job is not declared"
    return lake
