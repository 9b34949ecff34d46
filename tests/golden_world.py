"""What a gateway should have stored of a made-up world, by a model of its own: plain rules over what was sent."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np

from otel_lift.semconv import COLUMNS, EVENTS, PUBLIC_ATTRIBUTES, fields_of
from otel_lift.synthetic.world import World
from otel_lift.synthetic.world.facts import Facts, Numbers, Texts, Truths
from otel_lift.synthetic.world.happenings import FIRST_ANSWER, GRANTED_AGAIN, WITHDRAWN
from otel_lift.synthetic.world.journeys import EVENT_NAMES
from otel_lift.synthetic.world.keys import EPOCHS, WorldKeys
from otel_lift.synthetic.world.messages import VARIANTS
from otel_lift.synthetic.world.payloads import Sent
from otel_lift.synthetic.world.rows import visit_id
from otel_lift.synthetic.world.spans import METHODS, Spans
from otel_lift.synthetic.world.words import ENVIRONMENTS, ROUTES, SERVICES

__all__ = ["DAY", "HOUR", "SECOND", "Expected", "Frame"]

pd: Any = import_module("pandas")  # it brings no types

Frame = Any
"""A `pd.DataFrame`."""

SECOND = 10**9
HOUR, DAY = 3600 * SECOND, 86_400 * SECOND

_OTHERWISE = (
    "event event_time receive_time priority category subject subject_key tenant service trace_id span_id template "
    "fingerprint sampled consent validation event_id session_id address environment message"
)
_GATEWAY = frozenset(re.findall(r"\w+", _OTHERWISE))
_TAKEN = 90 * DAY
_AHEAD, _OLD = 300 * SECOND, 7 * DAY  # what validation takes for a clock that is wrong


@dataclass(frozen=True)
class Expected:
    """All that the store should hold: `frame` has a row for each row of `lift_events`, duplicates included."""

    world: World
    facts: Facts
    sent: Sequence[Sent]

    @cached_property
    def frame(self) -> Frame:
        """Answer the events: the columns of `lift_events`, with times in Unix nanoseconds.

        Beside them `person` (index, -1 where there is no subject), `linked` (the subject under the newest key that
        saw the person) and `pattern` (what makes two errors the same).
        """
        arrival = np.zeros(len(self.facts), np.int64)
        number = np.zeros(len(self.facts), np.int64)
        for place, sent in enumerate(self.sent):
            arrival[sent.rows], number[sent.rows] = sent.received, place
        decided = self._decisions(arrival, number)
        essential = np.array([EVENTS[name].spec.consent == "essential" for name in EVENT_NAMES])[self.facts.event]
        stored = np.flatnonzero((decided != "denied") | essential)
        return self._columns(self.facts.take(stored), decided[stored], arrival[stored])

    @cached_property
    def spans(self) -> Frame:
        """Answer the server spans, of which nobody's consent is asked: times in Unix nanoseconds, milliseconds."""
        spans = Spans(self.facts)
        return pd.DataFrame(
            {
                "time": spans.start,
                "trace_id": [trace.tobytes().hex() for trace in spans.traces],
                "endpoint": np.array(ROUTES, object)[spans.route],
                "method": np.array(METHODS, object)[spans.method],
                "service": np.array(SERVICES, object)[spans.service],
                "environment": np.array(ENVIRONMENTS, object)[spans.environment],
                "failed": spans.error | (spans.status >= 500),
                "ms": spans.duration / 1e6,
                "server": ~spans.client,
            }
        )

    def _decisions(self, arrival: Any, number: Any) -> Any:
        """Decide as the README of `consent` says, one record after the other."""
        facts, people = self.facts, self.world.people
        update = EVENT_NAMES.index("user_consent_update")
        essential = [EVENTS[name].spec.consent == "essential" for name in EVENT_NAMES]
        ledger: dict[int, list[tuple[int, int, int, bool]]] = {}  # person: batch, time, number of update, analytics
        for row in np.flatnonzero(facts.event == update).tolist():
            entry = (int(number[row]), int(facts.time[row]), int(facts.number[row]))
            person = int(facts.person[row])
            kind = int(facts.number[row])
            analytics = {FIRST_ANSWER: bool(people.analytics[person]), WITHDRAWN: False, GRANTED_AGAIN: True}[kind]
            ledger.setdefault(person, []).append((*entry, analytics))
        address = facts.told["client.address"]
        assert isinstance(address, Texts)
        answers: list[str] = []
        by_record, answered = people.by_record.tolist(), people.answered.tolist()
        yes = {True: people.essential.tolist(), False: people.analytics.tolist()}
        rows = zip(
            facts.event.tolist(),
            facts.person.tolist(),
            np.minimum(facts.time, arrival).tolist(),
            number.tolist(),
            address.codes.tolist(),
            strict=True,
        )
        for event, person, time, batch, told in rows:
            if event == update or (person < 0 and told < 0):
                answers.append("not_required")
            elif person < 0 or not answered[person]:
                answers.append("denied")
            elif by_record[person]:
                answers.append("granted_by_record" if yes[essential[event]][person] else "denied")
            else:
                granted = _by_ledger(ledger.get(person, []), essential[event], yes[True][person], time, batch)
                answers.append("granted" if granted else "denied")
        return np.array(answers, object)

    def _columns(self, facts: Facts, decided: Any, arrival: Any) -> Frame:
        bare = decided == "denied"
        columns: dict[str, Any] = {}
        for name, column in COLUMNS.items():
            if name in _GATEWAY:
                continue
            sources = [(source.attribute, source.scale) for source in column.sources]
            if column.type in ("string", "lowcardinality"):
                columns[name] = _texts(facts, [attribute for attribute, _ in sources], bare)
            elif column.type == "bool":
                columns[name] = _truths(facts, [attribute for attribute, _ in sources])
            else:
                columns[name] = _numbers(facts, sources, bare)
                if column.type != "float64":
                    columns[name] = columns[name].astype(np.int64)
        specs = [EVENTS[name].spec for name in EVENT_NAMES]
        event = np.array(EVENT_NAMES, object)[facts.event]
        epoch = np.zeros(len(facts), np.int64)
        for rotation in self.world.options.rotations:
            epoch += arrival >= rotation
        person = np.where(bare, -1, facts.person)
        visit = np.where(bare, -1, facts.visit)
        address = facts.told["client.address"]
        assert isinstance(address, Texts)
        told = np.where(bare, -1, address.codes)
        names = self._names
        visits: dict[tuple[int, int], str] = {}
        for key in zip(epoch.tolist(), visit.tolist(), strict=True):
            if key[1] >= 0 and key not in visits:
                visits[key] = names.made(key[0], "session\0" + visit_id(key[1]))
        subjects = names.people(self.world.people.ids)
        linked = np.full(len(self.world.people), "", object)
        for number in range(EPOCHS):
            seen = np.unique(person[(epoch == number) & (person >= 0)])
            linked[seen] = subjects[number][seen]
        message = facts.told["exception.message"]
        assert isinstance(message, Texts)
        severity = columns["severity"]
        return pd.DataFrame(
            {
                **columns,
                "event": event,
                "category": np.array([str(spec.group) for spec in specs], object)[facts.event],
                "priority": [
                    str(spec.priority or hurt or "medium")
                    for spec, hurt in zip((specs[code] for code in facts.event.tolist()), severity, strict=True)
                ],
                # what lies before all that the store takes is stored under its arrival
                "event_time": np.where(facts.time < arrival - _TAKEN, arrival, facts.time),
                "moved": facts.time < arrival - _TAKEN,
                "receive_time": arrival,
                "person": person,
                "subject": np.where(person >= 0, np.stack(subjects)[epoch, person], ""),
                "linked": np.where(person >= 0, linked[person], ""),
                "session_id": [visits.get(key, "") for key in zip(epoch.tolist(), visit.tolist(), strict=True)],
                "address": [
                    names.made(number, f"address\0{address.words[code]}") if code >= 0 else ""
                    for number, code in zip(epoch.tolist(), told.tolist(), strict=True)
                ],
                "service": np.array(SERVICES, object)[facts.service],
                "environment": np.array(ENVIRONMENTS, object)[facts.environment],
                "trace_id": [one.tobytes().hex() if one.any() else "" for one in facts.traces],
                "event_id": [_uuid(one.tobytes().hex()) for one in facts.ids],
                "consent": decided,
                "bare": bare,
                "validation": _marks(facts, arrival),
                "message": np.where(message.codes >= 0, np.array(message.words, object)[message.codes], ""),
                "pattern": _patterns(event, columns, message.codes // VARIANTS),
            }
        )

    @cached_property
    def _names(self) -> "_Names":
        return _Names(WorldKeys(self.world.options))


class _Names:
    """Pseudonyms as the README of `pseudonyms` defines them: HMAC-SHA-256, the first 128 bits in hexadecimal."""

    def __init__(self, keys: WorldKeys) -> None:
        self._secrets = [ring.current.secret for ring in keys.rings]
        self._made: dict[tuple[int, str], str] = {}

    def made(self, epoch: int, text: str) -> str:
        """Answer the pseudonym of a text in an epoch."""
        found = self._made.get((epoch, text))
        if found is None:
            found = self._made[epoch, text] = hmac.digest(self._secrets[epoch], text.encode(), "sha256").hex()[:32]
        return found

    def people(self, ids: Sequence[str]) -> list[Any]:
        """Answer the subjects of all people, for each epoch."""
        return [np.array([self.made(epoch, raw) for raw in ids], object) for epoch in range(EPOCHS)]


def _by_ledger(
    entries: Sequence[tuple[int, int, int, bool]], essential: bool, agreed: bool, time: int, batch: int
) -> bool:
    """Say whether the ledger grants: rules b and c of `consent`'s README, for a record without an answer of its own."""
    known = sorted(
        (when, agreed if essential else analytics)
        for learnt, when, kind, analytics in entries
        if learnt <= batch and (not essential or kind == FIRST_ANSWER)
    )
    then = [granted for when, granted in known if when <= time]
    return bool(then) and then[-1] and known[-1][1]


def _texts(facts: Facts, attributes: Sequence[str], bare: Any) -> Any:
    found = np.full(len(facts), "", object)
    for attribute in reversed(attributes):
        values = facts.told.get(attribute)
        if isinstance(values, Texts):
            there = values.codes >= 0
            if attribute not in PUBLIC_ATTRIBUTES:
                there = there & ~bare
            found[there] = np.array(values.words, object)[values.codes[there]]
    return found


def _truths(facts: Facts, attributes: Sequence[str]) -> Any:
    found = np.zeros(len(facts), np.bool_)
    for attribute in attributes:
        values = facts.told.get(attribute)
        if isinstance(values, Truths):
            found |= values.truths == 1
    return found


def _numbers(facts: Facts, sources: Sequence[tuple[str, float]], bare: Any) -> Any:
    found = np.zeros(len(facts))
    for attribute, scale in reversed(sources):
        values = facts.told.get(attribute)
        if isinstance(values, Numbers):
            there = ~np.isnan(values.numbers)
            if attribute not in PUBLIC_ATTRIBUTES:
                there = there & ~bare
            found[there] = values.numbers[there] * scale
    return found


def _marks(facts: Facts, arrival: Any) -> list[str]:
    """Say what is wrong with each event: an attribute that it needs and has not, a word of no set, its clock."""
    marks: list[list[str]] = [[] for _ in range(len(facts))]
    for code in np.unique(facts.event).tolist():
        rows = np.flatnonzero(facts.event == code)
        for field in fields_of(EVENTS[EVENT_NAMES[code]]):
            values = facts.told.get(field.attr.name)
            if isinstance(values, Texts):
                for row, word in zip(rows.tolist(), values.codes[rows].tolist(), strict=True):
                    if word < 0 and field.required:
                        marks[row].append(f"missing:{field.attr.name}")
                    elif word >= 0 and field.allowed and values.words[word] not in field.allowed:
                        marks[row].append(f"value:{field.attr.name}")
    for row in np.flatnonzero((facts.time > arrival + _AHEAD) | (facts.time < arrival - _OLD)).tolist():
        marks[row].append("clock_skew")
    return [";".join(one) for one in marks]


def _patterns(event: Any, columns: dict[str, Any], template: Any) -> list[str]:
    """Tell what makes two errors the same: where, what kind, doing what, and which sentence."""
    failures = np.array([str(EVENTS[name].spec.group) == "failures" for name in event])
    where = np.where(columns["endpoint"] != "", columns["endpoint"], columns["page"])
    parts = zip(event, columns["error_type"], where, columns["action"], template.tolist(), strict=True)
    return ["|".join(map(str, part)) if wrong else "" for part, wrong in zip(parts, failures, strict=True)]


def _uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
