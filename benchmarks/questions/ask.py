"""Asking every named query again and again, over other windows and about other people each time."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from otel_lift.queries import QUERIES, NamedQuery, ask
from otel_lift.store import Store

__all__ = ["Examples", "Timed", "measure"]

_SLOW = 86_400.0


@dataclass(frozen=True, slots=True)
class Timed:
    """How long a query took: milliseconds, ascending, and of CPU in the mean; `rows` of the longest answer."""

    name: str
    question: int
    times: Sequence[float]
    cpu: float
    rows: int

    def within(self, share: float) -> float:
        """Answer the milliseconds within which this share of the runs ended."""
        return self.times[min(round(share * len(self.times)), len(self.times) - 1)]


@dataclass(frozen=True, slots=True)
class Examples:
    """What some queries are asked about, taken from the store."""

    subjects: Sequence[str]
    sessions: Sequence[str]
    fingerprints: Sequence[str]

    @classmethod
    def of(cls, store: Store) -> "Examples":
        """Choose people and sessions with failures, and patterns that are common."""

        def chosen(column: str) -> list[str]:
            # the names come from here, and no value is in it
            sql = f"SELECT {column} FROM lift_events WHERE category = 'failures' AND {column} != '' GROUP BY 1"
            return [str(value) for (value,) in store.query(f"{sql} ORDER BY count() DESC LIMIT 20").rows]

        return cls(chosen("subject"), chosen("session_id"), chosen("fingerprint"))


def measure(store: Store, end: datetime, runs: int, only: Sequence[str] = ()) -> Iterator[Timed]:
    """Yield how long each query took, `runs` times over windows of its own length that end up to some weeks earlier."""
    examples = Examples.of(store)
    for name, named in QUERIES.items():
        if only and name not in only:
            continue
        times, most, spent = [], 0, 0.0
        for run in range(-1, runs):
            bound = named.bind(_given(named, run, end, examples))
            if run == 0:
                spent = time.process_time()
            began = time.perf_counter()
            table = ask(store, named, bound)
            if run >= 0:
                times.append((time.perf_counter() - began) * 1e3)
                most = max(most, table.num_rows)
        yield Timed(name, named.question, sorted(times), (time.process_time() - spent) / runs * 1e3, most)


def _given(named: NamedQuery, run: int, end: datetime, examples: Examples) -> Mapping[str, Any]:
    """Answer what a query is given in a run."""
    given: dict[str, Any] = {}
    if named.window is not None:
        step = min(max(named.window / 7, 1_000.0), _SLOW)
        to = end - timedelta(seconds=max(run, 0) * step)
        given = {"from": (to - timedelta(seconds=named.window)).isoformat(), "to": to.isoformat()}
    elif "at" in named.parameters:
        given = {"at": (end - timedelta(minutes=37 * max(run, 0))).isoformat()}
    for parameter, values in (
        ("subject", examples.subjects),
        ("session_id", examples.sessions),
        ("fingerprint", examples.fingerprints),
        ("experiment", ("new-onboarding", "short-rounds")),
    ):
        # an empty default asks about all
        if parameter in named.parameters and (parameter != "fingerprint" or "bucket" in named.parameters):
            given[parameter] = values[run % len(values)]
    return given
