"""Trigger bits: which texts of a column any detector can find something in, by one look at its bytes."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from otel_lift.implementations import choose
from otel_lift_redaction.triggers.bits import EXPRESSIONS, LONG_NUMBER, Trigger

__all__ = ["EXPRESSIONS", "LONG_NUMBER", "Candidates", "Trigger"]

_find = choose("otel_lift_redaction.triggers").find


@dataclass(frozen=True, slots=True)
class Candidates:
    """The texts of a column that have a trigger.

    They stand at `rows`, int32 of shape (k,), ascending. Equal ones have one code where that was cheap to see: the text
    of code c stands first at `firsts[c]` and has the triggers `bits[c]`, uint32; `codes` is int32 of shape (k,).
    """

    rows: npt.NDArray[np.int32]
    codes: npt.NDArray[np.int32]
    firsts: npt.NDArray[np.int32]
    bits: npt.NDArray[np.uint32]

    @classmethod
    def of(
        cls,
        values: Any,
        wanted: int,
        types: npt.NDArray[np.uint8] | None = None,
        spared: npt.NDArray[np.bool_] | None = None,
    ) -> Self | None:
        """Find those of a string array that have one of the triggers `wanted`; with `ANY` among these, all have it.

        Of the value types only strings are looked at, and numbers of `LONG_NUMBER` characters and more; without
        `types` all are strings. Nulls, empty texts, and those that `spared` marks, have no triggers. Answers None where
        no text has one.
        """
        found = _find(values, types, spared, wanted)
        return None if found is None else cls(*found)
