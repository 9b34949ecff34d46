"""What happens on a day, as far as who and when: visits, machines, what is once in a life, incidents."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from otel_lift.synthetic.world.journeys import MACHINES, VISITS, code_of
from otel_lift.synthetic.world.options import DAY, HOUR, MINUTE, SECOND, WorldOptions
from otel_lift.synthetic.world.people import People
from otel_lift.synthetic.world.words import ROUTES

__all__ = ["ADDRESSES", "FIRST_ANSWER", "GRANTED_AGAIN", "LOCKED_OUT", "WITHDRAWN", "Happenings", "Lives", "happenings"]

ADDRESSES = tuple(f"{net}.{host}" for net in ("203.0.113", "198.51.100") for host in range(1, 251))
"""Where people come from, each always from the same; the last ten are of attackers."""

FIRST_ANSWER, WITHDRAWN, GRANTED_AGAIN = range(3)
"""The numbers of updates of consent."""

LOCKED_OUT = 9
"""The number of the sign-in that locks its user out."""

_HOURS = np.array([2, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 8, 9, 8, 8, 8, 8, 9, 10, 11, 11, 9, 6, 4], np.float64)
_WEEKEND = 0.7
_MACHINES = 0.12  # of all events are by no person
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday


@dataclass(frozen=True)
class Happenings:
    """N things; `endpoint` and `address` are codes where they are given by what happens, else -1."""

    event: npt.NDArray[np.int16]
    person: npt.NDArray[np.int32]
    visit: npt.NDArray[np.int64]
    time: npt.NDArray[np.int64]
    number: npt.NDArray[np.int8]
    endpoint: npt.NDArray[np.int32]
    address: npt.NDArray[np.int32]

    @classmethod
    def of(
        cls,
        event: Any,
        person: Any,
        time: Any,
        *,
        visit: Any = -1,
        number: Any = 0,
        endpoint: Any = -1,
        address: Any = -1,
    ) -> Self:
        """Make them of arrays of N and of scalars."""
        count = len(time)
        given = (event, person, visit, time, number, endpoint, address)
        kinds = (np.int16, np.int32, np.int64, np.int64, np.int8, np.int32, np.int32)
        columns: Any = [np.broadcast_to(one, count).astype(kind) for one, kind in zip(given, kinds, strict=True)]
        return cls(*columns)

    def take(self, rows: Any) -> Self:
        """Answer some of them."""
        return type(self)(*(getattr(self, one.name)[rows] for one in fields(self)))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Put several together."""
        return cls(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls)))


@dataclass(frozen=True)
class Lives:
    """What happens once in a life, of all people, and the times by which it is found."""

    happenings: Happenings

    @classmethod
    def of(cls, people: People) -> Self:
        """Tell sign-ups, answers about consent and ends of trials."""
        everybody = np.arange(len(people))
        asked = everybody[people.answered & ~people.by_record]
        signed, tried = everybody[people.joined], everybody[people.trial_ends > 0]
        others = everybody[~people.joined & ~(people.answered & ~people.by_record)]
        gone, back = everybody[people.withdrawn > 0], everybody[people.again > 0]
        update = code_of("user_consent_update")
        listed = (
            Happenings.of(update, asked, people.hello[asked], visit=-1, number=FIRST_ANSWER),
            Happenings.of(code_of("user_signup"), signed, people.hello[signed] + 20 * SECOND),
            Happenings.of(code_of("user_login"), others, people.hello[others] + 40 * SECOND),
            Happenings.of(code_of("trial_conversion"), tried, people.trial_ends[tried]),
            Happenings.of(update, gone, people.withdrawn[gone], number=WITHDRAWN),
            Happenings.of(update, back, people.again[back], number=GRANTED_AGAIN),
        )
        found = Happenings.joined(listed)
        return cls(found.take(np.argsort(found.time, kind="stable")))

    def between(self, start: int, end: int) -> Happenings:
        """Answer what happens from `start` to `end`."""
        first, last = np.searchsorted(self.happenings.time, [start, end])
        return self.happenings.take(slice(first, last))


def happenings(rng: Any, day: int, people: People, lives: Lives, options: WorldOptions) -> Happenings:
    """Answer what happens on a day, in order of time, nothing of it after the world's end."""
    start = options.start_ns + day * DAY
    once = lives.between(start, start + DAY)
    weekday = (start // DAY + _EPOCH_WEEKDAY) % 7
    rhythm = (_WEEKEND if weekday > 4 else 1.12) * rng.normal(1, 0.03)
    share = max(options.events - 1.35 * len(people), options.events / 4) / options.days * rhythm
    parts = [
        once,
        _visits(rng, day, int((1 - _MACHINES) * share / VISITS.mean), people, options),
        _machines(rng, start, int(_MACHINES * share / MACHINES.mean)),
        *_incidents(rng, start, people, last=day == options.days - 1, scale=min(1.0, share / 2000)),
    ]
    found = Happenings.joined([part for part in parts if len(part.time)])
    return found.take(np.argsort(found.time, kind="stable")[: int((found.time < options.end_ns).sum())])


def _times(rng: Any, start: int, count: int) -> npt.NDArray[np.int64]:
    """Draw times of a day that starts at `start`, by the hour of the clock."""
    first = start // HOUR % 24
    hours = np.roll(_HOURS, -first)
    hour = rng.choice(24, count, p=hours / hours.sum())
    times: npt.NDArray[np.int64] = start + hour * HOUR + rng.integers(0, HOUR, count)
    return times


def _visits(rng: Any, day: int, count: int, people: People, options: WorldOptions) -> Happenings:
    start = options.start_ns + day * DAY
    times = np.sort(_times(rng, start, count))
    here = np.flatnonzero((people.hello < start) & (people.goodbye > start))
    if not len(here):
        return Happenings.of(0, 0, np.zeros(0, np.int64))
    # people come less often the longer they are here
    age = (start - people.hello[here]) / DAY
    weights = np.cumsum(people.weight[here] / (1 + age / 20))
    who = here[np.searchsorted(weights, rng.random(count) * weights[-1])]
    walk = VISITS.walk(rng, count)
    visit = day * 2**24 + walk.visit
    time = times[walk.visit] + (walk.seconds * SECOND).astype(np.int64)
    return Happenings.of(walk.event, who[walk.visit], time, visit=visit, number=walk.number)


def _machines(rng: Any, start: int, count: int) -> Happenings:
    times = np.sort(_times(rng, start, count))
    walk = MACHINES.walk(rng, count)
    return Happenings.of(walk.event, -1, times[walk.visit] + (walk.seconds * SECOND).astype(np.int64))


def _incidents(rng: Any, start: int, people: People, *, last: bool, scale: float) -> list[Happenings]:
    """Tell of a cascade over endpoints, of lockouts by person and by address, and of a flood from one address.

    On the world's last day all of them lie in its last hour.
    """
    begins = [start + int(rng.integers(0, DAY - HOUR)) for _ in range(4)]
    if last:
        begins = [start + DAY - minutes * MINUTE for minutes in (50, 40, 25, 12)]
    # people of whom it may be told
    told = np.flatnonzero(people.essential & (people.hello < start))
    someone, caller = rng.choice(told, 2) if len(told) else rng.integers(0, len(people), 2)
    failing, many = rng.choice(len(ROUTES), 4, replace=False), max(int(18 * scale), 6)
    cascade = Happenings.of(
        rng.choice([code_of("api_error"), code_of("api_timeout")], many),
        rng.integers(0, len(people), many),
        begins[0] + rng.integers(0, 150 * SECOND, many),
        endpoint=failing[rng.integers(0, 4, many)],
    )
    tries = int(rng.integers(6, 10))
    locked = Happenings.of(
        code_of("auth_error"),
        int(someone),
        begins[1] + np.arange(tries) * 50 * SECOND,
        number=np.where(np.arange(tries) == tries - 1, LOCKED_OUT, 0),
    )
    attacker = len(ADDRESSES) - 1 - int(rng.integers(0, 10))
    guesses = max(int(12 * scale), 6)
    guessed = Happenings.of(
        code_of("auth_error"),
        rng.integers(0, len(people), guesses),
        begins[2] + rng.integers(0, 9 * MINUTE, guesses),
        address=attacker,
    )
    calls = max(int(110 * scale), 75)
    flood = Happenings.of(
        code_of("rate_limited"),
        rng.choice([-1, int(caller)], calls),
        begins[3] // MINUTE * MINUTE + rng.integers(0, 58 * SECOND, calls),
        endpoint=rng.integers(0, 4, calls),
        address=attacker,
    )
    return [cascade, locked, guessed, flood]
