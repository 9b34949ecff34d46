"""Rows of a store's day as a file of the lake."""

import uuid
from datetime import date
from pathlib import Path

from otel_lift.errors import StoreError
from otel_lift.jobs import OpenStore
from otel_lift.lake.files import new_file
from otel_lift.rights.tables import StoredTable, stored_tables
from otel_lift.store.names import identifier

__all__ = ["archive"]

_HOURS = range(24)  # of a day, read one after another: a day can be more than memory holds


def archive(
    opened: OpenStore, table: str, day: date, folder: Path, *, name: str = "", condition: str = "1"
) -> Path | None:
    """Write the rows of one day (UTC, by the table's own time) into the lake, and answer the file; None for no row.

    Columns keep their names and types. Each call writes a file of its own, unless `name` (without suffix) names the one
    to put in its place. `condition` is SQL of the rows that are meant. Raises StoreError if there is no such table, if
    its rows have no time or are aggregates, or if fewer rows were read than were counted, StoreUnavailableError, and
    OSError if the folder cannot be written.
    """
    found = {one.name: one for one in stored_tables(opened)}.get(table)
    if found is None or not found.time:
        raise StoreError(f"{table} is no table of this store whose rows have a time; name one such as otel_logs")
    expected = _count(opened, found, day, condition)
    if not expected:
        return None
    place = folder / table / f"day={day.isoformat()}"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = place / f"{name or uuid.uuid4().hex}.parquet"
    columns, moment = ", ".join(map(identifier, found.columns)), f"toTimeZone({identifier(found.time)}, 'UTC')"
    sql = (
        f"SELECT {columns} FROM {found.read} WHERE toDate({identifier(found.time)}, 'UTC') = {{day:Date}} "  # noqa: S608 - quoted names
        f"AND toHour({moment}) = {{hour:UInt8}} AND ({condition})"
    )
    first = opened.store.query_arrow(sql, {"day": day, "hour": 0})
    with new_file(path, first.schema) as writer:
        written = 0
        for hour in _HOURS:
            rows = opened.store.query_arrow(sql, {"day": day, "hour": hour}) if hour else first
            if rows.num_rows:
                writer.write_table(rows.cast(first.schema))
            written += rows.num_rows
        if written < expected:
            raise StoreError(f"{written} of {expected} rows of {table} of {day} were read; none of them is archived")
    return path


def _count(opened: OpenStore, table: StoredTable, day: date, condition: str) -> int:
    ((rows,),) = opened.store.query(
        f"SELECT count() FROM {table.read} WHERE toDate({identifier(table.time)}, 'UTC') = {{day:Date}} "  # noqa: S608 - quoted names
        f"AND ({condition})",
        {"day": day},
    ).rows
    return int(rows)
