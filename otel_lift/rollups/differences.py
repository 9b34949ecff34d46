"""Whether rollups have counted what is stored."""

from dataclasses import dataclass
from datetime import date

from otel_lift.jobs import OpenStore
from otel_lift.rollups.scope import DERIVED
from otel_lift.rollups.whole import rows_left, today
from otel_lift.store.schema.remake import count_days

__all__ = ["Difference", "compare"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A day (of the rollup by month its first) for which a rollup has counted other than what is stored."""

    rollup: str
    day: date
    stored: int
    counted: int


def compare(opened: OpenStore, first: date, last: date) -> tuple[Difference, ...]:
    """Compare all rollups with what they are made of, for the days from `first` to `last` that can be made again.

    What is being inserted meanwhile differs for a moment. Raises StoreError, StoreUnavailableError.
    """
    found, now = [], today(opened)
    for rollup in DERIVED.values():
        # of a source that is a rollup the months in full
        start, end = (first, last) if rollup.own_day != "month" else (first.replace(day=1), last.replace(day=1))
        for only in ("", "event != 'user_error'"):
            if only and rollup.part != "event":
                continue
            counts = count_days(opened.store, opened.options, rollup, start, end, only)
            found += [
                Difference(rollup.name, day, stored, counted)
                for day, (stored, counted) in counts.items()
                if stored != counted and rows_left(opened.options, rollup, day, None, now) == only
            ]
    return tuple(found)
