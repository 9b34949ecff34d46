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


@dataclass(frozen=True)
class _Slots:
    """Groups of attributes of which a row's first one counts, by the place of the attribute in `attributes`.

    The sources of a column of text are one group; each source of another is its own, as their units differ.
    """

    attributes: tuple[str, ...]
    slots: npt.NDArray[np.int32]
    ranks: npt.NDArray[np.int32]
    of_column: Mapping[str, Sequence[int]]
    count: int

    @classmethod
    def of(cls, columns: Iterable[Column]) -> Self:
        attributes: list[str] = []
        slots: list[int] = []
        of_column: dict[str, list[int]] = {}
        count = 0
        for column in columns:
            for source in column.sources:
                if column.type not in _TEXTS or source is column.sources[0]:
                    of_column.setdefault(column.name, []).append(count)
                    count += 1
                attributes.append(source.attribute)
                slots.append(count - 1)
        ranks = np.arange(len(attributes), dtype=np.int32)
        return cls(tuple(attributes), np.array(slots, np.int32), ranks, MappingProxyType(of_column), count)


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

    def column(self, column: Column) -> Any:
        """Fill a column from its sources: an Arrow array of n, of the column's type, without nulls.

        A value that is not of the column's type leaves the column's zero; validation has marked the record.
        """
        slots = _SLOTS.of_column.get(column.name, ())
        if not any(slot in self._texts for slot in slots):
            return empty_column(column, self._rows)
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
    return arrays.firsts(attributes.offsets, attributes.codes, slots, ranks, _SLOTS.count)


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
