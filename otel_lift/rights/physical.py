"""Rows that are gone from the disk, not hidden: mutations, and then the parts that they replaced."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from otel_lift.jobs import OpenStore
from otel_lift.rights.mutations import mutate, rests
from otel_lift.rights.state import note, noted
from otel_lift.rights.tables import StoredTable
from otel_lift.store.names import literal

__all__ = ["delete_rows", "quick_cleaning", "restore_settings", "still_on_disk"]

_ROUNDS = 5  # rows can arrive while others are deleted
_PATIENCE = 30.0  # seconds for the engine to remove parts that nothing reads any more
_POLL = 0.2

# A part that was replaced else stays for eight minutes.
_SETTINGS: Mapping[str, int] = {
    "old_parts_lifetime": 0,
    "cleanup_delay_period": 1,
    "max_cleanup_delay_period": 1,
    "cleanup_delay_period_random_add": 0,
    "finished_mutations_to_keep": 1,
}
_NOTE = "settings"


def delete_rows(opened: OpenStore, table: StoredTable, condition: str) -> int:
    """Delete the rows of a table where a condition holds, until there is none, and answer how many there were."""
    deleted = 0
    for _ in range(_ROUNDS):
        found = _partitions(opened, table, condition)
        if not found:
            break
        deleted += sum(found.values())
        _mutate(opened, table, condition, found)
    return deleted


def still_on_disk(opened: OpenStore, tables: Sequence[StoredTable]) -> list[str]:
    """Wait until the parts that mutations replaced are removed; answer the tables that have some after half a minute.

    Call within `quick_cleaning`.
    """
    replaced = {table: _inactive(opened, table) for table in tables}
    deadline = time.monotonic() + _PATIENCE
    while any(replaced.values()) and time.monotonic() < deadline:
        time.sleep(_POLL)
        for table, parts in replaced.items():
            if parts and not opened.options.cluster and rests(opened, table):
                # The engine's own cleaning can be half a minute away. Dropping a partition cleans at once, also one
                # that there never was; but it would cancel a mutation that is under way.
                opened.store.command(f"ALTER TABLE {table.stored} DROP PARTITION ID 'none'")
            parts.intersection_update(_inactive(opened, table))
    return [table.name for table, parts in replaced.items() if parts]


@contextmanager
def quick_cleaning(data: Path, opened: OpenStore, tables: Sequence[StoredTable]) -> Iterator[None]:
    """Have replaced parts of these tables removed at once; the settings go back at the end, or after a crash.

    `restore_settings` undoes what a crash left.
    """
    restore_settings(data, opened)
    engines = dict(_tables(opened))
    before = {table.local: _own_settings(engines[table.local]) for table in tables}
    note(data, _NOTE, {**noted(data, _NOTE), opened.exporter: before})
    changed = ", ".join(f"{name} = {value}" for name, value in _SETTINGS.items())
    try:
        for table in tables:
            opened.store.command(f"ALTER TABLE {table.stored}{opened.options.on_cluster} MODIFY SETTING {changed}")
        yield
    finally:
        restore_settings(data, opened)


def restore_settings(data: Path, opened: OpenStore) -> None:
    """Give tables their own settings back, where an erasure changed them."""
    kept = noted(data, _NOTE)
    existing = {str(row[0]) for row in _tables(opened)}
    for table, own in kept.pop(opened.exporter, {}).items():
        if table not in existing:
            continue
        alter = f"ALTER TABLE {opened.options.qualified(table)}{opened.options.on_cluster}"
        opened.store.command(f"{alter} RESET SETTING {', '.join(_SETTINGS)}")
        if own:
            values = ", ".join(f"{name} = {value}" for name, value in own.items())
            opened.store.command(f"{alter} MODIFY SETTING {values}")
    note(data, _NOTE, kept)


def _partitions(opened: OpenStore, table: StoredTable, condition: str) -> dict[str, int]:
    """Count the rows by partition."""
    rows = opened.store.query(
        f"SELECT _partition_id, count() FROM {table.read} WHERE {condition} GROUP BY _partition_id",  # noqa: S608 - made of quoted names
        settings={"log_queries": 0},
    ).rows
    return {str(partition): int(count) for partition, count in rows}


def _mutate(opened: OpenStore, table: StoredTable, condition: str, partitions: Mapping[str, int]) -> None:
    commands = [f"DELETE IN PARTITION ID {literal(partition)} WHERE {condition}" for partition in partitions]
    mutate(opened, table.stored, table.local, ", ".join(commands))


def _inactive(opened: OpenStore, table: StoredTable) -> set[tuple[str, str]]:
    options = opened.options
    parts = f"clusterAllReplicas({literal(options.cluster)}, system.parts)" if options.cluster else "system.parts"
    rows = opened.store.query(
        f"SELECT hostName(), name FROM {parts} "  # noqa: S608 - a quoted name
        "WHERE database = {database:String} AND table = {table:String} AND NOT active",
        {"database": options.database, "table": table.local},
    ).rows
    return {(str(host), str(name)) for host, name in rows}


def _tables(opened: OpenStore) -> list[tuple[str, str]]:
    rows = opened.store.query(
        "SELECT name, engine_full FROM system.tables WHERE database = {database:String}",
        {"database": opened.options.database},
    ).rows
    return [(str(name), str(engine)) for name, engine in rows]


def _own_settings(engine: str) -> dict[str, int]:
    found = re.findall(rf"\b({'|'.join(_SETTINGS)}) = (\d+)", engine)
    return {name: int(value) for name, value in found}
