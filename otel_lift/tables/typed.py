"""Attributes as the typed columns of `lift_events`: looked up by name, converted to the column's type and unit."""

from collections.abc import Collection
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.batch import INTERNED, Attributes
from otel_lift.semconv import COLUMNS, Column

__all__ = ["ARROW_TYPES", "AttributeColumns", "empty_column"]

ARROW_TYPES = {
    "bool": pa.bool_(),
    "float64": pa.float64(),
    "int64": pa.int64(),
    "lowcardinality": INTERNED,
    "string": pa.string(),
    "timestamp_ns": pa.timestamp("ns"),
    "uint8": pa.uint8(),
    "uint16": pa.uint16(),
    "uint32": pa.uint32(),
    "uint64": pa.uint64(),
}
"""The Arrow type of each of the registry's column types."""

_ZEROS = {
    name: pa.scalar("") if kind in (pa.string(), INTERNED) else pa.scalar(0).cast(kind)
    for name, kind in ARROW_TYPES.items()
}
_EMPTY_ROWS = 65_536
_NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
_COLUMN_KEYS = frozenset(source.attribute for column in COLUMNS.values() for source in column.sources)


class AttributeColumns:
    """Attributes of n rows, their own first, then those of the messages that they inherit from.

    Each of `levels` is an `Attributes` of n owners. A value is that of the first level which has the attribute.
    """

    def __init__(self, *levels: Attributes) -> None:
        self._levels = [(attributes, _used(attributes)) for attributes in levels]
        self._used = frozenset().union(*(used for _, used in self._levels))
        self._rows = len(levels[0])

    def column(self, column: Column) -> Any:
        """Fill a column from its sources: an Arrow array of n, of the column's type, without nulls.

        A value that is not of the column's type leaves the column's zero; validation has marked the record.
        """
        if self._used.isdisjoint(source.attribute for source in column.sources):
            return empty_column(column, self._rows)
        if column.type in ("string", "lowcardinality"):
            text = self.text([source.attribute for source in column.sources])
            assert text is not None
            text = text.fill_null("")
            return text.dictionary_encode() if column.type == "lowcardinality" else text
        result = None
        for source in column.sources:
            text = self.text([source.attribute])
            if text is not None:
                values = _converted(text, column, source.scale)
                result = values if result is None else pc.coalesce(result, values)
        assert result is not None
        return result.fill_null(_ZEROS[column.type])

    def text(self, keys: Collection[str]) -> Any | None:
        """Values of the first of `keys` that each row has, null where none; None if no row has any."""
        result = None
        for attributes, used in self._levels:
            present = [key for key in keys if key in used]
            if present:
                values = attributes.get(present)
                result = values if result is None else pc.coalesce(result, values)
        return result

    def unused(self, except_for: Collection[str]) -> Attributes:
        """Answer the rows' own attributes that fill no column, less `except_for`."""
        own, used = self._levels[0]
        return own.filter(~own.with_key([key for key in used if key in _COLUMN_KEYS or key in except_for]))


def empty_column(column: Column, rows: int) -> Any:
    """Answer a column of zeros, or of empty texts."""
    if rows > _EMPTY_ROWS:
        return _empty(column.type, rows)
    return _empty_kept(column.type).slice(0, rows)


def _empty(kind: str, rows: int) -> Any:
    if kind == "lowcardinality":
        return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([""]))
    return pa.repeat(_ZEROS[kind], rows)


@cache
def _empty_kept(kind: str) -> Any:
    # nearly all columns of an event are empty, so slices of one array serve them all
    return _empty(kind, _EMPTY_ROWS)


def _used(attributes: Attributes) -> frozenset[str]:
    counts = np.bincount(attributes.codes, minlength=len(attributes.keys))
    return frozenset(attributes.keys.filter(pa.array(counts > 0)).to_pylist())


def _converted(text: Any, column: Column, scale: float) -> Any:
    kind = ARROW_TYPES[column.type]
    if kind == pa.bool_():
        known = pc.is_in(text, pa.array(["true", "false"]))
        return pc.if_else(known, pc.equal(text, "true"), pa.scalar(None, pa.bool_()))
    numeric = pc.match_substring_regex(text, _NUMBER)
    numbers = pc.if_else(numeric, text, pa.scalar(None, pa.string())).cast(pa.float64())
    numbers = pc.multiply(numbers, scale)
    if kind == pa.float64():
        return numbers
    limits = np.iinfo(kind.to_pandas_dtype())
    # The largest int64 is no float64: what lies a little below it is the largest that converts back.
    highest = float(np.nextafter(float(limits.max), 0.0)) if limits.max > 2**53 else float(limits.max)
    fits = pc.and_(pc.greater_equal(numbers, float(limits.min)), pc.less_equal(numbers, highest))
    return pc.if_else(fits, pc.trunc(numbers), pa.scalar(None, pa.float64())).cast(kind)
