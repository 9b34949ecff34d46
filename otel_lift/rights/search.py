"""What is left of a person: in the tables of a store, in the spool, in the lake."""

from collections.abc import Sequence
from pathlib import Path

from otel_lift.errors import SpoolError
from otel_lift.jobs import JobContext, OpenStore
from otel_lift.lake import lake_files, selected
from otel_lift.rights.columns import rows_holding
from otel_lift.rights.needles import Needles, needles
from otel_lift.rights.rows import count
from otel_lift.rights.tables import PATTERNS, REGISTERS, StoredTable, stored_tables
from otel_lift.rollups.people import counted, hashed_as
from otel_lift.rollups.scope import of_source_rows
from otel_lift.spool import sealed_segments, selected_rows

__all__ = ["conditions", "left_in_lake", "left_in_spool", "left_in_store", "searched"]

_EVENTS = "lift_events"
_SUBJECTS = "lift_subjects"


def searched(opened: OpenStore) -> list[StoredTable]:
    """Answer the tables whose rows can be a person's."""
    return [table for table in stored_tables(opened) if table.name not in REGISTERS | {PATTERNS}]


def conditions(opened: OpenStore, found: Needles, until: int | None, erased_at: int | None = None) -> dict[str, str]:
    """Answer by table which rows are the person's; with `until` (Unix nanoseconds) no later ones.

    What says whose a pseudonym is counts until `erased_at` only: from then on it is of a person who came back, and told
    but once.
    """
    found_in = {}
    for table in searched(opened):
        latest = erased_at if until is None and table.name == _SUBJECTS else until
        found_in[table.name] = f"{table.holds(found.arrays)}{'' if latest is None else f' AND {table.until(latest)}'}"
    return found_in


def left_in_store(
    context: JobContext,
    opened: OpenStore,
    of: Sequence[str],
    subjects: Sequence[str],
    until: int | None,
    erased_at: int | None = None,
) -> dict[str, int]:
    """Count the rows of a person by table, and the days and parts of rollups that count one of `subjects`.

    Those do not count of which an event with such a hash is stored: of a person who came back after the erasure.
    """
    with needles(context, opened, of) as found:
        left = count(opened, conditions(opened, found, until, erased_at))
    if _EVENTS in left:
        return left
    holding, gone = counted(opened, subjects, until)
    holding.merge(gone)
    if holding:
        back = of_source_rows(opened, _EVENTS, hashed_as(opened, subjects))
        left.update({name: number for name, number in holding.without(back).items() if number})
    return left


def left_in_spool(data: Path, of: Sequence[str], until: int | None) -> int:
    """Count the rows of a person in sealed segments."""
    select, rows = rows_holding(of, until), 0
    for path, _ in sealed_segments(data / "spool"):
        try:
            rows += selected_rows(path, select)
        except SpoolError:
            if path.exists():  # else it was sent meanwhile
                raise
    return rows


def left_in_lake(folder: Path | None, of: Sequence[str]) -> dict[str, int]:
    """Count the rows of a person in the lake by table."""
    left: dict[str, int] = {}
    if folder is not None:
        select = rows_holding(of)
        for file in lake_files(folder):
            rows = sum(batch.num_rows for batch in selected(file, select))
            if rows:
                left[file.table] = left.get(file.table, 0) + rows
    return left
