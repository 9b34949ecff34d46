"""What a batch says about its messages, gathered into arrays for `decide`."""

import json
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.arrays import codes_or_less, marks_of, valid
from otel_lift.batch import Attributes, Batch, Level, Signal, ValueType
from otel_lift.semconv import Consent, consent_category
from otel_lift_consent.answers import ANYWHERE, CATEGORIES, OWN, AnswerReader, Bits
from otel_lift_consent.config import ConsentConfig
from otel_lift_consent.entries import Entry
from otel_lift_consent.updates import UpdateReader

__all__ = ["ESSENTIAL", "Gatherer", "Messages"]

ESSENTIAL = CATEGORIES.index(Consent.ESSENTIAL)

_CONSENT_UPDATE = "user_consent_update"
_PARENTS = (Level.METRIC, Level.SCOPE, Level.RESOURCE)
_CLIENT_SIDE = (3, 4)  # SpanKind CLIENT and PRODUCER: the other end is a server

_PERSONAL, _PEER = 1, 2

# read once, since to look a member of an enumeration up costs microseconds
_ARRAY, _KVLIST = int(ValueType.ARRAY), int(ValueType.KVLIST)

_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Messages:
    """The messages of one level: arrays of shape (n,), see `Known`; `is_event` says which are Lift events.

    `time` is when they happened, in Unix nanoseconds, never later than their arrival.
    `exempt` are the consent updates. `persons` is an Arrow string array, null where nobody is known.
    """

    category: npt.NDArray[np.int64]
    is_event: _Mask
    exempt: _Mask
    said: Bits
    own: npt.NDArray[np.int64]
    time: npt.NDArray[np.int64]
    personal: _Mask
    persons: Any


class Gatherer:
    """Reads batches as the configuration says."""

    def __init__(self, config: ConsentConfig) -> None:
        """Keep the configuration."""
        self._config = config
        self._answers = AnswerReader(config.baggage_prefixes)
        self._updates = UpdateReader(self._answers)
        personal = [prefix + key for prefix in ("", *config.baggage_prefixes) for key in config.personal]
        both = (*personal, *(key for key in config.peers if key not in personal))
        marks = [(key in personal) * _PERSONAL | (key in config.peers) * _PEER for key in both]
        self._marks = both, np.array(marks, np.uint8)
        keys = rf'"(?:{"|".join(map(_as_json, personal))})" ?'
        # a map that has a key twice is a list of pairs
        self._inside = rf"{keys}:|\[{keys}," if personal else None

    def messages(self, batch: Batch) -> dict[Level, Messages]:
        """Gather the records, exemplars and, if some are Lift events, span events."""
        records = self._records(batch)
        if batch.rows(Level.EXEMPLAR):
            return {Level.RECORD: records, Level.EXEMPLAR: self._children(batch, Level.EXEMPLAR, records)}
        if not batch.rows(Level.EVENT):
            return {Level.RECORD: records}
        names = batch.column(Level.EVENT, "lift.event")
        if names.null_count == len(names):
            return {Level.RECORD: records}
        return {Level.RECORD: records, Level.EVENT: self._children(batch, Level.EVENT, records)}

    def updates(self, batch: Batch, level: Level, messages: Messages) -> list[Entry]:
        """Answer the entries that the consent updates of a level make, each once."""
        rows = np.flatnonzero(messages.exempt & valid(messages.persons))
        if not len(rows):
            return []
        return self._updates.read(batch, level, rows, messages.persons, messages.time)

    def _records(self, batch: Batch) -> Messages:
        attributes = batch.attributes(Level.RECORD)
        category, is_event, exempt = self._categories(batch.column(Level.RECORD, "lift.event"))
        persons = batch.column(Level.RECORD, "lift.person")
        marks = self._marks_of(attributes)
        personal = (marks & _PERSONAL).view(np.bool_)
        personal |= _known(persons) | _known(batch.column(Level.RECORD, "lift.subject"))
        if batch.signal is Signal.LOGS:
            kinds = _numbers(batch.column(Level.RECORD, "body_type"))
            personal[self._personal_inside(batch.column(Level.RECORD, "body"), kinds)] = True
        peers = marks >= _PEER
        if batch.signal is Signal.TRACES and peers.any():
            peers &= ~np.isin(_numbers(batch.column(Level.RECORD, "kind")), _CLIENT_SIDE)
        personal |= peers
        said = self._answers.read(attributes)
        time = _record_times(batch)
        for level in _PARENTS:
            if level not in batch.tables:
                continue
            parents = batch.attributes(level)
            answers, about = self._answers.read(parents) & ANYWHERE, self._is_personal(parents)
            if answers.any() or about.any():
                rows = _numbers(batch.column(Level.RECORD, str(level)))
                said |= answers[rows]
                personal |= about[rows]
        return Messages(
            category=category,
            is_event=is_event,
            exempt=exempt,
            said=said,
            own=_granted_at(said, category, time),
            time=time,
            personal=personal,
            persons=persons,
        )

    def _children(self, batch: Batch, level: Level, records: Messages) -> Messages:
        attributes = batch.attributes(level)
        parents = batch.parents(level)
        category, is_event, exempt = self._categories(batch.column(level, "lift.event"))
        persons = batch.column(level, "lift.person")
        sent = _numbers(batch.column(level, "time_unix_nano"))
        time = np.where(sent == 0, records.time[parents], _bounded(sent, batch.received))
        said, above = self._answers.read(attributes), records.said[parents]
        # what the record grants, it grants at its own time, not at that of its events
        of_record = _granted_at(above, category, records.time[parents])
        return Messages(
            category=category,
            is_event=is_event,
            exempt=exempt,
            said=said | above,
            own=np.maximum(_granted_at(said, category, time), of_record),
            time=time,
            personal=self._is_personal(attributes) | _known(persons) | records.personal[parents],
            persons=persons,
        )

    def _is_personal(self, attributes: Attributes) -> _Mask:
        """Say of each owner whether it has one of the personal attributes, or a map with one of them as a key."""
        return (self._marks_of(attributes) & _PERSONAL).view(np.bool_)

    def _marks_of(self, attributes: Attributes) -> npt.NDArray[np.uint8]:
        """Answer by owner `_PERSONAL` and `_PEER` as bits; a map with a personal attribute as a key counts too."""
        by_key = attributes.by_key(*self._marks)
        if by_key is None:
            marks = np.zeros(len(attributes), np.uint8)
        else:
            marks = marks_of(attributes.offsets, attributes.codes, by_key)
        entries = self._personal_inside(attributes.values, attributes.types)
        if len(entries):
            marks[attributes.owners[entries]] |= _PERSONAL
        return marks

    def _personal_inside(self, values: Any, kinds: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """Answer which values are arrays or maps with a personal attribute as a key."""
        if self._inside is None or kinds.max(initial=0) < _ARRAY:
            return np.zeros(0, np.int64)
        rows = np.flatnonzero((kinds == _ARRAY) | (kinds == _KVLIST))
        matched: _Mask = pc.match_substring_regex(values.take(pa.array(rows)), self._inside).to_numpy(
            zero_copy_only=False
        )
        found: npt.NDArray[np.int64] = rows[matched]
        return found

    def _categories(self, names: Any) -> tuple[npt.NDArray[np.int64], _Mask, _Mask]:
        """Answer the category code of each message, whether it is a Lift event, and whether it is a consent update."""
        if names.null_count == len(names):
            nothing = np.zeros(len(names), np.bool_)
            return np.full(len(names), ESSENTIAL, np.int64), nothing, nothing
        distinct = names.dictionary.to_pylist()
        codes = np.array([*(self._category(name) for name in distinct), ESSENTIAL], np.int64)
        update = np.array([*(name == _CONSENT_UPDATE for name in distinct), False])
        rows = codes_or_less(names.indices)  # -1 is the last of the tables
        return codes[rows], rows >= 0, update[rows]

    def _category(self, name: str) -> int:
        return CATEGORIES.index(self._config.categories.get(name) or consent_category(name) or self._config.unknown)


def _granted_at(said: Bits, category: npt.NDArray[np.int64], time: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Answer the times of the grants of the needed category, -1 where there is none."""
    return np.where((said >> (category + OWN)) & 1 == 1, time, np.int64(-1))


def _record_times(batch: Batch) -> npt.NDArray[np.int64]:
    """Answer when each record happened; a clock that runs ahead cannot make a grant newer than its arrival."""
    if batch.signal is Signal.TRACES:
        times = _numbers(batch.column(Level.RECORD, "start_time_unix_nano"))
    else:
        times = _numbers(batch.column(Level.RECORD, "time_unix_nano"))
    if batch.signal is Signal.LOGS:
        times = np.where(times == 0, _numbers(batch.column(Level.RECORD, "observed_time_unix_nano")), times)
    return np.where(times == 0, np.int64(batch.received), _bounded(times, batch.received))


def _bounded(times: npt.NDArray[Any], received: int) -> npt.NDArray[np.int64]:
    bounded: npt.NDArray[np.int64] = np.minimum(times, np.uint64(received)).astype(np.int64)
    return bounded


def _numbers(column: Any) -> npt.NDArray[Any]:
    numbers: npt.NDArray[Any] = (pc.fill_null(column, 0) if column.null_count else column).to_numpy()
    return numbers


def _known(column: Any) -> _Mask:
    if column.null_count in (0, len(column)):
        return np.full(len(column), not column.null_count)
    known: _Mask = valid(column)
    return known


def _as_json(key: str) -> str:
    """Answer an expression for a key as it stands in JSON."""
    return re.escape(json.dumps(key, ensure_ascii=False)[1:-1])
