"""Trigger bits by RE2: the definition itself, slow."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.batch import ValueType
from otel_lift_redaction.triggers.bits import EXPRESSIONS, LONG_NUMBER, Trigger

__all__ = ["find"]

_NUMBERS = (ValueType.INT, ValueType.DOUBLE)
_ONE_OF_ALL = "|".join(f"(?:{expression})" for expression in EXPRESSIONS.values())

_Ints = npt.NDArray[np.int32]


def find(
    values: Any, types: npt.NDArray[np.uint8] | None, spared: npt.NDArray[np.bool_] | None, wanted: int
) -> tuple[_Ints, _Ints, _Ints, npt.NDArray[np.uint32]] | None:
    """Answer what `Candidates.of` says, as a tuple, or None."""
    rows = np.flatnonzero(_is_scanned(values, types, spared))
    encoded = values.take(pa.array(rows)).dictionary_encode()
    bits = _bits(encoded.dictionary, wanted)
    if not bits.any():
        return None
    codes = encoded.indices.to_numpy()
    firsts = np.zeros(len(bits), np.int32)
    firsts[codes[::-1]] = rows[::-1]
    hot = bits != 0
    is_hot = hot[codes]
    renumbered = np.cumsum(hot, dtype=np.int32) - 1
    return rows[is_hot].astype(np.int32), renumbered[codes[is_hot]].astype(np.int32), firsts[hot], bits[hot]


def _is_scanned(
    values: Any, types: npt.NDArray[np.uint8] | None, spared: npt.NDArray[np.bool_] | None
) -> npt.NDArray[np.bool_]:
    lengths = pc.fill_null(pc.binary_length(values), 0).to_numpy(zero_copy_only=False)
    wanted: npt.NDArray[np.bool_] = lengths > 0
    if types is not None:
        wanted &= (types == ValueType.STRING) | (np.isin(types, _NUMBERS) & (lengths >= LONG_NUMBER))
    return wanted if spared is None else wanted & ~spared


def _bits(texts: Any, wanted: int) -> npt.NDArray[np.uint32]:
    bits = np.zeros(len(texts), np.uint32)
    hot = np.flatnonzero(pc.match_substring_regex(texts, _ONE_OF_ALL).to_numpy(zero_copy_only=False))
    few = texts.take(pa.array(hot))
    for trigger, expression in EXPRESSIONS.items():
        if len(few) and wanted & trigger:
            matched = pc.match_substring_regex(few, expression).to_numpy(zero_copy_only=False)
            bits[hot[matched]] |= np.uint32(trigger)
    return bits | np.uint32(wanted & Trigger.ANY)
