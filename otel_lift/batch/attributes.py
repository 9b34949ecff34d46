"""`Attributes`: the attributes column of a level's table, as columns to compute on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift import arrays
from otel_lift.batch.schema import ATTRIBUTES, ValueType

__all__ = ["Attributes", "intern"]

_ENTRY_FIELDS = list(ATTRIBUTES.value_type)

_FIELDS = ("offsets", "keys", "codes", "types", "values")

# What is worked out once, and from which arrays: it holds for a copy that has the same ones.
_WORKED_OUT = {"owners": "offsets", "_places": "keys"}


def intern(values: Any) -> Any:
    """Dictionary-encode a string array (nulls stay nulls) as `INTERNED`."""
    if pa.types.is_dictionary(values.type):
        return values
    return values.dictionary_encode()


@dataclass(frozen=True)
class Attributes:
    """All attributes of one level: `n` owners (rows of the level's table) and `m` entries.

    `offsets` is int32 of shape (n + 1,): owner i has entries `offsets[i]` to `offsets[i + 1]`. `codes` int32,
    `types` uint8 (a `ValueType`) and `values` (an Arrow string array) have shape (m,). `keys` are the distinct keys
    that `codes` refers to; it may hold keys that no entry uses. Instances are immutable: each change answers a new one.
    """

    offsets: npt.NDArray[np.int32]
    keys: Any  # pa.StringArray of distinct keys
    codes: npt.NDArray[np.int32]
    types: npt.NDArray[np.uint8]
    values: Any  # pa.StringArray

    @classmethod
    def of(cls, column: Any) -> Self:
        """View a column of type `ATTRIBUTES` (sliced or not) without copying its values."""
        raw = column.offsets.to_numpy(zero_copy_only=True)
        entries = column.values
        first, end = (int(raw[0]), int(raw[-1])) if len(raw) else (0, 0)
        # a list that is null may have entries, which `flatten` alone leaves out
        if column.null_count:
            entries = column.flatten()
        elif first or end < len(entries):
            entries = entries.slice(first, end - first)
        key = entries.field(0)
        return cls(
            offsets=raw - raw[0] if first else raw,
            keys=key.dictionary,
            codes=key.indices.to_numpy(zero_copy_only=True),
            types=entries.field(1).to_numpy(zero_copy_only=True),
            values=entries.field(2),
        )

    @classmethod
    def empty(cls, owners: int) -> Self:
        """Attributes of `owners` messages that have none."""
        return cls(
            offsets=np.zeros(owners + 1, np.int32),
            keys=pa.array([], pa.string()),
            codes=np.zeros(0, np.int32),
            types=np.zeros(0, np.uint8),
            values=pa.array([], pa.string()),
        )

    def to_arrow(self) -> Any:
        """Build the column of type `ATTRIBUTES` again; values are not copied."""
        entries = pa.StructArray.from_arrays(
            [
                # the codes are ours: to look at each again for its bounds costs as much as all else here
                pa.DictionaryArray.from_arrays(pa.array(self.codes), self.keys, safe=False),
                pa.array(self.types),
                self.values,
            ],
            fields=_ENTRY_FIELDS,
        )
        return pa.ListArray.from_arrays(pa.array(self.offsets), entries, type=ATTRIBUTES)

    def __len__(self) -> int:
        """Count the owners."""
        return len(self.offsets) - 1

    @property
    def counts(self) -> npt.NDArray[np.int32]:
        """Entries by owner, int32 of shape (n,)."""
        return np.diff(self.offsets)

    @cached_property
    def owners(self) -> npt.NDArray[np.int32]:
        """The owner's row of each entry, int32 of shape (m,)."""
        return np.repeat(np.arange(len(self), dtype=np.int32), self.counts)

    @cached_property
    def _places(self) -> arrays.Places:
        places = arrays.Places()
        places.add(self.keys)
        return places

    def codes_of(self, keys: Sequence[str]) -> npt.NDArray[np.int64]:
        """Answer the code of each of `keys`, -1 where it is no key here, at a cost that does not grow with the keys."""
        if not len(self.keys):
            return np.full(len(keys), -1, np.int64)
        return self._places.find(_texts(tuple(keys)))

    def has(self, keys: Sequence[str]) -> bool:
        """Say whether one of `keys` is a key here."""
        return bool(len(self.keys)) and bool((self.codes_of(keys) >= 0).any())

    def by_key(self, keys: Sequence[str], marks: npt.NDArray[Any], other: int = 0) -> npt.NDArray[Any] | None:
        """Answer marks by code: of each of `keys` its own, of all others `other`.

        None where none of them is here, or no entry. `marks` are int32 or uint8; of a key that is named twice the first
        mark counts.
        """
        if not len(self.codes):
            return None
        return self._places.marks(_texts(tuple(keys)), marks, other)

    def with_key(self, keys: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Mask, shape (m,), of the entries whose key is one of `keys`."""
        table = self.by_key(keys, np.ones(len(keys), np.uint8))
        return np.zeros(len(self.codes), np.bool_) if table is None else table.take(self.codes).view(np.bool_)

    def first(self, keys: Sequence[str]) -> npt.NDArray[np.int64]:
        """Position of each owner's entry for the first of `keys` that it has (its first such entry), else -1; (n,)."""
        ranks = self.by_key(keys, _numbers(len(keys)), -1)
        return np.full(len(self), -1, np.int64) if ranks is None else arrays.first(self.offsets, self.codes, ranks)

    def get(self, keys: Sequence[str]) -> Any:
        """Values by owner of the first of `keys` that it has: an Arrow string array of n, null where none."""
        ranks = self.by_key(keys, _numbers(len(keys)), -1)
        if ranks is None:
            return pa.nulls(len(self), pa.string())
        return arrays.gather(self.values, arrays.first(self.offsets, self.codes, ranks))

    def filter(self, mask: npt.NDArray[np.bool_]) -> Self:
        """Keep the entries where `mask`, shape (m,), is true; owners stay."""
        if mask.all():
            return self
        offsets, codes, types, values = arrays.filter_entries(
            self.offsets, self.codes, self.types, self.values, mask.view(np.uint8)
        )
        return self._changed(offsets=offsets, codes=codes, types=types, values=values)

    def strip(self, owners: npt.NDArray[np.bool_], kept: npt.NDArray[np.bool_]) -> Self:
        """Drop the entries of the marked `owners`, shape (n,), but for the `kept` keys, a mask by code."""
        mask = arrays.outside(self.offsets, self.codes, kept.view(np.uint8), owners.view(np.uint8))
        return self.filter(mask.view(np.bool_))

    def with_values(self, values: Any, types: npt.NDArray[np.uint8] | None = None) -> Self:
        """Replace all values, and the types too where given; both of shape (m,)."""
        return self._changed(values=values, types=self.types if types is None else types)

    def with_keys(self, keys: Any) -> Self:
        """Replace the distinct keys one for one; keys that became equal are made one again."""
        distinct = keys.unique()
        if len(distinct) == len(keys):
            return self._changed(keys=keys)
        remap = pc.index_in(keys, distinct).to_numpy(zero_copy_only=False).astype(np.int32)
        return self._changed(keys=distinct, codes=remap[self.codes])

    def append(self, key: str, rows: npt.NDArray[Any], value_type: ValueType, values: Any) -> Self:
        """Add one entry `key` at the end of each owner in `rows` (ascending, distinct), valued in the same order."""
        if not len(rows):
            return self
        code = int(self.codes_of([key])[0])
        keys = self.keys if code >= 0 else pa.concat_arrays([self.keys, pa.array([key], pa.string())])
        code = len(self.keys) if code < 0 else code
        at = self.offsets[1:][rows]
        added = np.zeros(len(self) + 1, np.int32)
        added[1:][rows] = 1
        # order: old entries shifted by the insertions before them; position in the concatenation old + new
        order = np.insert(
            np.arange(len(self.codes), dtype=np.int64),
            at,
            np.arange(len(rows), dtype=np.int64) + len(self.codes),
        )
        return self._changed(
            offsets=(self.offsets + np.cumsum(added)).astype(np.int32),
            keys=keys,
            codes=np.insert(self.codes, at, np.int32(code)),
            types=np.insert(self.types, at, np.uint8(value_type)),
            values=pa.concat_arrays([self.values, values]).take(pa.array(order)),
        )

    def take(self, rows: npt.ArrayLike) -> Self:
        """Owners by row index, repeated or reordered; one entry list each."""
        offsets, entries = arrays.take_lists(self.offsets, rows)
        return self._changed(
            offsets=offsets,
            codes=self.codes.take(entries),
            types=self.types.take(entries),
            values=arrays.gather(self.values, entries),
        )

    def _changed(self, **columns: Any) -> Self:
        fields = {name: columns.get(name, getattr(self, name)) for name in _FIELDS}
        changed = type(self)(**fields)
        for name, source in _WORKED_OUT.items():
            if source not in columns and name in vars(self):
                vars(changed)[name] = vars(self)[name]
        return changed


@lru_cache(64)
def _numbers(count: int) -> npt.NDArray[np.int32]:
    return np.arange(count, dtype=np.int32)


@lru_cache(1024)
def _texts(keys: tuple[str, ...]) -> Any:
    return pa.array(keys, pa.string())
