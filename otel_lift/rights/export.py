"""Everything that is stored of a person, to hand it out: typed, in pieces."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from otel_lift.jobs import JobContext, OpenStore
from otel_lift.lake import lake_files, selected
from otel_lift.rights.columns import rows_holding
from otel_lift.rights.erase import lake_of
from otel_lift.rights.needles import needles
from otel_lift.rights.search import searched
from otel_lift.rights.tables import stored_tables
from otel_lift.rights.who import Who
from otel_lift.store.names import identifier, literal

__all__ = ["export", "piece_of", "read_piece"]

_PERSON_TABLES = ("lift_consent", "lift_tombstones", "lift_audit")
_BYTES = 1 << 20  # of a piece before base64
_ROWS = 2_000
_QUIET = {"log_queries": 0}


def export(context: JobContext, who: Who, wait: float) -> Iterator[Mapping[str, Any]]:
    """Yield ``{"table": ..., "store": ..., "arrow": base64}`` for the rows of a person, and ``{"rows": ...}`` last.

    `arrow` is an Arrow IPC stream of up to about 1 MiB; all pieces of a table of a store have one schema. What the
    spool holds goes to the stores first, as far as it can within `wait` seconds; the lake's rows are those of the store
    ``lake``. Rows of consent, erasures and the audit log about the person are among them.
    """
    behind = context.exports.barrier(wait)
    total: dict[str, int] = {}
    for opened in context.stores:
        for table, rows in _tables(context, opened, who):
            total[table] = total.get(table, 0) + rows.num_rows
            yield {"table": table, "store": opened.exporter, "arrow": piece_of(rows)}
    folder = lake_of(context)
    if folder is not None:
        select = rows_holding(who.needles)
        for file in lake_files(folder):
            for batch in selected(file, select):
                total[file.table] = total.get(file.table, 0) + batch.num_rows
                for rows in _pieces(pa.Table.from_batches([batch])):
                    yield {"table": file.table, "store": "lake", "arrow": piece_of(rows)}
    yield {"rows": total, "persons": list(who.persons), "behind": len(behind)}


def piece_of(rows: Any) -> str:
    """Write a `pa.Table` as an Arrow IPC stream in base64."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return base64.b64encode(sink.getvalue()).decode()


def read_piece(text: str) -> Any:
    """Read what `piece_of` wrote, as a `pa.Table`."""
    return pa.ipc.open_stream(base64.b64decode(text)).read_all()


def _tables(context: JobContext, opened: OpenStore, who: Who) -> Iterator[tuple[str, Any]]:
    persons = ", ".join(map(literal, who.persons))
    with needles(context, opened, who.needles) as found:
        for table in searched(opened):
            condition = table.holds(found.arrays)
            for rows in _rows(opened, table.read, table.columns, condition):
                yield table.name, rows
    for table in stored_tables(opened):
        if table.name in _PERSON_TABLES:
            also = (
                f" OR hasAny(splitByChar(' ', details['persons']), [{persons}])" if table.name == "lift_audit" else ""
            )
            for rows in _rows(opened, table.read, table.columns, f"person IN ({persons}){also}"):
                yield table.name, rows


def _rows(opened: OpenStore, read: str, columns: tuple[str, ...], condition: str) -> Iterator[Any]:
    """Yield the rows partition by partition, so that no more than one partition's are in memory."""
    store = opened.store
    partitions = store.query(
        f"SELECT DISTINCT _partition_id FROM {read} WHERE {condition} ORDER BY _partition_id",  # noqa: S608 - made of quoted names
        settings=_QUIET,
    ).rows
    chosen = ", ".join(map(identifier, columns))
    for (partition,) in partitions:
        rows = store.query_arrow(
            f"SELECT {chosen} FROM {read} WHERE _partition_id = {literal(str(partition))} AND {condition}",  # noqa: S608 - as above
            settings=_QUIET,
        )
        yield from _pieces(rows)


def _pieces(rows: Any) -> Iterator[Any]:
    step = max(1, min(_ROWS, rows.num_rows * _BYTES // max(rows.nbytes, 1)))
    for start in range(0, rows.num_rows, step):
        yield rows.slice(start, step).combine_chunks()
