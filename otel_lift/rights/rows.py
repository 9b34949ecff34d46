"""Rows of a store: find them, delete them from the disk, and make again what was counted from them."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from otel_lift.jobs import JobContext, OpenStore
from otel_lift.rights.needles import drop_left
from otel_lift.rights.physical import delete_rows, quick_cleaning, restore_settings, still_on_disk
from otel_lift.rights.state import locked
from otel_lift.rights.tables import stored_tables
from otel_lift.rights.turns import turn
from otel_lift.rollups.again import make_again
from otel_lift.rollups.notes import note_scope, noted_scope
from otel_lift.rollups.people import counted, forget
from otel_lift.rollups.scope import DERIVED, PEOPLE, SOURCES, Scope, of_rollup_rows, of_source_rows
from otel_lift.store.names import literal

__all__ = ["Deleted", "count", "delete", "finish"]


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion did: rows by table, and in words what is to be done yet, which `finish` does."""

    rows: Mapping[str, int]
    pending: tuple[str, ...] = ()


def count(opened: OpenStore, conditions: Mapping[str, str]) -> dict[str, int]:
    """Count the rows for which the condition of their table holds; tables without one such row are left out."""
    if not conditions:
        return {}
    tables = {table.name: table for table in stored_tables(opened)}
    # one statement, since most of what a search of small tables costs is its statements
    each = [
        f"SELECT {literal(name)} AS name, count() AS rows FROM {tables[name].read} WHERE {condition}"  # noqa: S608 - the caller quotes
        for name, condition in conditions.items()
        # a table aside, in which rollups were just made again, may be gone
        if name in tables
    ]
    if not each:
        return {}
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

    What is counted from them (`otel_lift.rollups`) is made again, and where one of `subjects` counts among the people,
    in rows that began at `until` (Unix nanoseconds) or before; it needs no condition. A crash at any place is made good
    by the next `delete` or `finish`. Raises StoreError, and StoreUnavailableError also where other gateways delete in
    this store for a minute.
    """
    with locked(context.data), turn(context, opened), ExitStack() as cleaning:
        tables = {table.name: table for table in stored_tables(opened)}
        # a person's own rows of a rollup are made again like the others, and come to nothing
        found = {*count(opened, conditions)}
        rows: dict[str, int] = {}
        with context.exports.paused():
            scope, gone = counted(opened, subjects, until)
            scope.merge(noted_scope(context.data, opened))
            for name in found & SOURCES:
                scope.merge(of_source_rows(opened, name, conditions[name]))
            for name in found & PEOPLE:
                scope.merge(of_rollup_rows(opened, DERIVED[name], conditions[name]))
            note_scope(context.data, opened, scope)
            chosen = [tables[name] for name in {*found, *scope.days, *gone.days} if name in tables]
            cleaning.enter_context(quick_cleaning(context.data, opened, chosen))
            for name in found & SOURCES:
                rows[name] = delete_rows(opened, tables[name], conditions[name])
        for name in found - SOURCES - PEOPLE:
            rows[name] = delete_rows(opened, tables[name], conditions[name])
        for name, days in scope.days.items():
            rows[name] = rows.get(name, 0) + len(days)
        for name, parts in (forget(opened, subjects, until) if gone else {}).items():
            rows[name] = rows.get(name, 0) + parts
        pending = _make_again(context, opened, scope)
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
        scope = noted_scope(context.data, opened)
        if not scope:
            return ()
        tables = [table for table in stored_tables(opened) if table.name in scope.days]
        with quick_cleaning(context.data, opened, tables):
            return tuple(_make_again(context, opened, scope))


def _make_again(context: JobContext, opened: OpenStore, scope: Scope) -> list[str]:
    """Make rollups again, and note and answer what is to be done yet."""
    if not scope:
        return []
    left = make_again(context, opened, scope)
    note_scope(context.data, opened, left)
    return [str(left)] if left else []
