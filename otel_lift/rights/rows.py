"""Rows of a store: find them, delete them from the disk, and make again what was counted from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otel_lift.jobs import JobContext, OpenStore
from otel_lift.rights.needles import drop_left
from otel_lift.rights.patterns import (
    EVENTS,
    Window,
    counts_agree,
    forget_hashes,
    holds_hash,
    make_again,
    windows_of,
)
from otel_lift.rights.physical import delete_rows, quick_cleaning, restore_settings, still_on_disk
from otel_lift.rights.state import locked, note, noted
from otel_lift.rights.tables import PATTERNS, StoredTable, stored_tables
from otel_lift.rights.turns import turn
from otel_lift.spool import SpoolReader
from otel_lift.store.names import literal

__all__ = ["Deleted", "count", "delete", "finish"]

_TRIES = 3
_NOTE = "windows"


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion did: rows by table, and in words what is to be done yet, which `finish` does."""

    rows: Mapping[str, int]
    pending: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Counted:
    """Who is to go from the counts of people, and until when."""

    subjects: Sequence[str]
    until: int | None


def count(opened: OpenStore, conditions: Mapping[str, str]) -> dict[str, int]:
    """Count the rows for which the condition of their table holds; tables without one such row are left out."""
    if not conditions:
        return {}
    tables = {table.name: table for table in stored_tables(opened)}
    # one statement, since most of what a search of small tables costs is its statements
    each = [
        f"SELECT {literal(name)} AS name, count() AS rows FROM {tables[name].read} WHERE {condition}"  # noqa: S608 - the caller quotes
        for name, condition in conditions.items()
    ]
    # but on a cluster the statements hold the texts that are searched for, and would be too long together
    statements = each if opened.options.cluster else [" UNION ALL ".join(each)]
    answers = (opened.store.query(statement, settings={"log_queries": 0}).rows for statement in statements)
    return {str(name): int(rows) for counted in answers for name, rows in counted if rows}


def delete(
    context: JobContext,
    opened: OpenStore,
    conditions: Mapping[str, str],
    subjects: Sequence[str] = (),
    until: int | None = None,
) -> Deleted:
    """Delete the rows for which the condition of their table holds (SQL over its columns), from the disk too.

    `lift_error_patterns` is made again where deleted events counted in it, and where it counts one of `subjects` among
    the people, in windows that began at `until` (Unix nanoseconds) or before; it needs no condition. A crash at any
    place is made good by the next `delete` or `finish`. Raises StoreError, and StoreUnavailableError also where other
    gateways delete in this store for a minute.
    """
    with locked(context.data), turn(context, opened):
        tables = {table.name: table for table in stored_tables(opened)}
        concerned = {EVENTS, PATTERNS, *count(opened, conditions)}
        chosen = [table for name, table in tables.items() if name in concerned]
        rows: dict[str, int] = {}
        pending: list[str] = []
        with quick_cleaning(context.data, opened, chosen):
            for name in concerned - {EVENTS, PATTERNS}:
                rows[name] = delete_rows(opened, tables[name], conditions[name])
            pending += _delete_events(context, opened, tables, conditions, _Counted(subjects, until), rows)
            changed = [table for table in chosen if rows.get(table.name)]
            pending += [f"replaced parts of {name}" for name in still_on_disk(opened, changed)]
        return Deleted({name: number for name, number in rows.items() if number}, tuple(pending))


def finish(context: JobContext, opened: OpenStore) -> tuple[str, ...]:
    """Do what a crash or a segment on its way left undone; answer in words what is still to be done.

    Raises StoreError, StoreUnavailableError as `delete` does.
    """
    with locked(context.data), turn(context, opened):
        drop_left(context, opened)
        restore_settings(context.data, opened)
        tables = {table.name: table for table in stored_tables(opened)}
        if not _noted(context, opened):
            return ()
        with quick_cleaning(context.data, opened, [tables[PATTERNS]]):
            return _delete_events(context, opened, tables, {}, _Counted((), None), {})


def _delete_events(
    context: JobContext,
    opened: OpenStore,
    tables: Mapping[str, StoredTable],
    conditions: Mapping[str, str],
    counted: _Counted,
    rows: dict[str, int],
) -> tuple[str, ...]:
    """Delete events and make the patterns again that counted them; answer what is to be done yet."""
    if EVENTS not in tables or not (EVENTS in conditions or counted.subjects or _noted(context, opened)):
        return ()
    with context.exports.paused() as handed:
        windows = _noted(context, opened) | holds_hash(opened, counted.subjects, counted.until)
        if EVENTS in conditions:
            windows |= windows_of(opened, conditions[EVENTS])
        _note(context, opened, windows)
        if EVENTS in conditions:
            rows[EVENTS] = delete_rows(opened, tables[EVENTS], conditions[EVENTS])
        forgotten = forget_hashes(opened, counted.subjects, counted.until)
        done = not windows or (not _on_its_way(context, opened, handed) and _made_again(opened, sorted(windows)))
        if done:
            _note(context, opened, set())
        if windows or forgotten:
            rows[PATTERNS] = len(windows) + forgotten
    return () if done else (f"{len(windows)} windows of {PATTERNS}",)


def _made_again(opened: OpenStore, windows: Sequence[Window]) -> bool:
    for _ in range(_TRIES):
        make_again(opened, windows)
        if counts_agree(opened, windows):
            return True
    return False


def _on_its_way(context: JobContext, opened: OpenStore, handed: frozenset[str]) -> bool:
    """Say whether events may be stored in part: counted from the table, they would count again with their retry."""
    waiting = SpoolReader(context.data / "spool", opened.exporter).segments()
    return any(segment.table == EVENTS and segment.token in handed for segment in waiting)


def _noted(context: JobContext, opened: OpenStore) -> set[Window]:
    return {
        (int(window), str(fingerprint)) for window, fingerprint in noted(context.data, _NOTE).get(opened.exporter, [])
    }


def _note(context: JobContext, opened: OpenStore, windows: set[Window]) -> None:
    kept = noted(context.data, _NOTE)
    kept.pop(opened.exporter, None)
    if windows:
        kept[opened.exporter] = sorted(windows)
    note(context.data, _NOTE, kept)
