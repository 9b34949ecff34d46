"""Batch columns to ClickHouse columns: identifiers as hexadecimal text, attributes as maps, child rows as lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift import arrays
from otel_lift.arrays import hexadecimal
from otel_lift.batch import INTERNED, Attributes

__all__ = [
    "MAP",
    "Addition",
    "CodedAddition",
    "ColumnAddition",
    "childless",
    "codes_of",
    "compact",
    "hexadecimal",
    "interned",
    "lists",
    "no_children",
    "repeated_map",
    "sorted_map",
    "taken_map",
    "timestamps",
]

MAP = pa.map_(INTERNED, pa.string())
"""`Map(LowCardinality(String), String)` as Arrow."""

_KEPT_ROWS = 65_536
_TIMESTAMP = pa.timestamp("ns")


@dataclass(frozen=True, slots=True)
class Addition:
    """An attribute to add to some rows: `rows` int32 of shape (k,), distinct; `values` an Arrow string array of k."""

    key: str
    rows: npt.NDArray[np.int32]
    values: Any

    def texts(self, rows: int) -> tuple[Any, npt.NDArray[np.int32] | None]:
        """Answer texts and, by row of the `rows` there are, the place of its text, negative for none."""
        places = np.full(rows, -1, np.int32)
        places[self.rows] = np.arange(len(self.rows), dtype=np.int32)
        return self.values, places


@dataclass(frozen=True, slots=True)
class ColumnAddition:
    """A column of n rows to add as an attribute: a string array or `INTERNED`, null for the rows that do not get it."""

    key: str
    column: Any

    def texts(self, rows: int) -> tuple[Any, npt.NDArray[np.int32] | None]:  # noqa: ARG002 - the interface's
        """Answer texts and, by row, the place of its text, negative for none; no places where each row has its own."""
        if not pa.types.is_dictionary(self.column.type):
            return self.column, None
        return self.column.dictionary, arrays.codes_or_less(self.column.indices)


@dataclass(frozen=True, slots=True)
class CodedAddition:
    """Texts to add as an attribute: `codes` int32 of shape (n,) says which of `values` each row gets, -1 for none."""

    key: str
    codes: npt.NDArray[np.int32]
    values: Any

    def texts(self, rows: int) -> tuple[Any, npt.NDArray[np.int32] | None]:  # noqa: ARG002 - the interface's
        """Answer texts and, by row, the place of its text, negative for none."""
        return self.values, self.codes


_Additions = Sequence[Addition | CodedAddition | ColumnAddition]


def sorted_map(attributes: Attributes, additions: _Additions = ()) -> Any:
    """Attributes as a `MAP` column: keys ascending in each row, and of equal keys the first one sent.

    ClickHouse keeps duplicate keys and answers the first; sorted keys compress better. An addition comes before what
    was sent, so that a client cannot speak in the gateway's name.
    """
    return taken_map(attributes, None, additions)


def taken_map(attributes: Attributes, rows: npt.ArrayLike | None, additions: _Additions = ()) -> Any:
    """Do the same, and answer the maps at `rows`, in any order and as often as named; None stands for all as they are.

    Keys that no row has are not in the column.
    """
    offsets, codes, values, keys = _sorted(attributes, additions)
    if rows is not None:
        offsets, entries = arrays.take_lists(offsets, rows)
        codes, values = codes.take(entries), arrays.gather(values, entries)
    return pa.MapArray.from_arrays(pa.array(offsets), _dictionary(codes, keys), values)


def repeated_map(attributes: Attributes, times: int) -> Any:
    """Answer the map of the one owner that there is, `times` times."""
    _, codes, values, keys = _sorted(attributes, ())
    texts = arrays.repeat(values, times)
    offsets = np.arange(times + 1, dtype=np.int32) * np.int32(len(codes))
    codes, used = arrays.renumber(codes, len(keys))
    entries = interned(np.tile(codes, times), keys if used is None else arrays.gather(keys, used))
    return pa.MapArray.from_arrays(pa.array(offsets), entries, texts)


def _sorted(attributes: Attributes, additions: _Additions) -> tuple[Any, Any, Any, Any]:
    """Answer offsets, codes and values in the order of the keys, and these."""
    added = [one for one in additions if not (isinstance(one, Addition) and not len(one.rows))]
    keys, added_codes = _with_keys(attributes, tuple(one.key for one in added))
    offsets, codes, values = arrays.sorted_entries(
        attributes.offsets,
        attributes.codes,
        attributes.values,
        arrays.ranks(keys),
        [(code, *one.texts(len(attributes))) for code, one in zip(added_codes, added, strict=True)],
    )
    return offsets, codes, values, keys


def compact(column: Any) -> Any:
    """Answer an `INTERNED` column without the dictionary's unused values, nulls as empty text.

    A dictionary outlives the rows that were dropped: what they said must not reach the disk with it.
    """
    if column.null_count:
        return column.cast(pa.string()).fill_null("").dictionary_encode()
    return _dictionary(codes_of(column), column.dictionary)


def codes_of(column: Any) -> npt.NDArray[np.int32]:
    """Answer the codes of an `INTERNED` column without nulls."""
    codes: npt.NDArray[np.int32] = column.indices.to_numpy()
    return codes


def interned(codes: npt.NDArray[np.int32], values: Any) -> Any:
    """Answer the `INTERNED` column of these codes, each of which must be a place in `values`."""
    # to look at each code again for its bounds costs as much as all else here
    return pa.DictionaryArray.from_arrays(pa.array(codes), values, safe=False)


def lists(parents: npt.NDArray[np.int32], rows: int, child: Any) -> Any:
    """Child rows, ascending by parent, as one list a parent row."""
    offsets = np.zeros(rows + 1, np.int32)
    np.cumsum(np.bincount(parents, minlength=rows), out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), child)


def childless(kinds: Mapping[str, Any]) -> dict[str, Any]:
    """Answer columns of empty lists of these types, long enough for most batches: slices of them serve each."""
    nothing = np.zeros(0, np.int32)
    return {name: lists(nothing, _KEPT_ROWS, pa.array([], kind)) for name, kind in kinds.items()}


def no_children(rows: int, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the columns of children for `rows` parents that have none, from those of `childless`."""
    if rows > _KEPT_ROWS:
        return {name: lists(np.zeros(0, np.int32), rows, column.values) for name, column in columns.items()}
    return {name: column.slice(0, rows) for name, column in columns.items()}


def timestamps(nanoseconds: npt.NDArray[np.uint64]) -> Any:
    """Unix nanoseconds as `timestamp('ns')`, which ClickHouse reads as DateTime64(9) without saturating."""
    return pa.Array.from_buffers(_TIMESTAMP, len(nanoseconds), [None, pa.py_buffer(np.ascontiguousarray(nanoseconds))])


def _dictionary(codes: npt.NDArray[np.int32], values: Any) -> Any:
    codes, used = arrays.renumber(codes, len(values))
    return interned(codes, values if used is None else arrays.gather(values, used))


def _with_keys(attributes: Attributes, names: tuple[str, ...]) -> tuple[Any, list[int]]:
    """Answer the attributes' keys with `names` among them, and the code of each of these."""
    if not names:
        return attributes.keys, []
    codes: list[int] = attributes.codes_of(names).tolist()
    new: dict[str, int] = {}
    for name, code in zip(names, codes, strict=True):
        if code < 0:
            new.setdefault(name, len(attributes.keys) + len(new))
    keys = pa.concat_arrays([attributes.keys, _texts(tuple(new))]) if new else attributes.keys
    return keys, [new.get(name, code) for name, code in zip(names, codes, strict=True)]


@lru_cache(1024)
def _texts(texts: tuple[str, ...]) -> Any:
    # the gateway adds the same few attributes to every batch
    return pa.array(texts, pa.string())
