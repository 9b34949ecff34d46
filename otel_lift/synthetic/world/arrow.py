"""Arrow arrays of coded texts and of bytes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift import arrays
from otel_lift.batch import INTERNED

__all__ = ["hexadecimal", "interned", "strings", "timestamps", "uuids"]

_HYPHENS = (8, 13, 18, 23)


def interned(codes: Any, words: Sequence[str]) -> Any:
    """Answer texts by their codes, as a dictionary whose words are distinct: the store refuses others."""
    distinct = list(dict.fromkeys(words))
    chosen = np.asarray(codes, np.int32)
    if len(distinct) < len(words):
        places = {word: place for place, word in enumerate(distinct)}
        chosen = np.array([places[word] for word in words], np.int32)[chosen]
    return pa.DictionaryArray.from_arrays(pa.array(chosen), pa.array(distinct, pa.string())).cast(INTERNED)


def timestamps(times: npt.NDArray[np.int64]) -> Any:
    """Answer Unix nanoseconds as timestamps."""
    return pa.array(times).view(pa.timestamp("ns"))


def strings(texts: Any) -> Any:
    """Answer bytes (an array of one width, shorter ones end in zeros) as texts."""
    return pa.array(texts, pa.binary()).view(pa.string())


def hexadecimal(raw: npt.NDArray[np.uint8]) -> Any:
    """Answer hexadecimal text of bytes (n, width), empty for zeros."""
    data = pa.py_buffer(np.ascontiguousarray(raw))
    digits = arrays.hexadecimal(pa.FixedSizeBinaryArray.from_buffers(pa.binary(raw.shape[1]), len(raw), [None, data]))
    return pc.if_else(pa.array(raw.any(axis=1)), digits, "")


def uuids(ids: npt.NDArray[np.uint8]) -> Any:
    """Answer bytes (n, 16) as UUIDs."""
    digits = [bytes(one).hex() for one in ids]
    return pa.array([f"{d[:8]}-{d[8:12]}-{d[12:16]}-{d[16:20]}-{d[20:]}" for d in digits], pa.string())
