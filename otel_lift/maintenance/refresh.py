"""Events that were sent twice become one, and rollups say what is stored.

A client that lost a reply sends its request again, so equal events come within a short time: the job `refresh` looks at
what was received since its last look, and some minutes before. What waited in a spool for longer, and any day for which
a rollup has counted other than what is stored, is found once a day by the job `repair`.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from otel_lift.jobs import JobContext, OpenStore
from otel_lift.rights.state import note, noted
from otel_lift.rollups import compare, deduplicate, duplicated_days, rebuild
from otel_lift.rollups.notes import noted_scope

__all__ = ["refresh", "repair"]

_NOTE = "refresh"
_OVERLAP = 600 * 10**9  # nanoseconds that are looked at again: what was on its way at the last look


def refresh(context: JobContext) -> None:
    """Do away with repetitions among what is new; raises StoreError and StoreUnavailableError."""
    (opened,) = context.stores
    ((now,),) = opened.store.query("SELECT toUnixTimestamp64Nano(now64(9))").rows
    since = int(noted(context.data, _NOTE).get(opened.exporter, now - _OVERLAP))
    _make_one(context, opened, since - _OVERLAP)
    if noted_scope(context.data, opened):
        rebuild(context, opened, ())
    note(context.data, _NOTE, {**noted(context.data, _NOTE), opened.exporter: int(now)})


def repair(context: JobContext) -> None:
    """Do away with all repetitions, and make days of rollups again that differ from what is stored; raises as above."""
    (opened,) = context.stores
    _make_one(context, opened, 0)
    ((today,),) = opened.store.query("SELECT toDate(now(), 'UTC')").rows
    last = date.fromisoformat(str(today))
    differing = {one.day for one in compare(opened, last - timedelta(days=opened.options.raw_days), last)}
    if differing:
        rebuild(context, opened, sorted(differing))
    context.meter.count("rollup_days_repaired", len(differing))


def _make_one(context: JobContext, opened: OpenStore, since: int) -> None:
    days: Iterable[date] = duplicated_days(opened, since)
    removed = sum(deduplicate(opened, day) for day in days)
    if removed:
        rebuild(context, opened, days)
    context.meter.count("duplicates_removed", removed)
