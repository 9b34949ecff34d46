"""Days of a rollup made again from the rows that it is made of, each in the place of the old one at once.

What is new is written to a table of its own first, and `REPLACE PARTITION` takes whole days from it. So a crash leaves
the old days, or new ones, and to do it again does no harm.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

from otel_lift.store.names import literal
from otel_lift.store.schema.model import SchemaOptions
from otel_lift.store.schema.rollups import ROLLUPS, Rollup
from otel_lift.store.store import Store

__all__ = ["Counts", "count_days", "drop_stale", "fill", "remake"]

Counts = Mapping[date, tuple[int, int]]
"""By day how many rows the source has, and how many the rollup has counted."""

_AT_ONCE = 16  # days in one round
_PREFIX = "lift_remade_"
_STALE = 3600  # seconds after which a table of new days is of a crash
_EMPTY = "allow_replace_partition_from_empty_source"
_QUIET = {"log_queries": 0}


def remake(store: Store, options: SchemaOptions, rollup: Rollup, days: Sequence[date], only: str = "") -> None:
    """Make days of a rollup again from what its source holds.

    With `only`, a condition over rows `e` of the source and of the rollup alike, other rows of the rollup stay as they
    are. An insert that is on its way meanwhile may be counted not at all or twice: see `count_days`.
    """
    ordered = sorted(days)
    # of a day without rows: newer engines ask whether it is meant
    known = store.query("SELECT name FROM system.settings WHERE name = {name:String}", {"name": _EMPTY}, _QUIET).rows
    settings = {**_QUIET, **{name: 1 for (name,) in known}}
    for start in range(0, len(ordered), _AT_ONCE):
        _remake(store, options, rollup, ordered[start : start + _AT_ONCE], only, settings)


def _remake(
    store: Store,
    options: SchemaOptions,
    rollup: Rollup,
    days: Sequence[date],
    only: str,
    replacing: Mapping[str, int],
) -> None:
    listed = _listed(days)
    target, source = options.qualified(rollup.name), options.qualified(rollup.source)
    chosen = f"SELECT * FROM {source} AS e WHERE {rollup.day} IN ({listed}){f' AND ({only})' if only else ''}"  # noqa: S608 - quoted
    with _table_like(store, options, rollup) as fresh:
        into = f"INSERT INTO {options.qualified(fresh)}"
        # the same rows in two remakings are no repetition
        settings = {
            **_QUIET,
            "insert_deduplicate": 0,
            **({"distributed_foreground_insert": 1} if options.cluster else {}),
        }
        if only:
            rest = f"SELECT * FROM {target} AS e WHERE {rollup.own_day} IN ({listed}) AND NOT ({only})"  # noqa: S608 - quoted
            store.command(f"{into} {rest}", settings=settings)
        store.command(f"{into} {rollup.view.select.format(source=f'({chosen})')}", settings=settings)
        replaced = ", ".join(f"REPLACE PARTITION ID '{day:%Y%m%d}' FROM {options.stored(fresh)}" for day in days)
        store.command(f"ALTER TABLE {options.stored(rollup.name)}{options.on_cluster} {replaced}", settings=replacing)


def count_days(store: Store, options: SchemaOptions, rollup: Rollup, first: date, last: date, only: str = "") -> Counts:
    """Count by day, from `first` to `last`, what the source has and what the rollup has counted; `only` as above."""
    found: dict[date, list[int]] = {}
    between = f"BETWEEN {literal(str(first))} AND {literal(str(last))}{f' AND ({only})' if only else ''}"
    each = (
        (f"{rollup.day} AS day, sum({rollup.weight})", rollup.source, f"({rollup.where}) AND {rollup.day}"),
        (f"{rollup.own_day} AS day, sum(e.{rollup.counted})", rollup.name, rollup.own_day),
    )
    for place, (what, table, where) in enumerate(each):
        sql = f"SELECT {what} FROM {options.qualified(table)} AS e WHERE {where} {between} GROUP BY day"  # noqa: S608 - quoted
        for day, rows in store.query(sql, settings=_QUIET).rows:
            found.setdefault(day, [0, 0])[place] = int(rows)
    return {day: (rows, counted) for day, (rows, counted) in sorted(found.items())}


def fill(store: Store, options: SchemaOptions) -> None:
    """Count all that is stored already; for rollups that are new."""
    for rollup in ROLLUPS:
        source = options.qualified(rollup.source)
        rows = store.query(f"SELECT DISTINCT {rollup.day} AS day FROM {source} AS e WHERE {rollup.where}").rows  # noqa: S608 - quoted
        remake(store, options, rollup, [day for (day,) in rows])


def drop_stale(store: Store, options: SchemaOptions) -> None:
    """Drop what a crash left; its rows are in no question's answer."""
    rows = store.query(
        "SELECT name FROM system.tables WHERE database = {database:String} AND startsWith(name, {prefix:String}) "
        "AND dateDiff('second', metadata_modification_time, now()) > {stale:UInt32}",
        {"database": options.database, "prefix": _PREFIX, "stale": _STALE},
        _QUIET,
    ).rows
    for (name,) in rows:
        store.command(f"DROP TABLE IF EXISTS {options.qualified(name)}{options.on_cluster} SYNC")


@contextmanager
def _table_like(store: Store, options: SchemaOptions, rollup: Rollup) -> Iterator[str]:
    """Make an empty table like a rollup, and drop it at the end."""
    name = _PREFIX + secrets.token_hex(8)
    store.command(
        f"CREATE TABLE {options.stored(name)}{options.on_cluster} AS {options.stored(rollup.name)}", settings=_QUIET
    )
    try:
        if options.cluster:
            over = ", ".join(map(literal, (options.cluster, options.database, options.stored_name(name))))
            store.command(
                f"CREATE TABLE {options.qualified(name)}{options.on_cluster} AS {options.stored(rollup.name)} "
                f"ENGINE = Distributed({over}, rand())"
            )
        yield name
    finally:
        for table in dict.fromkeys((options.qualified(name), options.stored(name))):
            store.command(f"DROP TABLE IF EXISTS {table}{options.on_cluster} SYNC")


def _listed(days: Sequence[date]) -> str:
    return ", ".join(f"toDate({literal(str(day))})" for day in days)
