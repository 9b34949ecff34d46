"""The same search over Arrow columns, for what lies in files: segments of the spool, files of the lake."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["rows_holding"]

_Mask = npt.NDArray[np.bool_]


_TIMES = ("Timestamp", "event_time", "TimeUnix", "last_seen")


def rows_holding(needles: Sequence[str], until: int | None = None) -> Callable[[Any], _Mask]:
    """Answer a function that says which rows of a `pa.RecordBatch` hold a needle in any of their text.

    Needles are hex digits. Texts in lists, maps, structs and dictionaries count, the keys of maps too. With `until`
    (Unix nanoseconds) rows whose own time is later do not count.
    """
    pattern = "|".join(sorted(needles))

    def select(batch: Any) -> _Mask:
        found = np.zeros(batch.num_rows, np.bool_)
        for column in batch.columns:
            if pattern and _can_hold(column.type):
                found |= _holds(column, pattern)
        return found if until is None else found & _until(batch, until)

    return select


def _until(batch: Any, until: int) -> _Mask:
    for name in _TIMES:
        place = batch.schema.get_field_index(name)
        if place >= 0 and pa.types.is_timestamp(batch.schema.field(place).type):
            times = batch.column(place).cast(pa.timestamp("ns")).cast(pa.int64())
            return ~_mask(pc.greater(times, pa.scalar(until, pa.int64())))
    return np.ones(batch.num_rows, np.bool_)


def _can_hold(kind: Any) -> bool:
    if _is_text(kind):
        return True
    if pa.types.is_dictionary(kind):
        return _can_hold(kind.value_type)
    if pa.types.is_map(kind):
        return _can_hold(kind.key_type) or _can_hold(kind.item_type)
    if _is_list(kind):
        return _can_hold(kind.value_type)
    return pa.types.is_struct(kind) and any(_can_hold(kind.field(place).type) for place in range(kind.num_fields))


def _holds(column: Any, pattern: str) -> _Mask:
    kind = column.type
    if not _can_hold(kind) or not len(column):
        return np.zeros(len(column), np.bool_)
    if _is_text(kind):
        return _mask(pc.match_substring_regex(column, pattern))
    if pa.types.is_dictionary(kind):
        found = np.append(_holds(column.dictionary, pattern), False)
        codes = column.indices.fill_null(len(found) - 1).to_numpy(zero_copy_only=False)
        found_by_row: _Mask = found[codes]
        return found_by_row
    if pa.types.is_map(kind):
        return _any(column, _holds(column.keys, pattern) | _holds(column.items, pattern))
    if _is_list(kind):
        return _any(column, _holds(column.values, pattern))
    fields = [_holds(field, pattern) for field in column.flatten()]
    either: _Mask = np.logical_or.reduce(fields)
    return either


def _any(column: Any, found: _Mask) -> _Mask:
    """Say which lists have an element that was found."""
    before = np.append(0, np.cumsum(found))
    offsets = column.offsets.to_numpy(zero_copy_only=False)
    counted: _Mask = before[offsets[1:]] > before[offsets[:-1]]
    return counted & _mask(column.is_valid())


def _mask(booleans: Any) -> _Mask:
    mask: _Mask = booleans.fill_null(False).to_numpy(zero_copy_only=False)
    return mask


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind))


def _is_list(kind: Any) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))
