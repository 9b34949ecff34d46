"""`Places` as a dictionary, and the check of arguments that all functions here share."""

from collections.abc import Sequence
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["Places", "check"]

_Integers = npt.ArrayLike
_Positions = npt.NDArray[np.int64]


class Places:
    """A growing set of texts, each with its place: 0 for the first that was added, and so on.

    A text may be of a kind, 0 to 255; equal texts of different kinds are different. Looking up costs the same however
    many there are, and no choice of texts makes it cost more.
    """

    def __init__(self) -> None:
        self._places: dict[tuple[int, str], int] = {}
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes of all texts in UTF-8."""
        return self._size

    def __len__(self) -> int:
        return len(self._places)

    def find(
        self, values: Any, positions: npt.ArrayLike | None = None, kinds: npt.ArrayLike | None = None
    ) -> _Positions:
        """Answer the place of each text of `values`, of those at `positions` where given; -1 if unknown or null."""
        each = self._each(values, positions, kinds)
        return np.array(list(map(self._places.get, each, repeat(-1))), np.int64)

    def add(
        self, values: Any, positions: npt.ArrayLike | None = None, kinds: npt.ArrayLike | None = None
    ) -> _Positions:
        """Do the same, but give unknown texts the next places."""
        places, each = self._places, self._each(values, positions, kinds)
        for one in each:
            if one[1] is not None and one not in places:
                places[one] = len(places)
                self._size += len(one[1].encode())
        return np.array(list(map(places.get, each, repeat(-1))), np.int64)

    def marks(self, values: Any, marks: npt.NDArray[Any], other: int) -> npt.NDArray[Any] | None:
        """Answer by place the mark of the text there, `other` for a text that is none of `values`; None for no text.

        `marks` are uint8 or int32, one for each of `values`, of which the first counts where a text is named twice.
        """
        check(len(values) == len(marks), "there must be one mark for each text")
        places = self.find(values)
        here = places >= 0
        if not here.any():
            return None
        table = np.full(len(self), other, marks.dtype)
        table[places[here][::-1]] = marks[here][::-1]
        return table

    def _each(self, values: Any, positions: _Integers | None, kinds: _Integers | None) -> Sequence[Any]:
        if positions is not None:
            places = np.asarray(positions, np.int64)
            check((places >= 0).all() and (places < len(values)).all(), "a position is beyond the array")
            values = values.take(pa.array(places))
        texts = values.to_pylist()
        of = [0] * len(texts) if kinds is None else np.asarray(kinds, np.uint8).tolist()
        check(len(of) == len(texts), "there must be one kind for each text")
        return list(zip(of, texts, strict=True))


def check(fits: Any, problem: str) -> None:
    """Raise ValueError with the problem unless it fits."""
    if not fits:
        raise ValueError(problem)
