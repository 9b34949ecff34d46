"""A backup brought back: into an empty store, or beside the present one; who was erased stays erased."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from otel_lift.errors import StoreError
from otel_lift.jobs import JobContext, OpenStore
from otel_lift.maintenance.backups.folder import CONTENT, Manifest, damaged_files, row_counts
from otel_lift.maintenance.backups.make import LEFT_OUT
from otel_lift.maintenance.own_metrics import SERVICE
from otel_lift.rights.state import note, noted
from otel_lift.rights.sweep import sweep
from otel_lift.store.names import identifier, literal
from otel_lift.store.schema import apply

__all__ = ["restore_backup"]

_SWEEPS = "sweep"  # the note of what was searched for erased people
# what a gateway writes into a new store by itself, and the registers
_OWN = ("lift_audit", "lift_jobs", "lift_migrations", "lift_reports", *LEFT_OUT)
_METRICS = ("otel_metrics_gauge", "otel_metrics_sum")


def restore_backup(context: JobContext, opened: OpenStore, folder: Path, database: str = "") -> dict[str, Any]:
    """Restore the backup in `folder` into `database`, by default the store's own, and erase again who was erased.

    The database must be new, or have nothing but what a gateway writes of itself. Answers `rows` by table as they came
    back, `expected` as they were when the backup was made, `erased_again` (persons), and `complete`: whether the search
    for erased people is done; if not, the gateway goes on with it. Raises StoreError for a damaged backup and where
    there is telemetry already.
    """
    manifest = Manifest.read(folder)
    base = folder.parent / manifest.base if manifest.base else None
    for one in (folder, *([base] if base else [])):
        if damaged := damaged_files(one, Manifest.read(one)):
            raise StoreError(f"the backup {one.name} is damaged ({len(damaged)} files); take another one")
    target = replace(opened, options=replace(opened.options, database=database or opened.options.database))
    if database and database != opened.options.database:
        # what was swept in a store's own database says nothing of this one
        target = replace(target, exporter=f"{opened.exporter} ({database})")
    if filled := _filled(target):
        raise StoreError(f"{filled} has rows: a backup goes into an empty store; name a new database with --database")
    settings = "allow_non_empty_tables = 1, allow_different_table_def = 1"
    if base is not None:
        settings += f", base_backup = File({literal(str(base / CONTENT))})"
    opened.store.command(
        f"RESTORE DATABASE {identifier(manifest.database)} AS {identifier(target.options.database)} "
        f"FROM File({literal(str(folder / CONTENT))}) SETTINGS {settings}"
    )
    apply(opened.store, target.options)
    rows = row_counts(target)
    kept = noted(context.data, _SWEEPS)
    kept.pop(target.exporter, None)
    note(context.data, _SWEEPS, kept)
    swept = sweep(replace(context, stores=(target,)))
    return {
        "backup": manifest.name,
        "database": target.options.database,
        "rows": rows,
        "expected": dict(manifest.rows),
        "erased_again": list(swept.found),
        "complete": swept.complete,
    }


def _filled(target: OpenStore) -> str:
    """Name a table with rows that would be there twice; empty if there is none."""
    rows = target.store.query(
        "SELECT DISTINCT table FROM system.parts WHERE database = {database:String} AND active AND rows > 0 "
        "AND table NOT IN {own:Array(String)}",
        {"database": target.options.database, "own": list(_OWN)},
        {"log_queries": 0},
    ).rows
    return next((table for (table,) in rows if table not in _METRICS or _others(target, table)), "")


def _others(target: OpenStore, table: str) -> bool:
    rows = target.store.query(
        f"SELECT 1 FROM {target.options.qualified(table)} WHERE ServiceName != {{own:String}} LIMIT 1",  # noqa: S608 - a quoted name
        {"own": SERVICE},
        {"log_queries": 0},
    ).rows
    return bool(rows)
