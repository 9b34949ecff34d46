"""The world's days: `World` makes the facts of each, from the seed and the day alone."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from otel_lift.synthetic.world.details import settle
from otel_lift.synthetic.world.facts import Facts
from otel_lift.synthetic.world.happenings import Happenings, Lives, happenings
from otel_lift.synthetic.world.journeys import EVENT_NAMES, code_of
from otel_lift.synthetic.world.options import DAY, HOUR, MINUTE, SECOND, WorldOptions
from otel_lift.synthetic.world.people import People
from otel_lift.synthetic.world.values import Filling, events_with
from otel_lift.synthetic.world.words import ENVIRONMENTS, SERVICES

__all__ = ["CLOCK_OF_NOBODY", "World"]

CLOCK_OF_NOBODY = DAY
"""What a machine says that has lost the time: the second day of 1970."""

_LATE, _AGAIN, _AHEAD = 0.02, 0.01, 0.003
_SPANS, _DANGLING = 0.6, 0.05  # of the events with an endpoint have a server span; name a trace that nobody sent
_WITHOUT_CLOCK = 0.001  # of what caches tell comes from machines that have lost the time
_NEVER_LATE = "user_consent_update"


class World:
    """A world: its people, and what happens on each of its days."""

    def __init__(self, options: WorldOptions) -> None:
        """Make the people; days are made as they are asked for."""
        self.options = options
        self.people = People.of(options)

    @cached_property
    def _lives(self) -> Lives:
        return Lives.of(self.people)

    def days(self) -> Iterator[Facts]:
        """Yield the facts of each day, by when they happened; those that came late or again are in their own day."""
        for day in range(self.options.days):
            yield self.day(day)

    def day(self, day: int) -> Facts:
        """Answer the facts of one day."""
        rng = np.random.default_rng([self.options.seed, 2, day])
        found = happenings(rng, day, self.people, self._lives, self.options)
        filling = Filling(rng, found.event)
        filling.fill()
        settle(rng, found, filling, self.people, self.options)
        facts = self._facts(rng, found, filling)
        again = np.flatnonzero((rng.random(len(facts)) < _AGAIN) & (facts.time != CLOCK_OF_NOBODY))
        return _sent_again(rng, facts, again[facts.event[again] != code_of(_NEVER_LATE)], self.options.end_ns)

    def _facts(self, rng: Any, found: Happenings, filling: Filling) -> Facts:
        count = len(found.time)
        environment = rng.choice(len(ENVIRONMENTS), 4096, p=(0.92, 0.06, 0.02)).astype(np.int32)
        lag = (rng.exponential(1.5, count) * SECOND).astype(np.int64) + 20_000_000
        late = (rng.random(count) < _LATE) & (found.event != code_of(_NEVER_LATE))
        lag[late] = np.minimum(rng.exponential(14 * HOUR, int(late.sum())), 4 * DAY).astype(np.int64) + 2 * MINUTE
        received = np.minimum(found.time + lag, self.options.end_ns - 1)
        ahead = (rng.random(count) < _AHEAD) & (found.visit >= 0) & ~late
        # a clock that runs ahead, of people whose consent does not change
        ahead &= self.people.by_record[found.person] & (found.time + 10 * MINUTE < self.options.end_ns)
        time = found.time + np.where(ahead, rng.integers(2 * MINUTE, 9 * MINUTE, count), 0)
        without = filling.rows_of("cache_performance")
        time[without[rng.random(len(without)) < _WITHOUT_CLOCK]] = CLOCK_OF_NOBODY
        traces, span = _traces(rng, filling, count)
        return Facts(
            event=found.event,
            person=found.person,
            visit=found.visit,
            time=time,
            received=received,
            service=_services(filling, found, self.people),
            environment=environment[found.visit % 4096],
            number=found.number,
            ids=_uuids(rng, count),
            traces=traces,
            span=span,
            again=np.zeros(count, np.bool_),
            told=filling.told,
        )


def _uuids(rng: Any, count: int) -> npt.NDArray[np.uint8]:
    """Draw UUIDs of version 4 (RFC 9562) that begin with a letter."""
    drawn: npt.NDArray[np.uint8] = rng.integers(0, 256, (count, 16), np.uint8)
    drawn[:, 0] |= 0xA0
    drawn[:, 6] = drawn[:, 6] & 0x0F | 0x40
    drawn[:, 8] = drawn[:, 8] & 0x3F | 0x80
    return drawn


def _traces(rng: Any, filling: Filling, count: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    requests = np.zeros(count, np.bool_)
    requests[filling.rows_of(*events_with("http.route"))] = True
    chance = rng.random(count)
    span = requests & (chance < _SPANS)
    traced = span | (requests & (chance > 1 - _DANGLING))
    traces = rng.integers(0, 256, (count, 16), np.uint8)
    traces[~traced] = 0
    return traces, span


def _services(filling: Filling, found: Happenings, people: People) -> npt.NDArray[np.int32]:
    of_name = {name: place for place, name in enumerate(SERVICES)}
    service = np.where(people.platform[found.person] == 0, of_name["web-app"], of_name["mobile-app"])
    service[found.person < 0] = of_name["jobs"]
    service[filling.rows_of(*events_with("http.route"), "db_error")] = of_name["api"]
    service[filling.rows_of("ai_interaction", "ai_failure")] = of_name["ai-service"]
    return service.astype(np.int32)


def _sent_again(rng: Any, facts: Facts, again: npt.NDArray[np.int64], end: int) -> Facts:
    """Put what is sent again, before `end`, behind what it repeats; only the arrival differs."""
    rows = np.sort(np.concatenate([np.arange(len(facts)), again]), kind="stable")
    result = facts.take(rows)
    second = np.append(False, rows[1:] == rows[:-1])
    result.again[second] = True
    result.received[second] += rng.integers(SECOND, 5 * MINUTE, int(second.sum()))
    np.minimum(result.received, end - 1, out=result.received)
    return result


assert len(EVENT_NAMES) < 2**15
