"""`Facts`: what happened in a part of the world, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Facts", "Numbers", "Texts", "Truths", "Values", "joined"]

Rows = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts of n rows: the place of each in `words`, -1 for none. A word of several texts is a list of them."""

    codes: npt.NDArray[np.int32]
    words: Sequence[Any]

    def take(self, rows: Rows) -> "Texts":
        """Answer those of some rows."""
        return Texts(self.codes[rows], self.words)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of n rows, NaN for none; `whole` says that they are sent as integers."""

    numbers: npt.NDArray[np.float64]
    whole: bool

    def take(self, rows: Rows) -> "Numbers":
        """Answer those of some rows."""
        return Numbers(self.numbers[rows], self.whole)


@dataclass(frozen=True, slots=True)
class Truths:
    """Truth values of n rows: 1, 0, or -1 for none."""

    truths: npt.NDArray[np.int8]

    def take(self, rows: Rows) -> "Truths":
        """Answer those of some rows."""
        return Truths(self.truths[rows])


Values = Texts | Numbers | Truths


@dataclass(frozen=True)
class Facts:
    """N things that happened, in the order of their times.

    `event` is a code in `EVENT_NAMES`; `person` is -1 for nobody; `visit` numbers the visits of all days, -1 for none.
    `time` is what the client claims, `received` when the gateway gets it. `number` tells equal events of a visit apart.
    `ids` uint8 (N, 16): the event's id; a row that was sent again has that of the first, and `again` is true.
    `traces` uint8 (N, 16), zeros for none; `span` is true where the trace has a server span. `pattern` numbers the
    message's template, -1 for none. `told` are the attributes by name.
    """

    event: npt.NDArray[np.int16]
    person: npt.NDArray[np.int32]
    visit: npt.NDArray[np.int64]
    time: npt.NDArray[np.int64]
    received: npt.NDArray[np.int64]
    service: npt.NDArray[np.int32]
    environment: npt.NDArray[np.int32]
    number: npt.NDArray[np.int8]
    ids: npt.NDArray[np.uint8]
    traces: npt.NDArray[np.uint8]
    span: npt.NDArray[np.bool_]
    again: npt.NDArray[np.bool_]
    told: dict[str, Values] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.event)

    def take(self, rows: Rows) -> "Facts":
        """Answer some rows."""
        arrays = {name: getattr(self, name)[rows] for name in _ARRAYS}
        return replace(self, **arrays, told={name: values.take(rows) for name, values in self.told.items()})


_ARRAYS = tuple(name for name in Facts.__dataclass_fields__ if name != "told")


def joined(parts: Sequence[Facts]) -> Facts:
    """Answer several parts as one; the words of an attribute are the same in all of them."""
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS}
    names = {name: None for part in parts for name in part.told}
    return Facts(**arrays, told={name: _joined([part.told.get(name) for part in parts], parts) for name in names})


def _joined(columns: Sequence[Values | None], parts: Sequence[Facts]) -> Values:
    some = next(column for column in columns if column is not None)
    match some:
        case Texts():
            codes = [
                c.codes if isinstance(c, Texts) else _none(p, np.int32) for c, p in zip(columns, parts, strict=True)
            ]
            return Texts(np.concatenate(codes), some.words)
        case Numbers():
            numbers = [
                c.numbers if isinstance(c, Numbers) else np.full(len(p), np.nan)
                for c, p in zip(columns, parts, strict=True)
            ]
            return Numbers(np.concatenate(numbers), some.whole)
        case Truths():
            truths = [
                c.truths if isinstance(c, Truths) else _none(p, np.int8) for c, p in zip(columns, parts, strict=True)
            ]
            return Truths(np.concatenate(truths))


def _none(part: Facts, kind: Any) -> Any:
    return np.full(len(part), -1, kind)
