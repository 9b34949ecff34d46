"""Which days can be made again: those of which no row can have reached the end of its time to live.

Rows go by their own time, `user_error` earlier than others (`SchemaOptions.user_error_days`).
"""

from datetime import date

from otel_lift.jobs import OpenStore
from otel_lift.rollups.scope import SOURCES, Parts
from otel_lift.store.schema import SchemaOptions
from otel_lift.store.schema.rollups import Rollup

__all__ = ["expired", "rows_left", "today"]


def rows_left(options: SchemaOptions, rollup: Rollup, day: date, parts: Parts, now: date) -> str | None:
    """Answer the condition for rows that a day can be made again of (empty for all); None where it cannot.

    A person's own rows always can: what is not stored any more does not count for whoever is to be forgotten.
    """
    early, late = _days(options, rollup)
    age = (now - day).days
    if age < early or (rollup.part == "subject" and parts is not None):
        return ""
    if rollup.part == "event" and age < late:
        return "event != 'user_error'"
    return None


def expired(options: SchemaOptions, rollup: Rollup) -> str:
    """Answer the condition that a row of a rollup cannot be made again."""
    early, late = _days(options, rollup)
    days = f"if(event = 'user_error', {early}, {late})" if rollup.part == "event" else str(early)
    return f"({rollup.own_day} <= toDate(now(), 'UTC') - {days})"


def today(opened: OpenStore) -> date:
    """Answer the day, by the store's clock."""
    ((day,),) = opened.store.query("SELECT toDate(now(), 'UTC')").rows
    return date.fromisoformat(str(day))


def _days(options: SchemaOptions, rollup: Rollup) -> tuple[int, int]:
    """Answer for how many days the rows that count are kept: user errors, others."""
    if rollup.source not in SOURCES:
        return options.aggregate_days, options.aggregate_days
    return min(options.user_error_days, options.raw_days), options.raw_days
