"""What has come to the end of its time goes, also where nothing else would take it away.

The engine removes old rows when it merges parts, which it may do late, and by the rule that held when a part was
written. The job `purge` has it apply the present rule to partitions that hold rows past their time by a day. The job
`tidy`, of each gateway, removes files of its data folder.
"""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

from otel_lift.jobs import JobContext, OpenStore
from otel_lift.maintenance.archive import behind, retained
from otel_lift.store.names import literal
from otel_lift.store.schema.migrations import expected_tables

__all__ = ["purge", "tidy"]

logger = logging.getLogger(__name__)

_QUIET = {"log_queries": 0}
_DAY = 86_400


def purge(context: JobContext) -> None:
    """Remove rows past their time; those that a lake awaits stay. Raises StoreError, StoreUnavailableError."""
    (opened,) = context.stores
    held = behind(context, opened) if context.config.service.lake is not None else {}
    for table in expected_tables(opened.options):
        if table.name in held:
            continue
        for part in retained(table):
            expired = f"{part.time} + toIntervalDay({part.days + 1}) < now() AND {part.rows}"
            before = _partitions(opened, table.name, expired)
            for partition in before:
                opened.store.command(
                    f"ALTER TABLE {opened.options.stored(table.name)}{opened.options.on_cluster} "
                    f"MATERIALIZE TTL IN PARTITION ID {literal(partition)}",
                    settings={**_QUIET, "mutations_sync": 2},
                )
            if before:
                left = sum(_partitions(opened, table.name, expired).values())
                context.meter.count("purged_rows", sum(before.values()) - left, table=table.name)


def tidy(context: JobContext) -> None:
    """Remove what is in quarantine for too long, and old reports; raises OSError."""
    chosen = context.config.service.maintenance
    now = time.time()
    quarantines = (context.data / "quarantine").glob("*.otlp"), (context.data / "spool" / "quarantine").glob("*")
    for path in (path for files in quarantines for path in _older(files, now - chosen.quarantine_days * _DAY)):
        path.unlink(missing_ok=True)
        context.meter.count("quarantine_expired", 1)
        logger.warning("%s was in quarantine for %d days and is removed", path.name, chosen.quarantine_days)
    if chosen.reports is not None:
        for path in _older((context.data / "reports").glob("*/*"), now - chosen.reports.keep_days * _DAY):
            path.unlink(missing_ok=True)


def _older(files: Iterator[Path], than: float) -> Iterator[Path]:
    return (path for path in sorted(files) if path.is_file() and path.stat().st_mtime < than)


def _partitions(opened: OpenStore, table: str, condition: str) -> dict[str, int]:
    rows = opened.store.query(
        f"SELECT _partition_id, count() FROM {opened.options.stored(table)} WHERE {condition} GROUP BY _partition_id",  # noqa: S608 - the schema's own names
        settings=_QUIET,
    ).rows
    return {str(partition): int(count) for partition, count in rows}
