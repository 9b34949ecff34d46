"""The `validation` processor: what is wrong with each Lift event, said without its values."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.arrays import Places, take_lists
from otel_lift.batch import Attributes, Batch, Level, Signal, ValueType
from otel_lift.pipeline import Services
from otel_lift_validation.config import ValidationConfig
from otel_lift_validation.rules import KINDS, Rules

__all__ = ["ValidationProcessor"]

_UNKNOWN, _MISSING, _TYPE, _VALUE, _CLOCK = range(len(KINDS))
_NANOSECONDS = 1_000_000_000
_LAST = 2**64 - 1

Integers = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class _Found:
    """Problems: the row and the code in `Rules.problems` of each, arrays of equal length."""

    rows: Integers
    codes: Integers


class ValidationProcessor:
    """Fills `lift.validation` of records and span events that are Lift events.

    A mark joins with ``;`` what was found: ``unknown_event``, ``missing:<attribute>``, ``type:<attribute>``,
    ``value:<attribute>`` (not in a closed set) and ``clock_skew``. It is null where nothing is wrong, and never holds
    a value. An attribute without a value counts as not sent; attributes that the event does not have are passed over.
    """

    def __init__(self, config: ValidationConfig, services: Services) -> None:
        """Make the tables of rules."""
        self._ahead = config.max_ahead_seconds * _NANOSECONDS
        self._age = config.max_age_seconds * _NANOSECONDS
        self._meter = services.meter
        self._rules = Rules.of()
        self._attributes = tuple(self._rules.attributes.to_pylist())
        self._event_places, self._value_places = Places(), Places()
        self._event_places.add(self._rules.events)
        self._value_places.add(self._rules.values)

    def start(self) -> None:
        """Take nothing."""

    def stop(self) -> None:
        """Hold nothing."""

    def process(self, batch: Batch) -> Batch:
        """Answer the batch with its Lift events marked."""
        for level in (Level.RECORD, Level.EVENT):
            if level not in batch.tables:
                continue
            names = batch.column(level, "lift.event")
            if names.null_count < len(names):
                marks = self._marks(batch, level, names)
                if marks is not None:
                    batch = batch.with_columns(level, {"lift.validation": marks})
        return batch

    def _marks(self, batch: Batch, level: Level, names: Any) -> Any | None:
        """Answer the column of marks, None where nothing is wrong with any row."""
        events = self._events(names)
        rows = np.flatnonzero(events >= 0)
        unknown = rows[events[rows] == len(self._rules.events)]
        found = [
            _Found(unknown, np.full(len(unknown), self._rules.starts[_UNKNOWN])),
            *self._wrong(events, batch.attributes(level)),
            self._skewed(rows, _times(batch, level), batch.received),
        ]
        count = len(self._rules.problems)
        packed = np.unique(np.concatenate([part.rows.astype(np.int64) * count + part.codes for part in found]))
        if not len(packed):
            return None
        problems = _Found(packed // count, packed % count)
        self._count(events, problems)
        return self._joined(problems, len(events))

    def _events(self, names: Any) -> Integers:
        """Answer the position in the rules of each row's event: -1 where it is none, one past the last if unknown."""
        by_code = np.append(self._event_places.find(names.dictionary), -1)
        by_code[:-1][by_code[:-1] < 0] = len(self._rules.events)
        events: Integers = by_code[(names.indices.fill_null(-1) if names.null_count else names.indices).to_numpy()]
        return events

    def _wrong(self, events: Integers, attributes: Attributes) -> list[_Found]:
        """Find what is missing, of a wrong type, or not in its closed set."""
        rules = self._rules
        known = np.flatnonzero((events >= 0) & (events < len(rules.events)))
        if not len(known):
            return []
        by_code = attributes.by_key(self._attributes, np.arange(len(self._attributes), dtype=np.int32), -1)
        offsets, entries = take_lists(attributes.offsets, known)
        number = np.repeat(np.arange(len(known)), np.diff(offsets))
        attribute = np.full(len(entries), -1) if by_code is None else by_code[attributes.codes[entries]]
        types = attributes.types[entries]
        here = np.flatnonzero((attribute >= 0) & (types != ValueType.EMPTY))
        number, entries, attribute, types = number[here], entries[here], attribute[here], types[here]
        rows = known[number]
        event = events[rows]
        accepted = rules.accepted[event, attribute]
        mistyped = (accepted > 0) & ((accepted >> types) & 1 == 0)
        checked = np.flatnonzero((rules.sets[event, attribute] >= 0) & ~mistyped)
        value = self._value_places.find(attributes.values, entries[checked])
        foreign = checked[~rules.members[rules.sets[event[checked], attribute[checked]], value]]
        return [
            self._missing(events[known], known, number, rules.slots[event, attribute]),
            _Found(rows[mistyped], rules.starts[_TYPE] + attribute[mistyped]),
            _Found(rows[foreign], rules.starts[_VALUE] + attribute[foreign]),
        ]

    def _missing(self, events: Integers, rows: Integers, number: Integers, slots: npt.NDArray[np.int8]) -> _Found:
        """Find what the known events at `rows` need and have not; `slots` are of the entries of event `number`."""
        required = self._rules.required[events]
        needed = slots >= 0
        required[number[needed], slots[needed]] = -1
        at, slot = np.nonzero(required >= 0)
        return _Found(rows[at], self._rules.starts[_MISSING] + required[at, slot])

    def _skewed(self, rows: Integers, times: npt.NDArray[np.uint64], received: int) -> _Found:
        """Find the events whose time is out of the accepted window; one without a time is none of them."""
        time = times[rows]
        earliest, latest = np.uint64(max(received - self._age, 0)), np.uint64(min(received + self._ahead, _LAST))
        skewed = rows[(time != 0) & ((time < earliest) | (time > latest))]
        return _Found(skewed, np.full(len(skewed), self._rules.starts[_CLOCK]))

    def _joined(self, problems: _Found, rows: int) -> Any:
        """Make one text a row of its problems, which are in ascending order of rows; null where there is none."""
        marked, first = np.unique(problems.rows, return_index=True)
        offsets = np.append(first, len(problems.rows)).astype(np.int32)
        texts = pa.ListArray.from_arrays(pa.array(offsets), self._rules.problems.take(pa.array(problems.codes)))
        marks = pc.binary_join(texts, ";").dictionary_encode()
        codes, unmarked = np.zeros(rows, np.int32), np.ones(rows, np.bool_)
        codes[marked], unmarked[marked] = marks.indices.to_numpy(), False
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=unmarked), marks.dictionary)

    def _count(self, events: Integers, problems: _Found) -> None:
        kinds = np.searchsorted(self._rules.starts, problems.codes, side="right") - 1
        counted, amounts = np.unique(events[problems.rows] * len(KINDS) + kinds, return_counts=True)
        for number, amount in zip(counted.tolist(), amounts.tolist(), strict=True):
            event, kind = divmod(number, len(KINDS))
            name = self._rules.events[event].as_py() if event < len(self._rules.events) else "unknown"
            self._meter.count("validation_problems", amount, kind=KINDS[kind], event=name)


def _times(batch: Batch, level: Level) -> npt.NDArray[np.uint64]:
    """When each row happened, Unix nanoseconds; of a log record without a time, when it was observed; else 0."""
    if level is Level.RECORD and batch.signal is Signal.TRACES:
        return _numbers(batch.column(level, "start_time_unix_nano"))
    times = _numbers(batch.column(level, "time_unix_nano"))
    if level is Level.EVENT:
        return times
    return np.where(times == 0, _numbers(batch.column(level, "observed_time_unix_nano")), times)


def _numbers(column: Any) -> npt.NDArray[np.uint64]:
    numbers: npt.NDArray[np.uint64] = (column.fill_null(0) if column.null_count else column).to_numpy()
    return numbers
