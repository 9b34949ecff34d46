"""Events that were sent twice: found by day, and removed."""

from datetime import date

from otel_lift.jobs import OpenStore
from otel_lift.store.names import literal

__all__ = ["deduplicate", "duplicated_days"]

# Beside the id what else a repetition has alike: events without an id are not one for being of the same time.
_ALIKE = (
    "event",
    "event_time",
    "subject",
    "event_id",
    "service",
    "session_id",
    "trace_id",
    "span_id",
    "endpoint",
    "status",
    "duration_ms",
    "message",
)
_QUIET = {"log_queries": 0}


def duplicated_days(opened: OpenStore, since: int) -> tuple[date, ...]:
    """Answer the days (UTC) with an event that is stored more than once, one of them received after `since`.

    `since` is in Unix nanoseconds. Raises StoreError, StoreUnavailableError.
    """
    events, recent = (
        opened.options.qualified("lift_events"),
        f"receive_time >= fromUnixTimestamp64Nano(toInt64({since}))",
    )
    rows = opened.store.query(
        "SELECT DISTINCT day FROM (SELECT toDate(event_time, 'UTC') AS day, "  # noqa: S608 - quoted names
        f"cityHash64({', '.join(_ALIKE)}) AS hashed FROM {events} WHERE event_id != '' "
        f"AND toDate(event_time, 'UTC') IN (SELECT DISTINCT toDate(event_time, 'UTC') FROM {events} WHERE {recent}) "
        f"AND cityHash64(event_id) IN (SELECT cityHash64(event_id) FROM {events} WHERE {recent} AND event_id != '') "
        "GROUP BY day, hashed HAVING count() > 1) ORDER BY day",
        settings=_QUIET,
    ).rows
    return tuple(day for (day,) in rows)


def deduplicate(opened: OpenStore, day: date) -> int:
    """Remove repetitions from the events of a day (UTC), and answer how many they were; rebuild the day afterwards.

    Raises StoreError, StoreUnavailableError.
    """
    options, store = opened.options, opened.store
    events = options.qualified("lift_events")
    counted = f"SELECT count() FROM {events} WHERE toDate(event_time, 'UTC') = toDate({literal(str(day))})"  # noqa: S608 - a quoted name
    partitions = store.query(counted.replace("count()", "DISTINCT _partition_id"), settings=_QUIET).rows
    ((before,),) = store.query(counted, settings=_QUIET).rows
    table = f"{options.stored('lift_events')}{options.on_cluster}"
    for (partition,) in partitions:
        which = f"PARTITION ID {literal(str(partition))} FINAL DEDUPLICATE BY {', '.join(_ALIKE)}"
        store.command(f"OPTIMIZE TABLE {table} {which}", settings=_QUIET)
    ((after,),) = store.query(counted, settings=_QUIET).rows
    return max(int(before) - int(after), 0)
