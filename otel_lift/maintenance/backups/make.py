"""Backups made and removed."""

import logging
import os
import shutil
import time
from pathlib import Path

from otel_lift.errors import StoreError
from otel_lift.jobs import JobContext, OpenStore
from otel_lift.maintenance.backups.folder import (
    CONTENT,
    MANIFEST,
    Manifest,
    backups_folder,
    damaged_files,
    known_backups,
    row_counts,
    sums,
)
from otel_lift.private_files import write_new
from otel_lift.store.names import identifier, literal

__all__ = ["LEFT_OUT", "back_up", "check_backups", "make_backup", "prune"]

logger = logging.getLogger(__name__)

LEFT_OUT = ("lift_consent", "lift_leases", "lift_relinks", "lift_tombstones")
"""Tables that no backup has: the registers are files of the data folder, which fill them again."""

_DAY = 86_400
_SPARE = 256 << 20  # bytes that must stay free
_QUIET = {"log_queries": 0}


def back_up(context: JobContext) -> None:
    """Make the backup of the day and remove old ones; raises StoreError, StoreUnavailableError and OSError.

    A server's store has backups of its own.
    """
    (opened,) = context.stores
    chosen = context.config.service.maintenance.backup
    assert chosen is not None, "without it this job is not declared"
    if not opened.store.dsn.embedded:
        return
    folder = backups_folder(context.config, opened.exporter)
    made = make_backup(opened, folder, full_every=chosen.full_every)
    context.meter.gauge("backup_bytes", made.size, exporter=opened.exporter)
    context.meter.gauge("backup_made_seconds", made.made_at, exporter=opened.exporter)
    prune(folder, chosen.keep_days)


def check_backups(context: JobContext) -> None:
    """Read all backups of a store; raises StoreError if a file is not as it was written, OSError if it is gone."""
    (opened,) = context.stores
    folder = backups_folder(context.config, opened.exporter)
    damaged = [one.name for one in known_backups(folder) if damaged_files(folder / one.name, one)]
    context.meter.gauge("backups_damaged", len(damaged), exporter=opened.exporter)
    if damaged:
        raise StoreError(f"damaged backups: {', '.join(damaged)}; make a full one (`otel-lift backup create --full`)")


def make_backup(opened: OpenStore, folder: Path, *, full_every: int, now: float | None = None) -> Manifest:
    """Write a backup of a store's database into `folder`, incremental if the last full one is younger than that (days).

    Raises StoreError also where the disk has too little room for it, and OSError.
    """
    started = time.time() if now is None else now
    _clear(folder)
    known = known_backups(folder)
    base = next((one for one in reversed(known) if not one.base), None)
    if base is not None and started - base.made_at >= full_every * _DAY - _DAY / 2:
        base = None
    needed = _bytes(opened, base.made_at if base else 0.0)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE:
        raise StoreError(
            f"a backup needs about {needed >> 20} MiB and {_SPARE >> 20} to spare, and {folder} has {free >> 20} MiB "
            "free; make room, or name a larger disk in service.maintenance.backup.folder"
        )
    name = Manifest.name_at(started)
    if (folder / name).exists():
        raise StoreError(f"the backup {name} is there already; wait a second")
    (folder / name).mkdir(mode=0o700)
    rows, begun = row_counts(opened), time.perf_counter()
    _engine_backup(opened, folder, name, base)
    files = list(sums(folder / name / CONTENT))
    made = Manifest(
        name=name,
        database=opened.options.database,
        made_at=started,
        took=time.perf_counter() - begun,
        base=base.name if base else "",
        size=sum(size for _, _, size in files),
        rows=rows,
        sha256={path: digest for path, digest, _ in files},
    )
    write_new(folder / name / MANIFEST, made.to_json())
    return made


def prune(folder: Path, keep_days: int, now: float | None = None) -> list[str]:
    """Remove backups that are older, but the latest and those that a kept one needs; answer the removed ones' names."""
    known = known_backups(folder)
    oldest = (time.time() if now is None else now) - keep_days * _DAY
    kept = [one for one in known if one.made_at >= oldest] or known[-1:]
    names = {one.name for one in kept} | {one.base for one in kept}
    removed = [one.name for one in known if one.name not in names]
    for name in removed:
        # without a manifest it is no backup any more, whatever is left of it after a crash
        (folder / name / MANIFEST).unlink()
        shutil.rmtree(folder / name)
    return removed


def _clear(folder: Path) -> None:
    """Remove what a crash left half done."""
    for path in folder.glob("*/"):
        if not (path / MANIFEST).exists():
            logger.warning("%s is a backup that was not finished, and is removed", path.name)
            shutil.rmtree(path)


def _engine_backup(opened: OpenStore, folder: Path, name: str, base: Manifest | None) -> None:
    options = opened.options
    out = ", ".join(options.qualified(table) for table in LEFT_OUT)
    settings = f" SETTINGS base_backup = File({_path(folder, base.name)})" if base else ""
    opened.store.command(
        f"BACKUP DATABASE {identifier(options.database)} EXCEPT TABLES {out} TO File({_path(folder, name)}){settings}",
        settings=_QUIET,
    )


def _path(folder: Path, name: str) -> str:
    return literal(os.fspath(folder / name / CONTENT))


def _bytes(opened: OpenStore, since: float) -> int:
    rows = opened.store.query(
        "SELECT sum(bytes_on_disk) FROM system.parts WHERE database = {database:String} AND active "
        "AND modification_time >= toDateTime({since:UInt32})",
        {"database": opened.options.database, "since": int(since)},
        _QUIET,
    ).rows
    return int(rows[0][0])
