"""What people ask of maintenance by commands: backups and reports."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from otel_lift.errors import ConfigError
from otel_lift.jobs import Audited, JobContext, OpenStore, Operation
from otel_lift.maintenance.backups import Manifest, backups_folder, known_backups, make_backup, restore_backup
from otel_lift.maintenance.config import BackupConfig, ReportsConfig
from otel_lift.maintenance.reports import KINDS, collect, page
from otel_lift.queries import catalogue

__all__ = ["OPERATIONS"]

_Answers = Iterator[Mapping[str, Any]]


def _create(context: JobContext, arguments: Mapping[str, Any]) -> _Answers:
    chosen = context.config.service.maintenance.backup
    for opened in _stores(context, arguments):
        every = 0 if arguments.get("full") else (chosen or BackupConfig()).full_every
        made = make_backup(opened, backups_folder(context.config, opened.exporter), full_every=every)
        yield {**_told(opened.exporter, made), "table_rows": dict(made.rows)}


def _list(context: JobContext, arguments: Mapping[str, Any]) -> _Answers:
    for opened in _stores(context, arguments):
        for manifest in known_backups(backups_folder(context.config, opened.exporter)):
            yield _told(opened.exporter, manifest)


def _restore(context: JobContext, arguments: Mapping[str, Any]) -> _Answers:
    name, database = arguments.get("name"), arguments.get("database") or ""
    if not isinstance(name, str) or not isinstance(database, str) or Path(name).name != name:
        raise ConfigError("`name` should be the name of a backup, and `database` that of a database")
    stores = _stores(context, arguments)
    if len(stores) != 1:
        raise ConfigError(f"name the store with --store: {', '.join(one.exporter for one in stores)}")
    folder = backups_folder(context.config, stores[0].exporter) / name
    yield {"store": stores[0].exporter, **restore_backup(context, stores[0], folder, database)}


def _report(context: JobContext, arguments: Mapping[str, Any]) -> _Answers:
    kind, day = arguments.get("kind"), arguments.get("date")
    if kind not in KINDS or not isinstance(day, str):
        raise ConfigError("`kind` should be daily or monthly, and `date` a day such as 2026-11-20")
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise ConfigError(f"'{day}' is no day; write it as 2026-11-20") from error
    chosen, queries = context.config.service.maintenance.reports, catalogue(context.config.service.queries)
    for opened in context.stores:
        if arguments.get("store") in (None, "", opened.exporter):
            report = collect(opened, kind, wanted, (chosen or ReportsConfig()).k, queries)
            yield {"store": opened.exporter, "kind": kind, "report": report.to_json(), "html": page(report)}


def _stores(context: JobContext, arguments: Mapping[str, Any]) -> list[OpenStore]:
    """Answer the embedded stores that are meant; raises ConfigError if there is none."""
    wanted = arguments.get("store") or ""
    found = [one for one in context.stores if one.store.dsn.embedded and wanted in ("", one.exporter)]
    if not found:
        raise ConfigError(
            f"{wanted or 'this configuration'} has no embedded store; a server makes its own backups (BACKUP, RESTORE)"
        )
    return found


def _told(exporter: str, made: Manifest) -> dict[str, Any]:
    return {
        "store": exporter,
        "name": made.name,
        "made_at": made.made_at,
        "took": made.took,
        "base": made.base,
        "size": made.size,
        "rows": sum(made.rows.values()),
    }


def _audit_backup(last: Mapping[str, Any]) -> Audited:
    return Audited(details={key: str(last[key]) for key in ("store", "name", "rows") if key in last})


def _audit_restore(last: Mapping[str, Any]) -> Audited:
    details = {key: str(last[key]) for key in ("store", "backup", "database")}
    return Audited(rows=last["rows"], details={**details, "erased_again": str(len(last["erased_again"]))})


def _audit_report(last: Mapping[str, Any]) -> Audited:
    return Audited(details={"kind": str(last["kind"]), "period": str(last["report"]["first"])})


OPERATIONS: Sequence[Operation] = (
    Operation("backup create", _create, _audit_backup),
    Operation("backup list", _list, lambda _last: Audited()),
    Operation("backup restore", _restore, _audit_restore),
    Operation("report", _report, _audit_report),
)
"""``backup create`` (`full`, `store`), ``backup list``, ``backup restore`` (`name`, `database`, `store`), ``report``
(`kind`, `date`, `store`). What each yields stands in its function."""
