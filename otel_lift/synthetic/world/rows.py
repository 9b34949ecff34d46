"""The world as rows of the store, as a gateway would have stored them: for benchmarks and for much data quickly."""

import hashlib
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift.semconv import COLUMNS, EVENTS, Consent, fields_of, priority
from otel_lift.synthetic.world.arrow import hexadecimal, interned, strings, timestamps, uuids
from otel_lift.synthetic.world.columns import Filled
from otel_lift.synthetic.world.days import CLOCK_OF_NOBODY, World
from otel_lift.synthetic.world.facts import Facts, Texts
from otel_lift.synthetic.world.happenings import ADDRESSES
from otel_lift.synthetic.world.journeys import EVENT_NAMES, code_of
from otel_lift.synthetic.world.keys import WorldKeys
from otel_lift.synthetic.world.messages import template_of
from otel_lift.synthetic.world.options import SECOND
from otel_lift.synthetic.world.people import People
from otel_lift.synthetic.world.words import ENVIRONMENTS, SERVICES

__all__ = ["RowMaker", "decisions", "visit_id"]

_ORIGINAL = "lift.time.original"
_AHEAD = 300 * SECOND  # what validation takes for a clock that is ahead
_GRANTED, _DENIED, _NOT_REQUIRED, _BY_RECORD = range(4)
_DECISIONS = ("granted", "denied", "not_required", "granted_by_record")
_SPECS = [EVENTS[name].spec for name in EVENT_NAMES]
_ESSENTIAL = np.array([spec.consent is Consent.ESSENTIAL for spec in _SPECS])
_FAILURE = np.array([str(spec.group) == "failures" for spec in _SPECS])


def visit_id(visit: int) -> str:
    """Write the raw id of a visit's session."""
    return f"visit-{visit:09x}"


def decisions(facts: Facts, people: People) -> npt.NDArray[np.int8]:
    """Decide on each event as the gateway would that learns of every answer at once."""
    person, essential = facts.person, _ESSENTIAL[facts.event]
    granted = np.where(essential, people.essential[person], people.analytics[person])
    taken_back = (people.withdrawn[person] > 0) & (facts.received >= people.withdrawn[person])
    back = (people.again[person] > 0) & (facts.time >= people.again[person])
    granted &= essential | ~taken_back | back
    granted &= people.by_record[person] | (facts.time >= people.hello[person])
    decided = np.where(people.by_record[person], _BY_RECORD, _GRANTED)
    address = facts.told["client.address"]
    assert isinstance(address, Texts)
    decided[~granted | (person < 0)] = _DENIED
    exempt = facts.event == code_of("user_consent_update")
    decided[exempt | ((person < 0) & (address.codes < 0))] = _NOT_REQUIRED
    return decided.astype(np.int8)


class RowMaker:
    """Makes rows of `lift_events` out of facts; one a world, since it remembers pseudonyms."""

    def __init__(self, world: World) -> None:
        self.keys = WorldKeys(world.options)
        self._people = world.people
        self._subjects = np.concatenate([[b""], *self.keys.subjects(world.people)])
        self._addresses = np.concatenate([[b""], *(ring.addresses(ADDRESSES)[0] for ring in self.keys.rings)])

    def relinks(self) -> Any:
        """Answer the rows of `lift_relinks`: each older pseudonym, and the newest of the same person."""
        count = len(self._people)
        newest = self._subjects[1 + 2 * count :]
        older = self._subjects[1 : 1 + 2 * count]
        return pa.RecordBatch.from_pydict(
            {"subject": strings(older), "linked_subject": strings(np.concatenate([newest, newest]))}
        )

    def batch(self, facts: Facts) -> Any:
        """Answer the events' rows, without those that nobody agreed to."""
        decided = decisions(facts, self._people)
        kept = np.flatnonzero((decided != _DENIED) | _ESSENTIAL[facts.event])
        facts, decided = facts.take(kept), decided[kept]
        facts = _placed(facts)
        bare = decided == _DENIED
        filled = Filled(facts, bare)
        columns = filled.columns()
        severities = [*columns["severity"].dictionary.to_pylist()]
        severity = columns["severity"].indices.to_numpy()
        levels = [str(priority(name, level) or "") for name in EVENT_NAMES for level in severities]
        marks, marked = _marks(facts)
        columns |= self._pseudonyms(facts, bare)
        columns |= _patterns(facts, columns, bare)
        columns |= {
            "event": interned(facts.event, EVENT_NAMES),
            "event_time": timestamps(facts.time),
            "receive_time": timestamps(facts.received),
            "priority": interned(facts.event.astype(np.int32) * len(severities) + severity, levels),
            "category": interned(facts.event, [str(spec.group) for spec in _SPECS]),
            "service": interned(facts.service, SERVICES),
            "environment": interned(facts.environment, ENVIRONMENTS),
            "trace_id": hexadecimal(facts.traces),
            "span_id": hexadecimal(facts.traces[:, :8]),
            "consent": interned(decided, _DECISIONS),
            "validation": interned(marked, marks),
            "event_id": uuids(facts.ids),
            "tenant": interned(np.zeros(len(facts), np.int32), ["default"]),
            "properties": filled.properties(),
        }
        return pa.RecordBatch.from_pydict({name: columns[name] for name in (*COLUMNS, "properties")})

    def _pseudonyms(self, facts: Facts, bare: npt.NDArray[np.bool_]) -> dict[str, Any]:
        epoch = self.keys.epochs(facts.received)
        known = (facts.person >= 0) & ~bare
        subject = np.where(known, 1 + epoch * len(self._people) + facts.person, 0)
        address = facts.told["client.address"]
        assert isinstance(address, Texts)
        told = (address.codes >= 0) & ~bare
        visited = np.flatnonzero((facts.visit >= 0) & ~bare)
        # a visit that saw a rotation has two pseudonyms
        which, place = np.unique(facts.visit[visited] * len(self.keys.rings) + epoch[visited], return_inverse=True)
        sessions = np.zeros(len(which) + 1, "S32")
        for number, ring in enumerate(self.keys.rings):
            mine = np.flatnonzero(which % len(self.keys.rings) == number)
            raws = [visit_id(visit) for visit in (which[mine] // len(self.keys.rings)).tolist()]
            sessions[1 + mine] = ring.sessions(raws)[0] if raws else b""
        session = np.zeros(len(facts), np.int64)
        session[visited] = 1 + place
        names = ["", *(ring.current.id for ring in self.keys.rings)]
        return {
            "subject": strings(self._subjects[subject]),
            "subject_key": interned(np.where(known, 1 + epoch, 0), names),
            "session_id": strings(sessions[session]),
            "address": strings(self._addresses[np.where(told, 1 + epoch * len(ADDRESSES) + address.codes, 0)]),
        }


def _placed(facts: Facts) -> Facts:
    """Store what has lost the time under its arrival, and keep what it claimed."""
    lost = facts.time == CLOCK_OF_NOBODY
    claimed = Texts(np.where(lost, 0, -1).astype(np.int32), [str(CLOCK_OF_NOBODY)])
    time = np.where(lost, facts.received, facts.time)
    return replace(facts, time=time, told={**facts.told, _ORIGINAL: claimed})


def _marks(facts: Facts) -> tuple[list[str], npt.NDArray[np.int32]]:
    """Answer what validation would say: the marks, and which of them each row has."""
    marks, marked = [""], np.zeros(len(facts), np.int32)
    for event in np.unique(facts.event).tolist():
        rows = np.flatnonzero(facts.event == event)
        for field in fields_of(EVENTS[EVENT_NAMES[event]]):
            values = facts.told.get(field.attr.name)
            if not isinstance(values, Texts):
                continue
            if field.required:
                _mark(marks, marked, rows[values.codes[rows] < 0], f"missing:{field.attr.name}")
            if field.allowed:
                foreign = np.array([word not in field.allowed for word in values.words] + [False])
                _mark(marks, marked, rows[foreign[values.codes[rows]]], f"value:{field.attr.name}")
    original = facts.told[_ORIGINAL]
    assert isinstance(original, Texts)
    skewed = (original.codes >= 0) | (facts.time > facts.received + _AHEAD)
    _mark(marks, marked, np.flatnonzero(skewed), "clock_skew")
    return marks, marked


def _mark(marks: list[str], marked: npt.NDArray[np.int32], rows: npt.NDArray[np.int64], what: str) -> None:
    for before in np.unique(marked[rows]).tolist():
        mine = rows[marked[rows] == before]
        mark = f"{marks[before]};{what}" if before else what
        if mark not in marks:
            marks.append(mark)
        marked[mine] = marks.index(mark)


def _patterns(facts: Facts, columns: dict[str, Any], bare: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Answer fingerprints, templates and messages of failures, a fingerprint for what makes two errors the same."""
    wrong = np.flatnonzero(_FAILURE[facts.event])
    empty = np.full(len(facts), "", object)
    message = facts.told.get("exception.message")
    assert isinstance(message, Texts)
    codes: Any = message.codes
    words = message.words
    places = (columns[name] for name in ("error_type", "endpoint", "page", "action"))
    parts = [np.array(one.dictionary.to_pylist(), object)[one.indices.to_numpy()[wrong]] for one in places]
    templates = [template_of(code) if code >= 0 else "" for code in codes[wrong].tolist()]
    names = [EVENT_NAMES[event] for event in facts.event[wrong].tolist()]
    fingerprints, shown, texts = empty.copy(), empty.copy(), empty.copy()
    for row, template, name, *facts_of in zip(wrong.tolist(), templates, names, *parts, strict=True):
        fingerprints[row] = _fingerprint(name, *facts_of, template)
        shown[row] = template or name
        texts[row] = (template if bare[row] else words[codes[row]]) if template else ""
    return {
        "fingerprint": pa.array(fingerprints, pa.string()),
        "template": pa.array(shown, pa.string()),
        "message": pa.array(texts, pa.string()),
    }


@cache
def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
