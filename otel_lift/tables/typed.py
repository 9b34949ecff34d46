"""Attributes as the typed columns of `lift_events`: looked up by name, converted to the column's type and unit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift import arrays
from otel_lift.batch import INTERNED, Attributes
from otel_lift.semconv import COLUMNS, Column, Source

__all__ = ["ARROW_TYPES", "AttributeColumns"]

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
_KEPT_ROWS = 65_536
_TYPES = [(name, column.type) for name, column in COLUMNS.items()]


@dataclass(frozen=True)
class _Slots:
    """Groups of attributes of which a row's first one counts, by the place of the attribute in `attributes`.

    The sources of a column of text are one group; each source of another is its own, as their units differ.
    """

    attributes: tuple[str, ...]
    slots: npt.NDArray[np.int32]
    ranks: npt.NDArray[np.int32]
    of_column: Mapping[str, Sequence[int]]
    column_of: Sequence[str]

    @classmethod
    def of(cls, columns: Iterable[Column]) -> Self:
        attributes: list[str] = []
        slots: list[int] = []
        of_column: dict[str, list[int]] = {}
        column_of: list[str] = []
        for column in columns:
            for source in column.sources:
                if column.type not in _TEXTS or source is column.sources[0]:
                    of_column.setdefault(column.name, []).append(len(column_of))
                    column_of.append(column.name)
                attributes.append(source.attribute)
                slots.append(len(column_of) - 1)
        ranks = np.arange(len(attributes), dtype=np.int32)
        return cls(tuple(attributes), np.array(slots, np.int32), ranks, MappingProxyType(of_column), column_of)


_TEXTS = ("string", "lowcardinality")
# the gateway's own column, which names no source of its own, is filled by an attribute too
_SLOTS = _Slots.of([*COLUMNS.values(), replace(COLUMNS["service"], sources=(Source("service.name"),))])


class AttributeColumns:
    """Attributes of n rows, their own first, then those of the messages that they inherit from.

    Each of `levels` is an `Attributes` of n owners. A value is that of the first level which has the attribute.
    """

    def __init__(self, *levels: Attributes) -> None:
        self._own = levels[0]
        self._rows = len(levels[0])
        found = [
            (attributes.values, positions) for attributes in levels if (positions := _found(attributes)) is not None
        ]
        # by slot, the values and positions of the levels where some row has it
        self._texts: dict[int, list[tuple[Any, npt.NDArray[np.int64]]]] = {}
        for values, positions in found:
            for slot in np.flatnonzero((positions >= 0).any(axis=1)).tolist():
                self._texts.setdefault(slot, []).append((values, positions[slot]))

    def columns(self) -> dict[str, Any]:
        """Fill all columns from their sources: Arrow arrays of n, of the columns' types, without nulls.

        A value that is not of the column's type leaves the column's zero; validation has marked the record.
        """
        filled = {_SLOTS.column_of[slot] for slot in self._texts}
        return {**_empty_columns(self._rows), **{name: self._column(COLUMNS[name]) for name in filled}}

    def _column(self, column: Column) -> Any:
        slots = _SLOTS.of_column[column.name]
        if column.type in _TEXTS:
            text = self._text(slots[0])
            return text.dictionary_encode() if column.type == "lowcardinality" else text
        kind = ARROW_TYPES[column.type].to_pandas_dtype()
        result, known = np.zeros(self._rows, kind), np.zeros(self._rows, np.bool_)
        for slot, source in zip(slots, column.sources, strict=True):
            if slot in self._texts:
                values, fits = _converted(self._text(slot), kind, source.scale)
                chosen = fits & ~known
                result[chosen] = values[chosen].astype(kind)
                known |= fits
        return pa.array(result)

    def _text(self, slot: int) -> Any:
        """Answer the values of a slot, empty where none: no number or truth value is empty."""
        levels = self._texts[slot]
        values, positions = levels[0]
        if len(levels) == 1:
            return arrays.gather(values, positions, empty=True)
        texts = [arrays.gather(values, positions) for values, positions in levels]
        return pc.coalesce(*texts, pa.scalar(""))

    def unused(self, except_for: Sequence[str]) -> Attributes:
        """Answer the rows' own attributes that fill no column, less `except_for`."""
        used = self._own.with_key((*_SLOTS.attributes, *except_for))
        return self._own.filter(~used)


def _found(attributes: Attributes) -> npt.NDArray[np.int64] | None:
    """Answer the position of each slot's value by row, shape (slots, n), -1 for none; None if there is no value."""
    slots = attributes.by_key(_SLOTS.attributes, _SLOTS.slots, -1)
    ranks = attributes.by_key(_SLOTS.attributes, _SLOTS.ranks)
    if slots is None or ranks is None:
        return None
    return arrays.firsts(attributes.offsets, attributes.codes, slots, ranks, len(_SLOTS.column_of))


def _empty_columns(rows: int) -> dict[str, Any]:
    """Answer all columns as zeros or empty texts; columns of one type are one array."""
    of_type = {kind: _empty(kind, rows) if rows > _KEPT_ROWS else _kept(kind).slice(0, rows) for kind in ARROW_TYPES}
    return {name: of_type[kind] for name, kind in _TYPES}


def _empty(kind: str, rows: int) -> Any:
    if kind == "lowcardinality":
        return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([""]))
    return pa.repeat(_ZEROS[kind], rows)


@cache
def _kept(kind: str) -> Any:
    # nearly all columns of an event are empty, so slices of one array serve them all
    return _empty(kind, _KEPT_ROWS)


def _converted(text: Any, kind: Any, scale: float) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Answer the values of texts, and which of them are such that the type can hold them."""
    if kind is np.bool_:
        true, false = (pc.equal(text, word).to_numpy(zero_copy_only=False) for word in ("true", "false"))
        return true, true | false
    values = arrays.numbers(text) * scale
    if kind is np.float64:
        return values, ~np.isnan(values)
    limits = np.iinfo(kind)
    # The largest int64 is no float64: what lies a little below it is the largest that converts back.
    highest = float(np.nextafter(float(limits.max), 0.0)) if limits.max > 2**53 else float(limits.max)
    return np.trunc(values), (values >= limits.min) & (values <= highest)
