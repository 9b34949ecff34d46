"""Rows of a store's day as a file of the lake."""

import uuid
from datetime import date
from pathlib import Path

from otel_lift.errors import StoreError
from otel_lift.jobs import OpenStore
from otel_lift.lake.files import new_file
from otel_lift.rights.tables import stored_tables
from otel_lift.store.names import identifier

__all__ = ["archive"]


def archive(opened: OpenStore, table: str, day: date, folder: Path) -> Path | None:
    """Write the rows of one day (UTC, by the table's own time) into the lake, and answer the file; None for no row.

    Columns keep their names and types. Each call writes a file of its own. Raises StoreError if there is no such table,
    or if its rows have no time or are aggregates, StoreUnavailableError, and OSError if the folder cannot be written.
    """
    found = {one.name: one for one in stored_tables(opened)}.get(table)
    if found is None or not found.time:
        raise StoreError(f"{table} is no table of this store whose rows have a time; name one such as otel_logs")
    columns = ", ".join(map(identifier, found.columns))
    rows = opened.store.query_arrow(
        f"SELECT {columns} FROM {found.read} WHERE toDate({identifier(found.time)}, 'UTC') = {{day:Date}}",  # noqa: S608 - quoted names
        {"day": day},
    )
    if not rows.num_rows:
        return None
    place = folder / table / f"day={day.isoformat()}"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = place / f"{uuid.uuid4().hex}.parquet"
    with new_file(path, rows.schema) as writer:
        writer.write_table(rows)
    return path
