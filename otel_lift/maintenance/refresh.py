"""Events that were sent twice become one, and rollups say what is stored.

A client that lost a reply sends its request again, so equal events come within a short time: the job `refresh` looks at
what was received since its last look, and some minutes before. What waited in a spool for longer, and any day for which
a rollup has counted other than what is stored, is found once a day by the job `repair`.
"""

from collections.abc import Sequence
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
    _make_one(context, opened, duplicated_days(opened, since - _OVERLAP))
    if noted_scope(context.data, opened):
        rebuild(context, opened, ())
    note(context.data, _NOTE, {**noted(context.data, _NOTE), opened.exporter: int(now)})


def repair(context: JobContext) -> None:
    """Do away with all repetitions, and make days of rollups again that differ from what is stored; raises as above."""
    (opened,) = context.stores
    _make_one(context, opened, [day for day in _days(opened) if _repeats(opened, day)])
    ((today,),) = opened.store.query("SELECT toDate(now(), 'UTC')").rows
    last = date.fromisoformat(str(today))
    differing = {one.day for one in compare(opened, last - timedelta(days=opened.options.raw_days), last)}
    if differing:
        rebuild(context, opened, sorted(differing))
    context.meter.count("rollup_days_repaired", len(differing))


def _make_one(context: JobContext, opened: OpenStore, days: Sequence[date]) -> None:
    removed = sum(deduplicate(opened, day) for day in days)
    if removed:
        rebuild(context, opened, days)
    context.meter.count("duplicates_removed", removed)


def _days(opened: OpenStore) -> list[date]:
    events = opened.options.qualified("lift_events")
    rows = opened.store.query(f"SELECT DISTINCT toDate(event_time, 'UTC') AS day FROM {events} ORDER BY day").rows  # noqa: S608 - a quoted name
    return [day for (day,) in rows]


def _repeats(opened: OpenStore, day: date) -> bool:
    # a day at a time: all events at once can be more than memory holds
    rows = opened.store.query(
        f"SELECT 1 FROM {opened.options.qualified('lift_events')} "  # noqa: S608 - a quoted name
        "WHERE toDate(event_time, 'UTC') = {day:Date} AND event_id != '' "
        "GROUP BY event, event_time, subject, event_id HAVING count() > 1 LIMIT 1",
        {"day": day},
        {"log_queries": 0},
    ).rows
    return bool(rows)
