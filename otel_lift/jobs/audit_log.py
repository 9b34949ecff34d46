"""The audit log: who did what, about whom, and how many rows it was; written to `lift_audit` of every store.

A row is first written to a file of the data folder, when the work begins, and goes from there to each store. So what
cannot be recorded is not begun, work that a crash ended is recorded as failed, and a store that is away gets its rows
later.
"""

import logging
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from otel_lift.config import Configuration
from otel_lift.errors import ConfigError, OtelLiftError, RetryableError
from otel_lift.jobs.audit_file import AuditFile, AuditRow
from otel_lift.jobs.job import Audited, Job, JobContext, OpenStore, Operation
from otel_lift.pipeline import Services
from otel_lift.tenants import DEFAULT_TENANT

__all__ = ["audit", "begin", "deliver", "end", "jobs", "operations", "record"]

logger = logging.getLogger(__name__)

_EVERY = 10.0  # seconds between attempts at what a store did not take
_AT_ONCE = 500  # rows delivered or read together
_SCHEMA = pa.schema(
    [
        ("time", pa.timestamp("ns")),
        ("actor", pa.string()),
        ("action", pa.string()),
        ("person", pa.string()),
        ("rows", pa.map_(pa.string(), pa.uint64())),
        ("details", pa.map_(pa.string(), pa.string())),
        ("outcome", pa.string()),
        ("gateway", pa.string()),
    ]
)
_delivering = threading.Lock()
_running: set[str] = set()  # what has begun in this process and not ended: its rows are not final


def audit(
    context: JobContext, actor: str, action: str, audited: Audited, outcome: str, tenant: str = DEFAULT_TENANT
) -> None:
    """Record something that was done (`outcome` ``done``) or was tried (``failed``); raises RetryableError.

    `actor` is the user of the machine, or ``job:<name>``; `tenant` is as in `begin`.
    """
    end(context, begin(context, actor, action, tenant), audited, outcome)


def begin(context: JobContext, actor: str, action: str, tenant: str = DEFAULT_TENANT) -> AuditRow:
    """Record that work begins, as failed until `end`; raises RetryableError if that cannot be kept.

    The row goes to the stores of `tenant`, whose person or telemetry it is about, or to all if there is none.
    """
    own = [one for one in context.stores if one.tenant == tenant]
    awaited = tuple(one.exporter for one in own or context.stores)
    row = AuditRow(
        uuid.uuid4().hex,
        time.time_ns(),
        actor,
        action,
        context.gateway,
        details={"error": "it ended without a word"},
        awaited=awaited,
    )
    _running.add(row.id)
    try:
        _write(context, row)
    except RetryableError:
        _running.discard(row.id)
        raise
    return row


def end(context: JobContext, row: AuditRow, audited: Audited, outcome: str) -> None:
    """Record how work that was begun ended, and hand it to the stores; raises RetryableError if it cannot be kept."""
    final = replace(
        row,
        person=audited.person,
        rows=dict(audited.rows or {}),
        details=dict(audited.details or {}),
        outcome=outcome,
    )
    try:
        _write(context, final)
    finally:
        _running.discard(row.id)
    deliver(context)


def record(context: JobContext, rows: Sequence[AuditRow]) -> None:
    """Record much that was done at once, to every store in one insert; what one does not take goes by way of the file.

    Raises RetryableError if that cannot be kept either.
    """
    if not rows:
        return
    batch, token = _rows(rows), f"audit:{rows[0].id}:{len(rows)}"
    left: list[str] = []
    for one in context.stores:
        try:
            one.store.insert_rows("lift_audit", batch, token)
        except OtelLiftError as error:
            logger.debug("the store of %s does not take the audit log now: %s", one.exporter, type(error).__name__)
            left.append(one.exporter)
    for row in rows if left else ():
        _write(context, replace(row, awaited=tuple(left)))


def deliver(context: JobContext) -> None:
    """Hand to each store what it awaits; what one does not take now stays for the next time."""
    file = AuditFile(context.data)
    with _delivering:
        waiting = [row for row in file.read().values() if row.id not in _running]
        for one in context.stores:
            mine = [row for row in waiting if one.exporter in row.awaited][:_AT_ONCE]
            done: set[str] = set()
            try:
                for row in mine:
                    one.store.insert_rows("lift_audit", _rows([row]), f"audit:{row.id}")
                    done.add(row.id)
            except OtelLiftError as error:
                logger.debug("the store of %s does not take the audit log now: %s", one.exporter, type(error).__name__)
            if done:
                file.delivered(one.exporter, done)
    context.meter.gauge("audit_pending", len(file.read()))


def jobs(_config: Configuration, _services: Services) -> Sequence[Job]:
    """Answer the job that hands over later what a store did not take."""
    return [Job("audit", _EVERY, deliver)]


def operations(_config: Configuration, _services: Services) -> Sequence[Operation]:
    """Answer the operation ``audit``: the log's rows, oldest first, as ``{"entries": [...]}``, then ``{"count": n}``.

    Its arguments are `since`, Unix seconds, and `action`, each of which may be missing.
    """
    return [Operation("audit", _read, lambda last: Audited(rows={"lift_audit": int(last.get("count", 0))}))]


def _read(context: JobContext, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    since, action = arguments.get("since") or 0.0, arguments.get("action") or ""
    if not isinstance(since, int | float) or not isinstance(action, str):
        raise ConfigError("`since` should be a number of Unix seconds, and `action` a text")
    place = context.stores[0] if context.stores else None
    pending = [
        row
        for row in AuditFile(context.data).read().values()
        if row.id not in _running and (place is None or place.exporter in row.awaited)
    ]
    stored = _stored(place, since) if place else []
    # what waited a moment ago may have been delivered since
    there = {(entry["time"], entry["actor"], entry["action"]) for entry in stored}
    waiting = [_shown(row) for row in pending if row.time >= since * 1e9]
    waiting = [entry for entry in waiting if (entry["time"], entry["actor"], entry["action"]) not in there]
    entries = sorted([*stored, *waiting], key=lambda entry: int(entry["time"]))
    entries = [{**entry, "time": _iso(entry["time"])} for entry in entries if action in {"", entry["action"]}]
    for start in range(0, len(entries), _AT_ONCE):
        yield {"entries": entries[start : start + _AT_ONCE]}
    yield {"count": len(entries)}


def _stored(place: OpenStore, since: float) -> list[dict[str, Any]]:
    table = place.options.qualified("lift_audit")
    answer = place.store.query(
        f"SELECT toUnixTimestamp64Nano(time) AS time, actor, action, person, rows, details, outcome, gateway FROM {table} AS log "  # noqa: S608, E501  # a quoted name
        "WHERE log.time >= fromUnixTimestamp64Nano({since:Int64}) ORDER BY log.time",
        {"since": int(since * 1e9)},
    )
    return answer.dicts()


def _shown(row: AuditRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SCHEMA.names}


def _iso(nanoseconds: int) -> str:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC).isoformat(timespec="milliseconds")


def _rows(rows: Sequence[AuditRow]) -> Any:
    values = [
        {name: getattr(row, name) for name in _SCHEMA.names}
        | {"rows": list(row.rows.items()), "details": list(row.details.items())}
        for row in rows
    ]
    return pa.RecordBatch.from_pylist(values, _SCHEMA)


def _write(context: JobContext, row: AuditRow) -> None:
    try:
        AuditFile(context.data).write(row)
    except OSError as error:
        raise RetryableError(
            f"nothing is done that the audit log cannot record ({error.strerror}); free or mend the data folder's disk"
        ) from error
