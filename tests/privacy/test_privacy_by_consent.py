"""What is stored of people who agree, and of people who do not, against the rules written for one record at a time."""

import itertools
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from gateways import Gateway, gateway, query, until
from otlp_clients import PROTOBUF, post
from planted import any_of, export, forms, table_bytes

from otel_lift.batch import Signal
from otel_lift.kernel.requests import REQUESTS
from otel_lift.semconv import PUBLIC_ATTRIBUTES

ESSENTIAL, ANALYTICS = "essential", "analytics"
CATEGORIES = (ESSENTIAL, ANALYTICS, "personalization", "marketing")
EVENTS = {
    "api_error": ESSENTIAL,
    "auth_error": ESSENTIAL,
    "cache_performance": ESSENTIAL,
    "feature_used": ANALYTICS,
    "navigation": ANALYTICS,
    "seen_nowhere_before": ANALYTICS,
}
UPDATE = "user_consent_update"
NAMES = ("adele", "bruno", "clara", "dario", "elsa", "felix", "greta", "hugo", "irma", "jonas")
PEOPLE = [f"{name}-of-the-{family}s" for name in NAMES for family in ("hansen", "miller")]
RECORDS = 300
FULL, BARE = "as sent", "anonymous"
GATEWAYS_OWN = ("lift.consent", "lift.redaction.", "lift.template", "lift.fingerprint", "lift.validation")

Said = dict[str, bool | list[str]]


@dataclass
class Record:
    """A record as a client sends it, and where it said what about consent."""

    number: int
    event: str | None
    inner: str | None
    person: str | None
    session: bool
    address: bool
    own: Said
    baggage: Said
    shared: Said
    time: int

    @property
    def note(self) -> str:
        """A free text that no other record has."""
        return f"wrote {self.number} letters home and called it a day"


@dataclass
class Request:
    """Records that are sent together."""

    signal: Signal
    gpc: bool
    records: list[Record]


@dataclass
class Model:
    """The rules of consent, for one record at a time."""

    ledger: dict[tuple[str, str], list[tuple[int, bool]]] = field(default_factory=dict)

    def learn(self, record: Record) -> None:
        """Write an update into the ledger: when, and whether it is a grant."""
        assert record.person is not None
        for category in CATEGORIES:
            for granted in answers(record.own, category):
                self.ledger.setdefault((record.person, category), []).append((record.time, granted))

    def keeps(self, record: Record, category: str, *, gpc: bool) -> bool:
        """Decide whether a message of this category may be kept as it was sent."""
        own = answers(record.own, category) | answers(record.baggage, category)
        shared = answers(record.shared, category)
        if False in own | shared or (gpc and category != ESSENTIAL):
            return False
        if not (record.person or record.session or record.address or own or shared):
            return True
        entries = sorted(self.ledger.get((record.person or "", category), []))
        then = [granted for when, granted in entries if when <= record.time]
        withdrawn = [when for when, granted in entries if not granted]
        if withdrawn and not (entries[-1][1] and (not then or then[-1])):
            return True in own and record.time > withdrawn[-1]
        return True in own | shared or bool(then)

    def expect(self, record: Record, signal: Signal, *, gpc: bool) -> tuple[str | None, dict[str, str]]:
        """Answer how the record is stored in its table (None: not at all), and the kinds of its rows as events."""
        if record.event == UPDATE:
            return FULL, {UPDATE: FULL}
        category = EVENTS[record.event] if record.event else ESSENTIAL
        kept = self.keeps(record, category, gpc=gpc)
        manner = FULL if kept else BARE
        rows = {record.event: manner} if record.event and (kept or category == ESSENTIAL) else {}
        if record.inner:
            inner = EVENTS[record.inner]
            if self.keeps(record, inner, gpc=gpc):
                rows[record.inner] = manner
            elif inner == ESSENTIAL:
                rows[record.inner] = BARE
        if signal is Signal.LOGS and not kept and category != ESSENTIAL:
            return None, {}
        return manner, rows


def answers(said: Said, category: str) -> set[bool]:
    """Answer what attributes say of a category; a list denies what it does not name, but for essential."""
    found = set()
    for key, value in said.items():
        if isinstance(value, list):
            if category in value or category != ESSENTIAL:
                found.add(category in value)
        elif key.endswith(f".{category}"):
            found.add(value)
    return found


def some_answers(chance: random.Random, likely: float) -> Said:
    """Make up what somebody says: nothing, a list, or single answers."""
    if chance.random() > likely:
        return {}
    if chance.random() < 0.5:
        return {"lift.consent": chance.choice([[*CATEGORIES], [ESSENTIAL], [ANALYTICS, ESSENTIAL], [ANALYTICS], []])}
    chosen = chance.sample(CATEGORIES, chance.randint(1, 3))
    return {f"lift.consent.{category}": chance.random() < 0.75 for category in chosen}


def some_requests(seed: int) -> list[Request]:
    """Make up what people do in an hour, with updates of consent in between, some of which come late."""
    chance = random.Random(seed)
    start = time.time_ns() - 3600 * 10**9
    made: list[Request] = []
    numbers = itertools.count(1)
    while sum(len(request.records) for request in made) < RECORDS:
        signal = chance.choice([Signal.TRACES, Signal.LOGS])
        records = []
        for _ in range(chance.randint(4, 12)):
            number = next(numbers)
            event = chance.choice([None, *EVENTS])
            person = chance.choice(PEOPLE) if chance.random() < 0.8 else None
            late = chance.randrange(60) if chance.random() < 0.2 else 0
            record = Record(
                number=number,
                event=event,
                inner=chance.choice([None, *EVENTS]) if signal is Signal.TRACES and event is None else None,
                person=person,
                session=chance.random() < 0.3,
                address=chance.random() < 0.3,
                own=some_answers(chance, 0.3),
                baggage=some_answers(chance, 0.1),
                shared=some_answers(chance, 0.1),
                time=start + (max(number - late, 1) * 10 + late % 7) * 10**9 + number,
            )
            if signal is Signal.LOGS and chance.random() < 0.3:
                record.event, record.person = UPDATE, chance.choice(PEOPLE)
                record.own, record.baggage, record.shared = some_answers(chance, 1), {}, {}
                # what comes after rows that it forbids is for other tests
                record.time = start + (number * 10 + 9) * 10**9 + number
            records.append(record)
        made.append(Request(signal, chance.random() < 0.15, records))
    return made


def attributes(message: Any, **values: bool | str | Sequence[str]) -> None:
    """Add attributes."""
    for key, value in values.items():
        entry = message.attributes.add(key=key).value
        match value:
            case bool():
                entry.bool_value = value
            case str():
                entry.string_value = value
            case _:
                entry.array_value.SetInParent()
                for each in value:
                    entry.array_value.values.add(string_value=each)


def as_otlp(request: Request) -> Any:
    """Write the records of a request as OTLP, each with a resource of its own."""
    message: Any = REQUESTS[request.signal]()
    for record in request.records:
        traces = request.signal is Signal.TRACES
        group = (message.resource_spans if traces else message.resource_logs).add()
        attributes(group.resource, **{"service.name": "shop", "owner": record.note, **record.shared})
        part = (group.scope_spans if traces else group.scope_logs).add()
        sent = (part.spans if traces else part.log_records).add()
        sent.trace_id, sent.span_id = record.number.to_bytes(16), record.number.to_bytes(8)
        attributes(sent, note=record.note, **{"http.route": "/cart", **record.own})
        attributes(sent, **{f"baggage.{key}": value for key, value in record.baggage.items()})
        if record.person:
            attributes(sent, **{"user.id": record.person})
        if record.session:
            attributes(sent, **{"session.id": f"session {record.number} at home"})
        if record.address:
            attributes(sent, **{"client.address": f"house-{record.number}.example"})
        if traces:
            _fill_span(sent, record)
        else:
            sent.time_unix_nano, sent.severity_number = record.time, 17
            sent.event_name = f"lift.{record.event}" if record.event else ""
            sent.body.string_value = f'could not send "{record.note}"'
    return message


def _fill_span(span: Any, record: Record) -> None:
    span.start_time_unix_nano = record.time
    span.name, span.status.message, span.trace_state = "GET /cart", record.note, f"note={record.number}"
    span.links.add(trace_id=b"l" * 16, span_id=b"l" * 8)
    attributes(span.links[0], note=record.note)
    if record.event:
        attributes(span, **{"lift.event": record.event})
    event = span.events.add(name=f"note {record.note}")
    attributes(event, note=record.note)
    if record.inner:
        inner = span.events.add(name=f"lift.{record.inner}", time_unix_nano=record.time)
        attributes(inner, note=record.note, **{"lift.event": record.inner})


@dataclass
class Outcome:
    """A gateway that has stored the requests, and what the model expects of each record."""

    gateway: Gateway
    requests: list[Request]
    expected: dict[int, tuple[str | None, dict[str, str]]]


def wait_until_stored(running: Gateway) -> None:
    """Wait until the spool is empty, so that all that was acknowledged is in the store."""
    spool = running.data / "spool"
    # open segments are looked for first: they become sealed ones, and those go when they are stored
    until(lambda: not (any(spool.glob("*/*.open")) or any(spool.glob("*/*.arrow"))), "an empty spool")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """Send some hundred records, one request after the other, and work out what becomes of each."""
    service = {"spool": {"segment_max_age": 0.2, "compression": "none"}}
    with gateway(tmp_path_factory.mktemp("consent"), service=service) as running:
        requests, model = some_requests(seed=20261121), Model()
        expected: dict[int, tuple[str | None, dict[str, str]]] = {}
        for request in requests:
            message = as_otlp(request)
            if request.gpc:
                reply = post(
                    running.ports["http"],
                    f"/v1/{request.signal}",
                    message.SerializeToString(),
                    PROTOBUF,
                    Sec_GPC="1",
                )
                assert (reply.status, reply.body) == (200, b"")
            else:
                assert export(running.ports["grpc"], request.signal, message) == b""
            # a request's updates are in the ledger before any of its records is decided
            for record in request.records:
                if record.event == UPDATE:
                    model.learn(record)
            expected |= {
                record.number: model.expect(record, request.signal, gpc=request.gpc) for record in request.records
            }
        wait_until_stored(running)
        yield Outcome(running, requests, expected)


def manner(number: int, row: dict[str, Any]) -> str:
    """Say whether a stored row is as it was sent or anonymous; raises AssertionError if it is something between."""
    maps = [row.get("properties", {})]
    for name, value in row.items():
        if name.endswith("Attributes"):
            maps += value if isinstance(value, list) else [value]
    keys = {key for each in maps for key in each}
    private = {key for key in keys if key not in PUBLIC_ATTRIBUTES and not key.startswith(GATEWAYS_OWN)}
    text = str(row)
    if f"wrote {number} letters" in text and {"note"} <= private:
        return FULL
    assert not private, (number, row)
    assert not {row.get("subject"), row.get("subject_key"), row.get("session_id")} - {"", None}, (number, row)
    assert not {row.get("TraceState"), row.get("StatusMessage")} - {"", None}, (number, row)
    assert not row.get("Links.TraceId"), (number, row)
    # the template of a message may stay, but nothing that is this record's alone
    assert f"{number} letters" not in text, (number, row)
    return BARE


def rows_of(running: Gateway, table: str, id_column: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of a table as mappings, by the number of their record."""
    columns = [
        name for (name,) in query(running.ports["sql"], f"SELECT name FROM system.columns WHERE table = '{table}'")
    ]
    for row in query(running.ports["sql"], f"SELECT {', '.join(f'`{name}`' for name in columns)} FROM otel.{table}"):
        named = dict(zip(columns, row, strict=True))
        yield int(named[id_column], 16), named


def test_each_record_is_stored_as_its_person_agreed(outcome: Outcome) -> None:
    """Of each of some hundred records the tables hold what the rules say: all of it, an anonymous form, or nothing."""
    stored: dict[int, tuple[str | None, dict[str, str]]] = {number: (None, {}) for number in outcome.expected}
    for table in ("otel_traces", "otel_logs"):
        for number, row in rows_of(outcome.gateway, table, "TraceId"):
            assert stored[number][0] is None
            stored[number] = (manner(number, row), {})
    for number, row in rows_of(outcome.gateway, "lift_events", "trace_id"):
        assert row["event"] not in stored[number][1]
        stored[number][1][row["event"]] = manner(number, row)
    assert stored == outcome.expected
    kinds = [(kept, *rows.values()) for kept, rows in outcome.expected.values()]
    # the seed must lead to each outcome often enough to say something
    assert all(kinds.count(kind) >= 5 for kind in ((FULL,), (BARE,), (None,), (FULL, FULL), (BARE, BARE)))


def test_no_text_of_what_was_denied_is_on_disk(outcome: Outcome) -> None:
    """The texts of records that were dropped or made anonymous are in no table and no file."""
    denied = {
        str(record.number): forms(f"wrote {record.number} letters home")
        for request in outcome.requests
        for record in request.records
        if outcome.expected[record.number][0] != FULL
    }
    assert len(denied) > RECORDS / 4
    tables = b"\n".join(table_bytes(outcome.gateway.ports["sql"]).values())
    assert [number for number, given in denied.items() if any(form in tables for form in given)] == []
    assert any_of(outcome.gateway.file.parent, denied) == {}


def test_a_subject_is_one_person(outcome: Outcome) -> None:
    """Each person has one pseudonym, no two have the same, and nobody's id, session or address is on disk."""
    people = {record.number: record.person for request in outcome.requests for record in request.records}
    subjects = defaultdict(set)
    for number, row in rows_of(outcome.gateway, "lift_events", "trace_id"):
        if row["subject"]:
            subjects[people[number]].add(row["subject"])
    assert None not in subjects
    assert len(subjects) > len(PEOPLE) / 2
    assert all(len(names) == 1 for names in subjects.values())
    assert len(set.union(*subjects.values())) == len(subjects)
    raw = {name: forms(name) for name in PEOPLE} | {"session": forms(" at home"), "address": forms("house-")}
    tables = b"\n".join(table_bytes(outcome.gateway.ports["sql"]).values())
    assert [name for name, given in raw.items() if given[0] in tables] == []
    assert any_of(outcome.gateway.file.parent, {name: given[:1] for name, given in raw.items()}) == {}


def test_withdrawal_takes_effect_at_once(outcome: Outcome) -> None:
    """Somebody who agrees, uses the app, withdraws and uses it again leaves rows of the first use only."""

    def export(number: int, event: str, said: Said) -> None:
        record = Record(number, event, None, "ursula", True, True, said, {}, {}, time.time_ns())
        reply = post(
            outcome.gateway.ports["http"],
            "/v1/logs",
            as_otlp(Request(Signal.LOGS, False, [record])).SerializeToString(),
        )
        assert (reply.status, reply.body) == (200, b"")

    export(9001, "feature_used", {})
    export(9002, UPDATE, {"lift.consent": [*CATEGORIES]})
    export(9003, "feature_used", {})
    export(9004, UPDATE, {"lift.consent": [ESSENTIAL]})
    export(9005, "feature_used", {})
    export(9006, "api_error", {})
    export(9007, UPDATE, {f"lift.consent.{category}": False for category in CATEGORIES})
    export(9008, "api_error", {})
    wait_until_stored(outcome.gateway)
    found = {
        number: manner(number, row)
        for number, row in rows_of(outcome.gateway, "lift_events", "trace_id")
        if number > 9000
    }
    assert found == {9002: FULL, 9003: FULL, 9004: FULL, 9006: FULL, 9007: FULL, 9008: BARE}
