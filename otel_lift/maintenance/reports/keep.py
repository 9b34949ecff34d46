"""Reports made on their day, and kept: as files of the data folder, and in the store."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa

from otel_lift.jobs import JobContext
from otel_lift.maintenance.reports.collect import Kind, Report, collect, period_before
from otel_lift.maintenance.reports.page import page
from otel_lift.private_files import make_once, replace
from otel_lift.queries import catalogue

__all__ = ["daily_report", "monthly_report", "report_path"]

_SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("period", pa.date32()),
        ("made_at", pa.timestamp("ms")),
        ("report", pa.string()),
        ("html", pa.string()),
    ]
)


def report_path(data: Path, exporter: str, report: Report, suffix: str) -> Path:
    """Answer where a report is kept: ``reports/<exporter>/daily-2026-11-20.html``."""
    return data / "reports" / quote(exporter, safe="") / f"{report.kind}-{report.first.isoformat()}.{suffix}"


def _job(kind: Kind) -> Callable[[JobContext], None]:
    def run(context: JobContext) -> None:
        (opened,) = context.stores
        chosen = context.config.service.maintenance.reports
        assert chosen is not None, "without it this job is not declared"
        first, _ = period_before(kind, context.due)
        report = collect(opened, kind, first, chosen.k, catalogue(context.config.service.queries))
        texts = {"json": json.dumps(report.to_json(), ensure_ascii=False, indent=1), "html": page(report)}
        for suffix, text in texts.items():
            _write(report_path(context.data, opened.exporter, report, suffix), text.encode())
        row = {
            "kind": kind,
            "period": first,
            "made_at": report.made_at.replace(tzinfo=None),
            "report": texts["json"],
            "html": texts["html"],
        }
        stamp = datetime.now(UTC).timestamp()
        opened.store.insert_rows(
            "lift_reports", pa.RecordBatch.from_pylist([row], _SCHEMA), f"report:{kind}:{first}:{stamp}"
        )

    return run


daily_report = _job("daily")
"""Make the report of the day before the run's due moment, over an earlier one."""

monthly_report = _job("monthly")
"""Make the report of the month before the run's due moment, over an earlier one."""


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not make_once(path, content):
        replace(path, content)
