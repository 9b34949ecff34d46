"""How many values each attribute had, and how many of them a detector changed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift import arrays
from otel_lift.batch import SCHEMAS, Signal

__all__ = ["FIELD", "KINDS", "LONGEST", "SCHEMA", "Counts", "Seen"]

FIELD = "field"
"""The level of what is no attribute but a text of a record, as its body: its key is the column's name."""

KINDS = tuple((signal.value, level) for signal in Signal for level in (*(one.value for one in SCHEMAS[signal]), FIELD))
"""What an attribute belongs to: signal and level."""

LONGEST = 256
"""Bytes of the longest key and service that are followed."""

SCHEMA = pa.schema(
    [
        ("signal", pa.string()),
        ("level", pa.string()),
        ("key", pa.string()),
        ("service", pa.string()),
        ("values", pa.int64()),
        ("dirty", pa.int64()),
        ("first", pa.float64()),  # Unix seconds, as the next
        ("last", pa.float64()),
    ]
)
"""Counts as a table, one row an attribute."""

_ROW = np.dtype(
    [
        ("id", np.int64),
        ("values", np.int64),
        ("dirty", np.int64),
        ("new_values", np.int64),
        ("new_dirty", np.int64),
        ("first", np.float64),
        ("last", np.float64),
    ]
)
_SERVICES = 2**31
_MOST_BYTES = 16 << 20
_KIND_NAMES = pa.array([f"{signal} {level}" for signal, level in KINDS], pa.string())

_Ints = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Seen:
    """What n attributes had before values were added: arrays of shape (n,). `rows` are where they stand now."""

    rows: _Ints
    values: _Ints
    dirty: _Ints
    age: _Floats  # seconds


class Counts:
    """Values and findings by attribute: a kind (a place in `KINDS`), a key and a service.

    Adding is commutative, so the counts of several processes give the same in any order. What it costs grows with the
    attributes that are added to, and not with those that are there, unless one is new.
    """

    def __init__(self, most: int) -> None:
        """Start with nothing; of more than `most` attributes `forget` lets go those that were seen longest ago."""
        self._most = most
        self._keys, self._services = _Names(), _Names()
        self._rows = np.zeros(0, _ROW)

    def __len__(self) -> int:
        """Count the attributes."""
        return len(self._rows)

    def key_places(self, keys: Any, kinds: npt.NDArray[np.uint8]) -> _Ints:
        """Answer a number for each key of its kind; -1 for one that is not followed."""
        return self._keys.places(keys, kinds)

    def service_places(self, services: Any) -> _Ints:
        """Answer a number for each service; -1 for one that is not followed."""
        return self._services.places(services, np.zeros(len(services), np.uint8))

    def add(
        self, keys: _Ints, services: _Ints, values: _Ints, dirty: _Ints, first: npt.ArrayLike, last: npt.ArrayLike
    ) -> Seen:
        """Add values and findings of n attributes, all different, by the numbers of their keys and services.

        `first` and `last`, Unix seconds, are when these values came. Answers what the attributes had before.
        """
        at = self._find(keys * _SERVICES + services)
        rows = self._rows
        began, values_before, dirty_before = rows["first"][at], rows["values"][at], rows["dirty"][at]
        before = Seen(at, values_before, dirty_before, np.maximum(np.asarray(last) - began, 0.0))
        rows["values"][at] = values_before + values
        rows["new_values"][at] += values
        if dirty.any():
            rows["dirty"][at] = dirty_before + dirty
            rows["new_dirty"][at] += dirty
        rows["first"][at] = np.minimum(began, first)
        rows["last"][at] = np.maximum(rows["last"][at], last)
        return before

    def add_table(self, table: Any, *, told: bool = False) -> None:
        """Add a table of `SCHEMA` in which each attribute stands once; where `told`, `take_changes` leaves it out."""
        names = pc.binary_join_element_wise(table["signal"], table["level"], " ")
        kinds = pc.index_in(names, _KIND_NAMES).fill_null(len(KINDS)).to_numpy().astype(np.uint8)
        keys = self.key_places(table["key"].combine_chunks(), kinds)
        services = self.service_places(table["service"].combine_chunks())
        good = np.flatnonzero((keys >= 0) & (services >= 0) & (kinds < len(KINDS)))
        values, dirty, first, last = (table[name].to_numpy()[good] for name in SCHEMA.names[4:])
        seen = self.add(keys[good], services[good], values, dirty, first, last)
        if told:
            self._rows["new_values"][seen.rows] -= values
            self._rows["new_dirty"][seen.rows] -= dirty

    def table(self) -> Any:
        """Answer all counts."""
        return self._table(self._rows, self._rows["values"], self._rows["dirty"])

    def take_changes(self) -> Any:
        """Answer what was added since the last call, as a table."""
        changed = self._rows[self._rows["new_values"] != 0]
        changes = self._table(changed, changed["new_values"], changed["new_dirty"])
        self._rows["new_values"] = self._rows["new_dirty"] = 0
        return changes

    def forget(self, slack: float = 0.0) -> int:
        """Let go what is beyond the limit, once it is by more than `slack` (a share of it); answer how many went."""
        most = self._most if self._size <= _MOST_BYTES else self._most // 2
        if len(self) <= self._most * (1 + slack) and self._size <= _MOST_BYTES:
            return 0
        rows = self._rows[np.argsort(self._rows["last"], kind="stable")[max(len(self) - most, 0) :]]
        gone = len(self) - len(rows)
        told = self._table(rows, rows["values"] - rows["new_values"], rows["dirty"] - rows["new_dirty"])
        changes = self._table(rows, rows["new_values"], rows["new_dirty"])
        self._keys, self._services, self._rows = _Names(), _Names(), np.zeros(0, _ROW)
        self.add_table(told, told=True)
        self.add_table(changes)
        return gone

    def name(self, row: int) -> tuple[str, str, str, str]:
        """Answer the signal, level, key and service of an attribute by its row."""
        found = self._table(self._rows[row : row + 1], self._rows["values"][:1], self._rows["dirty"][:1]).to_pylist()[0]
        return found["signal"], found["level"], found["key"], found["service"]

    @property
    def _size(self) -> int:
        return self._keys.size + self._services.size

    def _find(self, ids: _Ints) -> _Ints:
        """Answer the rows of attributes, made where there is none."""
        known = self._rows["id"]
        at = np.searchsorted(known, ids)
        missing = np.ones(len(ids), np.bool_)
        inside = np.flatnonzero(at < len(known))
        missing[inside] = known[at[inside]] != ids[inside]
        if not missing.any():
            return at
        new = np.zeros(int(missing.sum()), _ROW)
        new["id"] = np.sort(ids[missing])
        new["first"] = np.inf
        self._rows = np.insert(self._rows, np.searchsorted(known, new["id"]), new)
        return np.searchsorted(self._rows["id"], ids)

    def _table(self, rows: npt.NDArray[Any], values: _Ints, dirty: _Ints) -> Any:
        keys, services = np.divmod(rows["id"], _SERVICES)
        kinds = [KINDS[self._keys.kinds[key]] for key in keys.tolist()]
        columns = [
            [signal for signal, _ in kinds],
            [level for _, level in kinds],
            [self._keys.texts[key] for key in keys.tolist()],
            [self._services.texts[service] for service in services.tolist()],
            *(np.ascontiguousarray(column) for column in (values, dirty, rows["first"], rows["last"])),
        ]
        return pa.table(columns, schema=SCHEMA)


class _Names:
    """Texts of a kind, each with a number, and back."""

    def __init__(self) -> None:
        self._places = arrays.Places()
        self.texts: list[str] = []
        self.kinds: list[int] = []

    @property
    def size(self) -> int:
        return self._places.size

    def places(self, texts: Any, kinds: npt.NDArray[np.uint8]) -> _Ints:
        """Answer the number of each text; -1 for one that is too long, or null."""
        found = self._places.find(texts, None, kinds)
        if (found >= 0).all():
            return found
        lengths = pc.binary_length(texts).fill_null(LONGEST + 1).to_numpy(zero_copy_only=False)
        new = np.flatnonzero((found < 0) & (lengths <= LONGEST))
        places = self._places.add(texts, new, kinds[new])
        first = np.unique(places, return_index=True)[1]
        order = new[first[places[first] >= len(self.texts)]]
        self.texts += texts.take(pa.array(order)).to_pylist()
        self.kinds += kinds[order].tolist()
        found[new] = places
        return found
