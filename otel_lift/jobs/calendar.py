"""Calendars: when work is due that has its time of day, week or month. All in UTC.

What is due follows from the moments that a record has as done, not from how long something slept: whatever a gateway
missed while it was down, or its clock was wrong, is due when it can tell, and what was done is never due again.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any

__all__ = ["DAILY", "DAILY_EACH", "MONTHLY_EACH", "WEEKLY", "Calendar"]

_LONGEST = timedelta(days=80)  # what is due later than this after its moment is not made up: records go after 90 days


@dataclass(frozen=True, slots=True)
class Calendar:
    """Moments by the fields of cron, UTC; `words` says them to people.

    Of missed moments the latest `made_up` are due, one after another.
    """

    words: str
    hour: int
    day: int | None = None
    weekday: str | None = None
    made_up: int = 1

    def due(self, done: AbstractSet[float], since: float, now: float) -> list[float]:
        """Answer the moments (Unix seconds) after `since` and not after `now` that are not `done`, oldest first."""
        if self.made_up == 1 and self.next(now) in done:
            return []  # the clock was set back: what is done already stands for the moments before it
        known = list(self._moments(max(since, now - _LONGEST.total_seconds()), now))
        return [moment for moment in known[-self.made_up :] if moment not in done]

    def next(self, now: float) -> float:
        """Answer the first moment after `now`."""
        after = datetime.fromtimestamp(now, UTC) + timedelta(microseconds=1)
        found: datetime = _trigger(self.hour, self.day, self.weekday).get_next_fire_time(None, after)
        return found.timestamp()

    def _moments(self, since: float, until: float) -> Iterator[float]:
        moment = self.next(since)
        while moment <= until:
            yield moment
            moment = self.next(moment)


@cache
def _trigger(hour: int, day: int | None, weekday: str | None) -> Any:
    # Imported here: declarations of jobs are read in processes that run none. By name, since it is not typed.
    cron: Any = import_module("apscheduler.triggers.cron")
    return cron.CronTrigger(minute=0, hour=hour, day=day, day_of_week=weekday, timezone=UTC)


DAILY = Calendar("daily at 02:00", 2)
"""Work on the present state: of missed days the last is made up."""

DAILY_EACH = Calendar("daily at 02:00", 2, made_up=31)
"""Work on the day before: each missed day of a month is made up."""

WEEKLY = Calendar("Mondays at 03:00", 3, weekday="mon")
MONTHLY_EACH = Calendar("the first of a month at 04:00", 4, day=1, made_up=2)
