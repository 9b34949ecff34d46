"""What the decisions need of the ledger, in memory: by person and category the latest times, in columns.

A person costs about 0.25 KB, at most 1 KB however often they change their mind: of each category the latest 16 entries
are remembered. What is older counts as withdrawn until the oldest of them, so that forgetting never grants.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift.arrays import Places
from otel_lift_consent.answers import CATEGORIES

__all__ = ["REMEMBERED", "Standing", "Standings"]

REMEMBERED = 16
"""How many entries of a person and category the decisions know."""

_WIDTH = len(CATEGORIES)

_Times = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger says of n messages, each of a person, a category and a time; arrays of shape (n,).

    `denied` and `granted` are never both true; `withdrawn` is the time of the last withdrawal (Unix nanoseconds), 0
    where there is none.
    """

    denied: _Mask
    granted: _Mask
    withdrawn: _Times


class Standings:
    """The entries by person and category, as times that are negative for withdrawals. Not safe for threads.

    Most people answer once: that time stands in a table. Of others all that is remembered is a row of a second one:
    the newest of what was forgotten as a withdrawal, or 0; then zeros; then the entries, oldest first.
    """

    def __init__(self) -> None:
        """Know nobody."""
        self._places = Places()
        self._last: _Times = np.zeros((0, _WIDTH), np.int64)  # by the person's place
        self._row: npt.NDArray[np.int32] = np.zeros((0, _WIDTH), np.int32)  # of the second table, -1 for none
        self._rows: _Times = np.zeros((0, 1 + REMEMBERED), np.int64)
        self._used = 0

    def __len__(self) -> int:
        """Count the persons."""
        return len(self._places)

    def add(self, persons: Sequence[str], codes: npt.ArrayLike, signed: npt.ArrayLike) -> None:
        """Take in entries: persons, category codes, and event times that are negative for withdrawals."""
        places = self._places.add(pa.array(persons, pa.string()))
        self._grow(len(self._places))
        slots = places * _WIDTH + np.asarray(codes, np.int64)
        touched = np.unique(slots)
        row = self._row.reshape(-1)[touched]
        deep = row >= 0
        # a row's first column is no entry; zeros are none either
        before = self._rows[row[deep]]
        forgotten = np.zeros(len(touched), np.int64)
        forgotten[deep] = -before[:, 0]
        slots = np.concatenate([slots, touched[~deep], np.repeat(touched[deep], REMEMBERED)])
        times = np.concatenate(
            [np.asarray(signed, np.int64), self._last.reshape(-1)[touched[~deep]], before[:, 1:].reshape(-1)]
        )
        slots, times = slots[times != 0], times[times != 0]
        # of equal times the withdrawal is the later one
        order = np.lexsort((times < 0, np.abs(times), slots))
        slots, times = slots[order], times[order]
        new = np.append(True, (slots[1:] != slots[:-1]) | (times[1:] != times[:-1]))
        slots, times = slots[new], times[new]
        self._put(touched, slots, times, forgotten)

    def of(self, persons: Any, category: npt.NDArray[np.int64], time: _Times) -> Standing:
        """Answer for messages: `persons` is an Arrow string array with nulls; `category` are codes."""
        count = len(persons)
        denied, granted = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
        withdrawn = np.zeros(count, np.int64)
        if not len(self._places) or persons.null_count == count:
            return Standing(denied, granted, withdrawn)
        places = self._places.find(persons)
        known = np.flatnonzero(places >= 0)
        slots, time = places[known] * _WIDTH + category[known], time[known]
        last = self._last.reshape(-1)[slots]
        state = np.where(np.abs(last) <= time, last, 0)
        since = np.maximum(-last, 0)
        row = self._row.reshape(-1)[slots]
        deep = np.flatnonzero(row >= 0)
        if len(deep):
            rows = self._rows[row[deep]]
            held = np.count_nonzero(np.abs(rows) <= time[deep, None], axis=1)
            state[deep] = rows[np.arange(len(deep)), np.maximum(held - 1, 0)]
            since[deep] = np.maximum(-rows.min(axis=1), 0)
        denied[known] = (last < 0) | (state < 0)
        granted[known] = (last > 0) & (state > 0)
        withdrawn[known] = since
        return Standing(denied, granted, withdrawn)

    def last(self, persons: Any) -> _Times:
        """Answer the last entries of persons that may be unknown, of shape (n, categories); 0 for none."""
        places = self._places.find(persons)
        found = np.zeros((len(places), _WIDTH), np.int64)
        found[places >= 0] = self._last[places[places >= 0]]
        return found

    def _put(self, touched: _Times, slots: _Times, times: _Times, forgotten: _Times) -> None:
        """Store what is left of all entries of the touched slots, which come sorted."""
        group = np.searchsorted(touched, slots)
        ends = np.searchsorted(slots, touched, side="right")
        age = ends[group] - 1 - np.arange(len(slots))  # 0 is the newest
        self._last.reshape(-1)[touched] = times[ends - 1]
        first_forgotten = age == REMEMBERED
        forgotten[group[first_forgotten]] = np.maximum(
            forgotten[group[first_forgotten]], np.abs(times[first_forgotten])
        )
        several = np.bincount(group, minlength=len(touched)) > 1
        rows = self._rows_for(touched[several])
        table = np.zeros((len(rows), 1 + REMEMBERED), np.int64)
        table[:, 0] = -forgotten[several]
        place = np.cumsum(several) - 1
        kept = several[group] & (age < REMEMBERED)
        table[place[group[kept]], REMEMBERED - age[kept]] = times[kept]
        self._rows[rows] = table

    def _rows_for(self, slots: _Times) -> npt.NDArray[np.int32]:
        """Answer the row of each slot, given now where it has none."""
        row = self._row.reshape(-1)
        without = slots[row[slots] < 0]
        needed = self._used + len(without)
        if needed > len(self._rows):
            self._rows = _grown(self._rows, needed, 0)
        row[without] = np.arange(self._used, needed, dtype=np.int32)
        self._used = needed
        return row[slots]

    def _grow(self, persons: int) -> None:
        if persons > len(self._last):
            self._last = _grown(self._last, persons, 0)
            self._row = _grown(self._row, persons, -1)


def _grown(table: Any, needed: int, empty: int) -> Any:
    """Answer a longer table; by a quarter more than needed, so that growing costs little and wastes little."""
    longer = np.full((needed + needed // 4, table.shape[1]), empty, table.dtype)
    longer[: len(table)] = table
    return longer
