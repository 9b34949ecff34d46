"""How a named query is asked of the golden data set, and the arithmetic that answers share."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np
from golden_world import DAY, HOUR, SECOND, Frame

__all__ = [
    "ANSWERS",
    "Answer",
    "Golden",
    "Question",
    "Rows",
    "answers",
    "day_of",
    "gaps_filled",
    "mean_ms",
    "people",
    "quantile",
    "ranked",
    "rate",
    "time_of",
]

Rows = list[tuple[Any, ...]]
"""An answer: rows in the order of the query's columns."""

_WEEK = 7 * DAY
_MONDAY = 4 * DAY  # 1970-01-05


@dataclass(frozen=True)
class Golden:
    """What the store holds, without duplicates, in the order of time; `spans` are the server spans."""

    frame: Frame
    spans: Frame
    start: int
    end: int

    @cached_property
    def times(self) -> Any:
        """Answer the times of the events."""
        return self.frame["event_time"].to_numpy()

    @cached_property
    def types(self) -> dict[tuple[str, int], str]:
        """Answer the greatest user type of each person (linked) and day."""
        known = self.frame[self.frame["subject"] != ""]
        days = (known["event_time"] // DAY).rename("day")
        found: dict[tuple[str, int], str] = known.groupby([known["linked"], days])["user_type"].max().to_dict()
        return found

    def between(self, start: int, end: int) -> Frame:
        """Answer the events of a time, `end` excluded."""
        first, last = np.searchsorted(self.times, [start, end])
        return self.frame.iloc[first:last]


@dataclass(frozen=True)
class Question:
    """A query with its parameters; times in Unix nanoseconds."""

    golden: Golden
    start: int
    end: int
    given: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.given[name]

    def filtered(self, rows: Frame) -> Frame:
        """Leave those that pass the standard filters."""
        for name in ("service", "environment", "user_type"):
            if self.given.get(name) and name in rows:
                rows = rows[rows[name] == self.given[name]]
        return rows

    @cached_property
    def rows(self) -> Frame:
        """Answer the events of the window that pass the filters."""
        return self.filtered(self.golden.between(self.start, self.end))

    @cached_property
    def failures(self) -> Frame:
        """Answer the failures of the window that pass the filters."""
        return self.rows[self.rows["category"] == "failures"]

    def of(self, *events: str) -> Frame:
        """Answer the window's events of these names."""
        return self.rows[self.rows["event"].isin(events)]

    def whole(self, unit: int, offset: int = 0) -> "Question":
        """Answer the question over whole days (or hours, weeks), which begin at multiples of `unit` after `offset`."""
        start = (self.start - offset) // unit * unit + offset
        end = -(-(self.end - offset) // unit) * unit + offset
        return Question(self.golden, start, end, self.given)

    @property
    def days(self) -> "Question":
        """Answer the question over whole days."""
        return self.whole(DAY)

    @property
    def hours(self) -> "Question":
        """Answer the question over whole hours."""
        return self.whole(HOUR)

    @property
    def weeks(self) -> "Question":
        """Answer the question over whole weeks, from Monday."""
        return self.whole(_WEEK, _MONDAY)

    @property
    def listed_days(self) -> range:
        """Answer the days of the window, since 1970."""
        return range(self.start // DAY, -(-self.end // DAY))

    def person_days(self, start: int | None = None) -> Frame:
        """Answer the events with a person, from `start` on, whose person-day has the type that is asked for."""
        rows = self.golden.between(self.start if start is None else start, self.end)
        rows = rows[rows["subject"] != ""]
        rows = rows.assign(day=rows["event_time"] // DAY)
        wanted = self.given.get("user_type")
        if wanted:
            types = self.golden.types
            rows = rows[[types[key] == wanted for key in zip(rows["linked"], rows["day"], strict=True)]]
        return rows


@dataclass(frozen=True)
class Answer:
    """How a query is answered, and the cases that are tried.

    A case has parameters; `hours` is where its window ends before the end of the world, `length` (hours) how long it
    is, None for the query's own. `loose` columns may differ by a percent; `unordered` answers are compared as sets.
    """

    make: Callable[[Question], Rows]
    cases: Sequence[Mapping[str, Any]]
    loose: Sequence[str] = ()
    unordered: bool = False
    without: Sequence[str] = ()


ANSWERS: dict[str, Answer] = {}
"""The answers by the query's name."""


def answers(
    name: str,
    *cases: Mapping[str, Any],
    loose: Sequence[str] = (),
    unordered: bool = False,
    without: Sequence[str] = (),
) -> Callable[[Callable[[Question], Rows]], Callable[[Question], Rows]]:
    """Register a function as the answer of a query; without cases it is tried as it is asked by default."""

    def register(make: Callable[[Question], Rows]) -> Callable[[Question], Rows]:
        ANSWERS[name] = Answer(make, cases or ({},), loose, unordered, without)
        return make

    return register


def people(rows: Frame) -> int:
    """Count people by pseudonym."""
    return len(set(rows["subject"]) - {""})


def mean_ms(rows: Frame) -> float:
    """Answer the mean of the durations that there are."""
    known = rows["duration_ms"][rows["duration_ms"] > 0]
    return round(float(known.mean()), 1) if len(known) else 0.0


def rate(part: float, whole: float, digits: int = 2) -> float:
    """Answer a share in percent."""
    return round(100 * part / whole, digits) if whole else 0.0


def quantile(values: Any, level: float) -> float:
    """Answer the smallest value that at least this share of the positive values does not pass."""
    known = sorted(value for value in values if value > 0)
    return known[math.ceil(len(known) * level) - 1] if known else 0.0


def ranked(rows: Iterable[tuple[Any, ...]], *columns: int, limit: int | None = None) -> Rows:
    """Sort by columns, from 1 on, falling where negative; a text can only rise."""
    found = list(rows)
    for column in reversed(columns):
        found.sort(key=itemgetter(abs(column) - 1), reverse=column < 0)
    return found[:limit]


def gaps_filled(question: Question, bucket: int, make: Callable[[Frame], tuple[Any, ...]], rows: Frame) -> Rows:
    """Answer a row for each bucket (seconds) of the window, those without any event included."""
    width = bucket * SECOND
    of_bucket = dict(iter(rows.groupby(rows["event_time"] // width)))
    nothing = rows.iloc[:0]
    buckets = range(question.start // width, -(-question.end // width))
    return [(time_of(number * width), *make(of_bucket.get(number, nothing))) for number in buckets]


def time_of(nanoseconds: int) -> int:
    """Answer a time as it is compared."""
    return int(nanoseconds)


def day_of(day: int) -> int:
    """Answer a day since 1970 as it is compared: the time of its beginning."""
    return int(day) * DAY
