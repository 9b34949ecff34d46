"""Every place of a batch where a client's text stands, found from the schemas, so that a new field is covered too."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift import arrays
from otel_lift.batch import SCHEMAS, Attributes, Batch, Level, Signal, ValueType
from otel_lift_redaction.nested import NESTED

__all__ = ["GATEWAY_COLUMNS", "Position", "positions"]

GATEWAY_COLUMNS = frozenset(
    {
        "lift.subject",
        "lift.person",
        "lift.consent",
        "lift.template",
        "lift.fingerprint",
        "lift.redaction.rules",
    }
)
"""Text that the gateway itself wrote: pseudonyms, decisions and hashes, and nothing of a client's."""

_Rows = npt.NDArray[np.int64]
_NO_ROWS: _Rows = np.zeros(0, np.int64)
_IS_NESTED = np.isin(np.arange(256), NESTED)


@dataclass(frozen=True, slots=True)
class Position:
    """One place: its level and column, its texts and their types, and how they are put back.

    `texts` is a string array; `types` (uint8 of the same length) says how they are typed, None where all are strings.
    `spared`, bool of the same length or None, are texts that no detector may touch.
    """

    level: Level
    column: str
    texts: Any
    types: npt.NDArray[np.uint8] | None
    spared: npt.NDArray[np.bool_] | None
    _source: Any
    _place: int = 0

    @property
    def nested(self) -> _Rows:
        """Which texts must be read first, as indices."""
        if self.types is None or self.types.max(initial=0) < min(NESTED):
            return _NO_ROWS
        wanted = _IS_NESTED[self.types]
        return np.flatnonzero(wanted if self.spared is None else wanted & ~self.spared)

    def owners(self, rows: _Rows) -> tuple[_Rows, _Rows]:
        """Answer which rows of the level's table hold the texts at `rows`, and of each which of `rows` it holds."""
        match self._source:
            case Attributes() as attributes if self.types is not None:
                owners = np.searchsorted(attributes.offsets, rows, side="right") - 1
                return owners, np.arange(len(rows))
            case Attributes() as attributes:
                entries, which = _users(attributes.codes, rows, len(self.texts))
                return attributes.owners[entries].astype(np.int64), which
            case column if pa.types.is_dictionary(column.type):
                return _users(column.indices.fill_null(len(self.texts)).to_numpy(), rows, len(self.texts) + 1)
            case column if pa.types.is_string(column.type):
                return rows, np.arange(len(rows))
            case column:
                return _leaves(column)[self._place][1][rows], np.arange(len(rows))

    def put(self, batch: Batch, rows: _Rows, texts: Any) -> Batch:
        """Answer the batch with `texts` at `rows` of this position; what is not text any more becomes STRING."""
        column: Any
        match self._source:
            case Attributes() if self.types is not None:
                attributes = batch.attributes(self.level)
                types = _as_strings(self.types, rows)
                column = attributes.with_values(arrays.put(attributes.values, rows, texts), types)
            case Attributes():
                attributes = batch.attributes(self.level)
                column = attributes.with_keys(arrays.put(attributes.keys, rows, texts))
            case source if pa.types.is_dictionary(source.type):
                column = _reencode(source.indices, arrays.put(source.dictionary, rows, texts))
            case source if pa.types.is_string(source.type):
                column = arrays.put(source, rows, texts)
                if self.types is not None:
                    name = f"{self.column}_type"
                    missing = batch.column(self.level, name).is_null().to_numpy(zero_copy_only=False)
                    kinds = pa.array(_as_strings(self.types, rows), mask=missing)
                    return batch.with_columns(self.level, {self.column: column, name: kinds})
            case _:
                # another leaf of the column may have been changed before this one
                current = batch.column(self.level, self.column)
                leaves = [leaf for leaf, _ in _leaves(current)]
                leaves[self._place] = arrays.put(leaves[self._place], rows, texts)
                column = _rebuild(current, iter(leaves))
        return batch.with_columns(self.level, {self.column: column})


def positions(batch: Batch, spared: dict[Level, npt.NDArray[np.bool_]]) -> list[Position]:
    """Answer the positions of a batch that hold a text; `spared` are attribute values, by level, to leave alone."""
    found: list[Position] = []
    for level in batch.levels:
        if batch.rows(level):
            for field in _text_fields(batch.signal, level):
                found += _of_field(batch, level, field, spared)
    return found


@dataclass(frozen=True, slots=True)
class _TextField:
    """A column that holds a client's text, and the name of its types' column."""

    name: str
    types: str | None
    is_dictionary: bool
    is_string: bool


def _of_field(
    batch: Batch, level: Level, field: _TextField, spared: dict[Level, npt.NDArray[np.bool_]]
) -> Iterator[Position]:
    if field.name == "attributes":
        attributes = batch.attributes(level)
        if len(attributes.codes):
            yield Position(level, field.name, attributes.values, attributes.types, spared.get(level), attributes)
        if len(attributes.keys):
            yield Position(level, field.name, attributes.keys, None, None, attributes)
        return
    column = batch.column(level, field.name)
    if column.null_count == len(column):
        return
    if field.is_dictionary:
        yield Position(level, field.name, column.dictionary, None, None, column)
    elif field.is_string:
        texts = column.buffers()[2]
        if texts is not None and texts.size:
            types = None if field.types is None else batch.column(level, field.types).fill_null(0).to_numpy()
            yield Position(level, field.name, column, types, None, column)
    elif not pa.types.is_list(column.type) or len(column.flatten()):
        for place, (leaf, _) in enumerate(_leaves(column)):
            if len(leaf):
                yield Position(level, field.name, leaf, None, None, column, place)


@cache
def _text_fields(signal: Signal, level: Level) -> tuple[_TextField, ...]:
    schema = SCHEMAS[signal][level]
    return tuple(
        _TextField(
            field.name,
            types if (types := f"{field.name}_type") in schema.names else None,
            pa.types.is_dictionary(field.type),
            pa.types.is_string(field.type),
        )
        for field in schema
        if field.name not in GATEWAY_COLUMNS and _holds_text(field.type)
    )


def _holds_text(data_type: Any) -> bool:
    if pa.types.is_dictionary(data_type):
        return bool(pa.types.is_string(data_type.value_type))
    if pa.types.is_nested(data_type):
        return any(_holds_text(data_type.field(place).type) for place in range(data_type.num_fields))
    return bool(pa.types.is_string(data_type))


def _as_strings(types: npt.NDArray[np.uint8], rows: _Rows) -> npt.NDArray[np.uint8]:
    changed = types.copy()
    changed[rows[~_IS_NESTED[types[rows]]]] = ValueType.STRING
    return changed


def _users(codes: npt.NDArray[Any], rows: _Rows, size: int) -> tuple[_Rows, _Rows]:
    """Answer where `codes` holds one of `rows`, and which."""
    place = np.full(size, -1, np.int64)
    place[rows] = np.arange(len(rows))
    which = place[codes]
    users = np.flatnonzero(which >= 0)
    return users, which[users]


def _reencode(indices: Any, dictionary: Any) -> Any:
    distinct = dictionary.dictionary_encode()
    return pa.DictionaryArray.from_arrays(distinct.indices.take(indices), distinct.dictionary)


def _leaves(array: Any, rows: _Rows | None = None) -> list[tuple[Any, _Rows]]:
    """Answer the string arrays inside a nested one, and of each text the row of the outermost array."""
    rows = np.arange(len(array)) if rows is None else rows
    if pa.types.is_list(array.type):
        return _leaves(array.flatten(), np.repeat(rows, _list_lengths(array)))
    if pa.types.is_struct(array.type):
        return [leaf for child in array.flatten() for leaf in _leaves(child, rows)]
    return [(array, rows)] if pa.types.is_string(array.type) else []


def _rebuild(array: Any, leaves: Iterator[Any]) -> Any:
    """Answer the nested array with other leaves, in the order of `_leaves`."""
    if pa.types.is_list(array.type):
        child = _rebuild(array.flatten(), leaves)
        offsets = np.concatenate(([0], np.cumsum(_list_lengths(array))))
        missing = np.append(array.is_null().to_numpy(zero_copy_only=False), False)
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32(), mask=missing), child, type=array.type)
    if pa.types.is_struct(array.type):
        children = [_rebuild(child, leaves) for child in array.flatten()]
        return pa.StructArray.from_arrays(children, fields=list(array.type), mask=array.is_null())
    return next(leaves) if pa.types.is_string(array.type) else array


def _list_lengths(array: Any) -> npt.NDArray[np.int64]:
    lengths: npt.NDArray[np.int64] = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return lengths
