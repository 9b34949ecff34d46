"""The attributes of what happened, event by event."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from otel_lift.semconv import EVENTS, FieldSpec, LiftEvent, fields_of
from otel_lift.synthetic.world.facts import Numbers, Texts, Truths, Values
from otel_lift.synthetic.world.journeys import EVENT_NAMES, code_of
from otel_lift.synthetic.world.messages import MESSAGES
from otel_lift.synthetic.world.words import NUMBERS, Spread, words_of

__all__ = ["OWN_WAYS", "Filling", "events_with", "fields"]

_COMMON = {field.name for field in fields_of(LiftEvent)} - {"severity"}
_GIVEN = 0.85  # how often an optional field is sent
_SEVERITIES = ("low", "medium", "high", "critical")
_LIKELY = {
    "lift.severity": (0.35, 0.4, 0.2, 0.05),
    "lift.fallback_used": (0.3, 0.2, 0.5),
    "http.request.method": (0.6, 0.25, 0.1, 0.05),
}
_TRUE = {
    "lift.cache_hit": 0.4,
    "lift.hit": 0.8,
    "lift.converted": 0.3,
    "lift.user_blocked": 0.25,
    "lift.data_loss": 0.05,
    "lift.workflow_failed": 0.15,
    "lift.completed": 0.7,
    "lift.helpful": 0.65,
}
OWN_WAYS = frozenset(
    ("lift.subject", "client.address", "lift.wave_id", "lift.round", "lift.phase", "exception.message")
)
"""Attributes that are not drawn field by field."""


@cache
def fields(event: int) -> tuple[FieldSpec, ...]:
    """Answer the fields of an event's own, by its code; the severity with them where it is a failure."""
    name = EVENT_NAMES[event]
    found = fields_of(EVENTS[name])
    failure = str(EVENTS[name].spec.group) == "failures"
    return tuple(one for one in found if one.name not in _COMMON and (one.name != "severity" or failure))


@cache
def _words(attribute: str) -> tuple[Any, ...]:
    """Answer all words of an attribute, over the fields that it carries."""
    every = (one for event in range(len(EVENT_NAMES)) for one in fields(event) if one.attr.name == attribute)
    # a list is no key of a mapping, but its text is
    return tuple({repr(word): word for one in every if one.kind in (str, tuple) for word in words_of(one)}.values())


@cache
def _places(attribute: str, event: int) -> npt.NDArray[np.int32]:
    (field,) = (one for one in fields(event) if one.attr.name == attribute)
    every = [repr(word) for word in _words(attribute)]
    return np.array([every.index(repr(word)) for word in words_of(field)], np.int32)


class Filling:
    """Fills the attributes of n rows, whose events are `event`."""

    def __init__(self, rng: Any, event: npt.NDArray[np.int16]) -> None:
        self._rng = rng
        self._rows = len(event)
        self.told: dict[str, Values] = {}
        order = np.argsort(event, kind="stable")
        codes, starts = np.unique(event[order], return_index=True)
        self._of = dict(zip(codes.tolist(), np.split(order, starts[1:]), strict=True))

    def rows_of(self, *events: str) -> npt.NDArray[np.int64]:
        """Answer the rows of some events."""
        nothing = np.zeros(0, np.int64)
        return np.concatenate([self._of.get(code_of(event), nothing) for event in events])

    def fill(self) -> None:
        """Draw all fields, but those of `OWN_WAYS`."""
        for event, rows in self._of.items():
            for field in fields(event):
                if field.attr.name not in OWN_WAYS:
                    chosen = rows if field.required else rows[self._rng.random(len(rows)) < _GIVEN]
                    self._draw(field, event, chosen)

    def texts(self, name: str) -> npt.NDArray[np.int32]:
        """Answer the codes of an attribute, to be changed in place."""
        if name not in self.told:
            words = MESSAGES.words if name == "exception.message" else _words(name)
            self.told[name] = Texts(np.full(self._rows, -1, np.int32), words)
        found = self.told[name]
        assert isinstance(found, Texts)
        return found.codes

    def numbers(self, name: str, *, whole: bool = False) -> npt.NDArray[np.float64]:
        """Answer the numbers of an attribute, to be changed in place."""
        found = self.told.setdefault(name, Numbers(np.full(self._rows, np.nan), whole))
        assert isinstance(found, Numbers)
        return found.numbers

    def truths(self, name: str) -> npt.NDArray[np.int8]:
        """Answer the truth values of an attribute, to be changed in place."""
        found = self.told.setdefault(name, Truths(np.full(self._rows, -1, np.int8)))
        assert isinstance(found, Truths)
        return found.truths

    def places(self, name: str, event: str) -> npt.NDArray[np.int32]:
        """Answer the codes of the words that an attribute has in one event."""
        return _places(name, code_of(event))

    def place(self, name: str, word: str) -> int:
        """Answer the code of a word of an attribute."""
        return _words(name).index(word)

    def _draw(self, field: FieldSpec, event: int, rows: npt.NDArray[np.int64]) -> None:
        name, count = field.attr.name, len(rows)
        if field.kind is bool:
            self.truths(name)[rows] = self._rng.random(count) < _TRUE.get(name, 0.5)
        elif field.kind in (int, float):
            drawn = _spread(self._rng, NUMBERS.get(name, Spread(10)), count)
            whole = field.kind is int
            digits = 6 if name == "lift.cost" else 3
            self.numbers(name, whole=whole)[rows] = np.rint(drawn) if whole else np.round(drawn, digits)
        else:
            places = _places(name, event)
            likely = _LIKELY.get(name)
            if likely is None or len(likely) != len(places):
                # the first words are said most
                falling = 1 / np.arange(1, len(places) + 1) ** 0.7
                likely = falling / falling.sum()
            self.texts(name)[rows] = places[self._rng.choice(len(places), count, p=likely)]


def _spread(rng: Any, spread: Spread, count: int) -> npt.NDArray[np.float64]:
    drawn: npt.NDArray[np.float64] = spread.middle * np.exp(rng.normal(0.0, spread.sigma, count))
    return np.minimum(drawn, spread.most)


def events_with(attribute: str) -> Iterator[str]:
    """Yield the events that have an attribute of their own."""
    for code, name in enumerate(EVENT_NAMES):
        if any(field.attr.name == attribute for field in fields(code)):
            yield name
