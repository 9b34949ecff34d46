"""Finders: the detectors of which every batch has texts, by hand, since their expressions cost most.

A finder takes a string array and answers what it finds as spans, int32 of shape (k, 3): the text's row, and where in
its bytes the span begins and ends; ascending, and none overlaps another. A finder says what its detector's expression
and check say, so where there is none the expression does the work.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from otel_lift.implementations import choose

__all__ = ["FINDERS", "Finder", "Spans", "splice"]

Spans = npt.NDArray[np.int32]
Finder = Callable[[Any], Spans]

_forms = choose("otel_lift_redaction.forms")

FINDERS: Mapping[str, Finder] = _forms.FINDERS
"""The finders there are: `email`, `ipv4`, and `ipv4_host`, which finds the last number of an address."""


def splice(texts: Any, spans: Spans, shown: str | list[str]) -> tuple[npt.NDArray[np.int32], Any]:
    """Put what is shown in place of spans: one text for all of them, or one for each.

    Answers the rows of the texts with a span, and an Arrow string array of what these became.
    """
    rows, spliced = _forms.splice(texts, spans, shown)
    return rows, spliced
