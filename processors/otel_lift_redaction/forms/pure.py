"""No finders: the expressions of the detectors do the work."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["FINDERS", "splice"]

FINDERS: Mapping[str, Callable[[Any], npt.NDArray[np.int32]]] = MappingProxyType({})


def splice(texts: Any, spans: npt.NDArray[np.int32], shown: str | list[str]) -> tuple[npt.NDArray[np.int32], Any]:
    """Answer what `otel_lift_redaction.forms.splice` says."""
    rows = np.unique(spans[:, 0])
    of_row: dict[int, list[tuple[int, int, str]]] = {row: [] for row in rows.tolist()}
    for place, (row, begin, end) in enumerate(spans.tolist()):
        of_row[row].append((begin, end, shown if isinstance(shown, str) else shown[place]))
    spliced = [_spliced(texts[row].as_py().encode(), found) for row, found in of_row.items()]
    return rows, pa.array(spliced, pa.string())


def _spliced(text: bytes, found: list[tuple[int, int, str]]) -> str:
    at = 0
    parts: list[bytes] = []
    for begin, end, shown in found:
        parts += text[at:begin], shown.encode()
        at = end
    return b"".join([*parts, text[at:]]).decode()
