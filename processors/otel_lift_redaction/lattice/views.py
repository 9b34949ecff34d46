"""Views: a text with one layer of escapes decoded, which knows where each of its characters came from."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from otel_lift_redaction.lattice.tables import INVISIBLE, LINE, NAMES

__all__ = ["View"]

_Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A text made of its parent's text: where each character begins and ends in that, and of which kind it is.

    The view without a parent is the text itself.
    """

    text: str
    parent: "View | None" = None
    begins: _Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    ends: _Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    kinds: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))

    @classmethod
    def of(cls, decoded: Any, parent: "View") -> "View":
        """Make a view of what `layers.decode` and its like answer for a parent's text."""
        text, begins, ends, kinds = decoded
        return cls(text, parent, begins, ends, kinds)

    def source(self, begin: int, end: int) -> tuple[int, int]:
        """Answer where in the text itself the characters from `begin` to `end`, at least one, came from."""
        view = self
        while view.parent is not None:
            begin, end = int(view.begins[begin]), int(view.ends[end - 1])
            view = view.parent
        return begin, end

    def kinds_in(self, begin: int, end: int) -> list[int]:
        """Answer the kinds of units in a span, for each step from the text itself to this view."""
        view, found = self, []
        while view.parent is not None:
            found.append(int(np.bitwise_or.reduce(view.kinds[begin:end], initial=0)))
            # what was taken out before the first character is none of the span's
            if view.kinds[begin] & (INVISIBLE | LINE) and not np.any(view.kinds[begin + 1 : end] & (INVISIBLE | LINE)):
                found[-1] &= ~(INVISIBLE | LINE)
            begin, end = int(view.begins[begin]), int(view.ends[end - 1])
            view = view.parent
        return found[::-1]

    def steps(self, begin: int, end: int) -> list[tuple[str, ...]]:
        """Answer the names of the layers that a span has gone through, for each step."""
        return [tuple(name for bit, name in NAMES.items() if kinds & bit) for kinds in self.kinds_in(begin, end)]

    def path(self, begin: int, end: int) -> tuple[str, ...]:
        """Answer the names of the layers that a span has gone through."""
        return tuple(name for step in self.steps(begin, end) for name in step)

    def units(self) -> tuple[_Ints, _Ints]:
        """Answer where in the text itself each character begins and ends."""
        begins, ends, view = self.begins, self.ends, self.parent
        while view is not None and view.parent is not None:
            begins, ends, view = view.begins[begins], view.ends[ends - 1], view.parent
        return begins, ends
