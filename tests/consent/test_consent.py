import json
from collections.abc import Mapping
from pathlib import Path

import otel_lift_consent
import pytest
from otel_lift_consent import ConsentConfig, ConsentProcessor, Entry, Ledger, ledger_path
from otel_lift_pseudonyms import PseudonymsConfig, PseudonymsProcessor
from privacy_rows import NOW, SECOND, Counts, attributes, batch, calls, column, readme_example

from otel_lift.batch import Batch, Level, Signal, ValueType
from otel_lift.pipeline import Services
from otel_lift.semconv import Consent

ADA, BOB = "a" * 32, "b" * 32
Row = Mapping[str, object]


def started(
    tmp_path: Path, config: Mapping[str, object] | None = None, meter: Counts | None = None
) -> ConsentProcessor:
    """Start a processor."""
    processor = ConsentProcessor(
        ConsentConfig.model_validate(config or {}), Services("consent", tmp_path, meter or Counts())
    )
    processor.start()
    return processor


def event(name: str | None, person: str | None = ADA, time: int = NOW, **said: object) -> Row:
    """Write a log record; `said` are its answers by category."""
    return {
        "lift.event": name,
        "lift.person": person,
        "lift.subject": person,
        "time_unix_nano": time,
        "attributes": {f"lift.consent.{category}": answer for category, answer in said.items()},
    }


def answered(tmp_path: Path, person: str) -> list[tuple[Consent, bool, int]]:
    """Answer what the ledger on disk holds of a person: category, whether granted, event time; by category."""
    entries = Ledger(ledger_path(tmp_path)).history(person)
    order = list(Consent).index
    return sorted(
        ((entry.category, entry.granted, entry.event_time) for entry in entries),
        key=lambda entry: (order(entry[0]), entry[2]),
    )


def names(found: Batch | None) -> list[str | None]:
    """Answer the events that are left."""
    return column(found, "lift.event") if found is not None else []


def test_behaviour_without_consent_is_dropped_and_an_essential_event_is_marked(tmp_path: Path) -> None:
    """Nobody who was not asked is tracked; their failures are kept to be made anonymous."""
    done = started(tmp_path).process(batch(Signal.LOGS, [event("feature_used"), event("api_error"), event(None)]))
    assert done is not None
    assert names(done) == ["api_error", None]
    assert column(done, "lift.consent") == ["denied", "denied"]
    assert column(done, "lift.anonymise") == [True, True]


def test_consent_with_the_record_keeps_it_whole(tmp_path: Path) -> None:
    """A grant of the category that an event needs is enough, and only of that one."""
    done = started(tmp_path).process(
        batch(
            Signal.LOGS,
            [event("feature_used", analytics=True), event("feature_used", marketing=True), event(None, essential=True)],
        )
    )
    assert done is not None
    assert column(done, "lift.consent") == ["granted_by_record"] * 2
    assert column(done, "lift.anonymise") == [False, False]


def test_nothing_is_left_of_a_batch_that_was_denied(tmp_path: Path) -> None:
    """A batch without a record left is None."""
    assert started(tmp_path).process(batch(Signal.LOGS, [event("feature_used")])) is None


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (["analytics"], True),
        (["Analytics", "marketing"], True),
        (["marketing"], False),
        ([], False),
        ("analytics,marketing", True),
        ('{"analytics": true}', True),
        ('{"analytics": false}', False),
        ('{"marketing": true}', False),
        ('{"$kvlist": [["analytics", true], ["marketing", false]]}', True),
        ('{"$kvlist": [["analytics", true], ["analytics", false]]}', False),
        ("[[[[", False),
        ("7", False),
    ],
)
def test_a_list_grants_what_it_names(tmp_path: Path, answer: object, kept: bool) -> None:
    """`lift.consent` answers for all categories; what cannot be read grants nothing."""
    row = {**event("feature_used"), "attributes": {"lift.consent": answer}}
    assert bool(started(tmp_path).process(batch(Signal.LOGS, [row]))) == kept


def test_baggage_and_the_resource_answer_too(tmp_path: Path) -> None:
    """Consent may be carried as an attribute of the resource, or of baggage under a configured prefix."""
    sent = batch(
        Signal.LOGS,
        [
            {**event("feature_used"), "resource": 1},
            {**event("feature_used"), "attributes": {"bag.lift.consent.analytics": "true"}},
            {**event("feature_used"), "attributes": {"baggage.lift.consent.analytics": "true"}},
        ],
        resources=[{}, {"attributes": {"lift.consent.analytics": True}}],
    )
    done = started(tmp_path, {"baggage_prefixes": ["bag."]}).process(sent)
    assert done is not None
    assert column(done, "resource") == [1, 0]


def test_a_personal_attribute_from_baggage_makes_a_message_personal(tmp_path: Path) -> None:
    """A session that came as baggage is a person's as much as one of the record's own."""
    keys = ("session.id", "baggage.session.id", "other.session.id")
    done = started(tmp_path).process(batch(Signal.LOGS, [{"attributes": {key: "s"}} for key in keys]))
    assert done is not None
    assert column(done, "lift.consent") == ["denied", "denied", "not_required"]


@pytest.mark.parametrize("inside", [{"user.id": "ada"}, {"user": {"id": "ada"}}, {"seen": [{"user.email": "a@x.org"}]}])
def test_a_person_inside_a_body_or_a_map_must_agree_too(tmp_path: Path, inside: dict[str, object]) -> None:
    """A record that names its person only inside a map is about that person; one that names nobody needs no consent."""
    pseudonyms = PseudonymsProcessor(PseudonymsConfig(), Services("pseudonyms", tmp_path))
    pseudonyms.start()
    rows: list[dict[str, object]] = [
        {"lift.event": name, "body": json.dumps(body), "body_type": ValueType.KVLIST, "attributes": attributes}
        for name in (None, "feature_used")
        for body, attributes in ((inside, {}), ({"a": 1}, {"m": inside}), ({"a": 1}, {}))
    ]
    done = started(tmp_path).process(pseudonyms.process(batch(Signal.LOGS, rows)))
    assert done is not None
    assert column(done, "lift.consent") == ["denied", "denied", "not_required", "not_required"]


def test_a_personal_attribute_inside_a_map_makes_a_message_personal(tmp_path: Path) -> None:
    """A session inside a body or a map is a person's as much as an attribute; the word alone in a text is nothing."""
    inside, other = {"n": [{"session.id": "s"}]}, {"n": ["x", "session.id", "y"], "is": 'a "session.id": b'}
    rows: list[dict[str, object]] = [
        {"attributes": {"m": inside}},
        {"attributes": {}, "body": json.dumps(inside), "body_type": ValueType.KVLIST},
        {"attributes": {"m": {"$kvlist": [["session.id", 1], ["session.id", 2]]}}},
        {"attributes": {"m": other}, "body": "plain", "body_type": ValueType.STRING},
        {"attributes": {}, "body": json.dumps(inside), "body_type": ValueType.STRING},
        {"attributes": {}, "resource": 1},
    ]
    resources = [{}, {"attributes": {"m": inside}}]
    done = started(tmp_path).process(batch(Signal.LOGS, rows, resources=resources))
    assert done is not None
    assert column(done, "lift.consent") == [*(["denied"] * 3), *(["not_required"] * 2), "denied"]


def test_a_denial_anywhere_wins(tmp_path: Path) -> None:
    """A denial of the resource or of the header is not undone by the record's grant; essential is not the header's."""
    granted = event("feature_used", analytics=True)
    assert not started(tmp_path).process(
        batch(Signal.LOGS, [granted], resources=[{"attributes": {"lift.consent.analytics": False}}])
    )
    done = started(tmp_path).process(batch(Signal.LOGS, [granted, event("api_error", essential=True)], gpc=True))
    assert names(done) == ["api_error"]
    assert column(done, "lift.consent") == ["granted_by_record"]  # type: ignore[arg-type]


def test_records_about_nobody_need_no_consent(tmp_path: Path) -> None:
    """A queue's length or a health check is kept as it is, whatever the category."""
    done = started(tmp_path).process(batch(Signal.LOGS, [event("feature_used", None), event(None, None)]))
    assert done is not None
    assert column(done, "lift.consent") == ["not_required"] * 2
    assert column(done, "lift.anonymise") == [False, False]


@pytest.mark.parametrize("key", ["session.id", "client.address", "user.email", "device.id"])
@pytest.mark.parametrize("level", ["record", "scope", "resource"])
def test_a_session_or_an_address_makes_a_record_personal(tmp_path: Path, key: str, level: str) -> None:
    """No subject is needed for a record to be about a person."""
    row = {"attributes": {key: "x"}}
    sent = batch(
        Signal.TRACES,
        [row if level == "record" else {}],
        scopes=[row if level == "scope" else {}],
        resources=[row if level == "resource" else {}],
    )
    done = started(tmp_path).process(sent)
    assert done is not None
    assert column(done, "lift.consent") == ["denied"]


def test_the_peer_of_an_outgoing_call_is_a_server(tmp_path: Path) -> None:
    """The address of the other end is a person's only where the span serves or consumes."""
    rows = [{"kind": kind, "attributes": {"network.peer.address": "x"}} for kind in range(6)]
    done = started(tmp_path).process(batch(Signal.TRACES, rows))
    assert done is not None
    assert column(done, "lift.consent") == ["denied"] * 3 + ["not_required"] * 2 + ["denied"]


def test_an_unknown_event_needs_consent(tmp_path: Path) -> None:
    """A Lift event that nobody declared counts as behaviour, unless the configuration says what it is."""
    sent = batch(Signal.LOGS, [event("mystery")])
    assert started(tmp_path).process(sent) is None
    assert names(started(tmp_path, {"unknown": "essential"}).process(sent)) == ["mystery"]
    assert names(started(tmp_path, {"categories": {"mystery": "essential"}}).process(sent)) == ["mystery"]
    assert (
        started(tmp_path, {"categories": {"api_error": "marketing"}}).process(batch(Signal.LOGS, [event("api_error")]))
        is None
    )


def test_actions_are_configurable(tmp_path: Path) -> None:
    """Each category has its own action on a denial."""
    actions = {"analytics": "anonymise", "essential": "keep"}
    done = started(tmp_path, {"actions": actions}).process(
        batch(Signal.LOGS, [event("feature_used"), event("api_error")])
    )
    assert done is not None
    assert column(done, "lift.consent") == ["denied", "denied"]
    assert column(done, "lift.anonymise") == [True, False]


def test_a_consent_update_writes_the_ledger_and_needs_no_consent(tmp_path: Path) -> None:
    """Grants and withdrawals hold from the same batch on, for the person, at the time of the event."""
    meter = Counts()
    processor = started(tmp_path, meter=meter)
    done = processor.process(
        batch(
            Signal.LOGS,
            [
                event("user_consent_update", time=NOW - SECOND, analytics=True, marketing=False),
                event("user_consent_update", None, analytics=True),
                event("feature_used"),
                event("feature_used", BOB),
            ],
        )
    )
    assert done is not None
    assert names(done) == ["user_consent_update", "user_consent_update", "feature_used"]
    assert column(done, "lift.consent") == ["not_required", "not_required", "granted"]
    assert answered(tmp_path, ADA) == [
        (Consent.ANALYTICS, True, NOW - SECOND),
        (Consent.MARKETING, False, NOW - SECOND),
    ]
    assert meter.of("consent_ledger_entries") == 2
    assert meter.of("consent_updates_of_nobody") == 1


def test_all_updates_of_a_batch_are_kept_in_the_order_of_their_times(tmp_path: Path) -> None:
    """Order of arrival within a batch does not matter, and no answer is lost."""
    rows = [
        event("user_consent_update", time=NOW - 1, analytics=False),
        event("user_consent_update", time=NOW - 3, analytics=True),
        event("user_consent_update", BOB, time=NOW - 2, analytics=True),
        event("user_consent_update", BOB, time=NOW - 3, analytics=False),
    ]
    done = started(tmp_path).process(batch(Signal.LOGS, [*rows, event("feature_used"), event("feature_used", BOB)]))
    assert done is not None
    assert column(done, "lift.person")[4:] == [BOB]
    assert answered(tmp_path, ADA) == [(Consent.ANALYTICS, True, NOW - 3), (Consent.ANALYTICS, False, NOW - 1)]
    assert answered(tmp_path, BOB) == [(Consent.ANALYTICS, False, NOW - 3), (Consent.ANALYTICS, True, NOW - 2)]


def test_an_update_says_for_what_by_which_way_and_with_what_proof(tmp_path: Path) -> None:
    """Purpose, source and proof go from the event to the ledger, with when and where it was learnt."""
    said = {"lift.consent.purpose": "newsletter", "lift.source": "banner", "lift.consent.proof": "form 7"}
    row = event("user_consent_update", time=NOW - 1, marketing=True)
    started(tmp_path).process(
        batch(Signal.LOGS, [{**row, "attributes": {**said, "lift.consent.marketing": True}}, row])
    )
    plain, proven = sorted(Ledger(ledger_path(tmp_path)).history(ADA), key=lambda entry: entry.purpose)
    assert (proven.purpose, proven.source, proven.proof) == ("newsletter", "banner", "form 7")
    assert (plain.purpose, plain.source, plain.proof) == ("", "event", "")
    assert (plain.event_time, plain.known_time) == (NOW - 1, NOW)
    assert plain.gateway
    assert plain.gateway == proven.gateway


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("form 7/b", True),
        ("signed:2026-11-21", True),
        ("6f1c2a00-1111-2222-3333-123456789012", True),
        ("ada@example.org", False),
        ("+49 170 1234567", False),
        ("4111-1111-1111-1111", False),
        ("x" * 129, False),
        ("Jürgen", False),
    ],
)
def test_a_proof_that_may_be_personal_never_reaches_the_ledger(tmp_path: Path, text: str, kept: bool) -> None:
    """The ledger is written before redaction, so it takes only what is plainly a name or an id of a thing."""
    row = {**event("user_consent_update"), "attributes": {"lift.consent.proof": text, "lift.consent.analytics": True}}
    started(tmp_path).process(batch(Signal.LOGS, [row]))
    assert [entry.proof for entry in Ledger(ledger_path(tmp_path)).history(ADA)] == [text if kept else "?"]
    assert (text in ledger_path(tmp_path).read_text("utf-8")) is kept


def test_an_update_that_a_client_sent_twice_is_one_entry(tmp_path: Path) -> None:
    """A retry makes the ledger no longer."""
    meter = Counts()
    processor = started(tmp_path, meter=meter)
    for received in (NOW, NOW + SECOND):
        processor.process(batch(Signal.LOGS, [event("user_consent_update", analytics=True)], received=received))
    assert meter.of("consent_ledger_entries") == 1


@pytest.mark.parametrize("records", [False, True])
def test_the_header_is_a_withdrawal_only_where_configured(tmp_path: Path, records: bool) -> None:
    """`Sec-GPC` denies its request; written to the ledger it denies from then on, for the subjects it came with."""
    processor = started(tmp_path, {"gpc": {"record": records}})
    processor.process(batch(Signal.LOGS, [event("user_consent_update", time=NOW - SECOND, analytics=True)]))
    later = [event("feature_used", time=NOW + SECOND), event("api_error", BOB, NOW + SECOND, essential=True)]
    for _ in range(2):
        done = processor.process(batch(Signal.LOGS, later, received=NOW + SECOND, gpc=True))
        assert names(done) == ["api_error"]
    after = processor.process(batch(Signal.LOGS, [event("feature_used", time=NOW + 2 * SECOND)], received=NOW * 2))
    assert bool(after) is not records
    entries = [entry for person in (ADA, BOB) for entry in Ledger(ledger_path(tmp_path)).history(person)]
    by_header = [entry for entry in entries if entry.source == "gpc"]
    assert len(by_header) == (6 if records else 0)
    assert all(not entry.granted and entry.event_time == NOW + SECOND for entry in by_header)
    assert {entry.category for entry in by_header} == (set(Consent) - {Consent.ESSENTIAL} if records else set())


def test_an_update_outweighs_the_baggage_it_came_with(tmp_path: Path) -> None:
    """Baggage still carries the answer from before the user chose anew."""
    row = {
        **event("user_consent_update"),
        "attributes": {"lift.consent.analytics": True, "baggage.lift.consent.analytics": "false"},
    }
    started(tmp_path).process(batch(Signal.LOGS, [row]))
    assert answered(tmp_path, ADA) == [(Consent.ANALYTICS, True, NOW)]


def test_only_a_newer_grant_with_the_record_outweighs_a_withdrawal(tmp_path: Path) -> None:
    """Records from before a withdrawal, and resources and baggage set at an unknown time, bring no consent back."""
    Ledger(ledger_path(tmp_path)).record([Entry(ADA, Consent.ANALYTICS, False, NOW - 10, NOW - 10)])
    sent = batch(
        Signal.LOGS,
        [
            event("feature_used", time=NOW - 11, analytics=True),
            event("feature_used", time=NOW - 10, analytics=True),
            event("feature_used", time=NOW - 9, analytics=True),
            {**event("feature_used", time=NOW - 9), "resource": 1},
            {**event("feature_used", time=NOW - 9), "attributes": {"baggage.lift.consent.analytics": True}},
        ],
        resources=[{}, {"attributes": {"lift.consent.analytics": True}}],
    )
    done = started(tmp_path, {"default": "granted"}).process(sent)
    assert done is not None
    assert column(done, "time_unix_nano") == [NOW - 9]


def test_a_clock_that_runs_ahead_does_not_outlive_a_withdrawal(tmp_path: Path) -> None:
    """No event is newer than its arrival: neither a record nor an update from 2100 blocks a withdrawal of now."""
    future = NOW * 3
    processor = started(tmp_path)
    processor.process(batch(Signal.LOGS, [event("user_consent_update", time=future, analytics=True)], received=NOW))
    later = NOW + SECOND
    processor.process(batch(Signal.LOGS, [event("user_consent_update", time=later, analytics=False)], received=later))
    grant = event("feature_used", time=future, analytics=True)
    assert processor.process(batch(Signal.LOGS, [grant], received=later)) is None
    assert processor.process(batch(Signal.LOGS, [grant], received=later + 1)) is not None


def test_a_withdrawal_by_another_worker_holds_at_the_next_batch(tmp_path: Path) -> None:
    """Workers follow the one ledger file."""
    one, other = started(tmp_path), started(tmp_path)
    one.process(batch(Signal.LOGS, [event("user_consent_update", time=NOW - 2, analytics=True)]))
    assert other.process(batch(Signal.LOGS, [event("feature_used")])) is not None
    one.process(batch(Signal.LOGS, [event("user_consent_update", time=NOW - 1, analytics=False)]))
    assert other.process(batch(Signal.LOGS, [event("feature_used")])) is None


def test_a_ledgers_grant_holds_from_its_event_time_on(tmp_path: Path) -> None:
    """Before somebody agreed the ledger says nothing; between a withdrawal and the next grant it denies."""
    answers = [(True, NOW - 30), (False, NOW - 20), (True, NOW - 10)]
    Ledger(ledger_path(tmp_path)).record(Entry(ADA, Consent.ANALYTICS, granted, at, at) for granted, at in answers)
    rows = [event("feature_used", time=NOW - 35 + 5 * step) for step in range(8)]
    done = started(tmp_path).process(batch(Signal.LOGS, rows))
    assert [NOW - time for time in column(done, "time_unix_nano")] == [30, 25, 10, 5, 0]  # type: ignore[arg-type]
    done = started(tmp_path, {"default": "granted"}).process(batch(Signal.LOGS, rows))
    assert [NOW - time for time in column(done, "time_unix_nano")] == [35, 30, 25, 10, 5, 0]  # type: ignore[arg-type]


def test_what_a_span_grants_it_grants_at_its_own_time(tmp_path: Path) -> None:
    """A span that began before a withdrawal brings no consent back for its later events; their own grant does."""
    Ledger(ledger_path(tmp_path)).record([Entry(ADA, Consent.ANALYTICS, False, NOW - 10, NOW - 10)])
    yes, person = {"lift.consent.analytics": True}, {"lift.person": ADA, "lift.subject": ADA}
    rows = [{**person, "start_time_unix_nano": NOW - start, "attributes": yes} for start in (20, 5)]
    events = [
        {**person, "record": record, "time_unix_nano": NOW - 1, "lift.event": "feature_used", "attributes": own}
        for record in (0, 1)
        for own in ({}, yes)
    ]
    done = started(tmp_path, {"actions": {"essential": "keep"}}).process(batch(Signal.TRACES, rows, events=events))
    assert done is not None
    assert column(done, "record", Level.EVENT) == [0, 1, 1]


def test_a_span_whose_event_was_denied_stays_as_a_skeleton(tmp_path: Path) -> None:
    """No span is cut out of its trace, but neither its event nor what it said of it is kept."""
    sent = batch(
        Signal.TRACES,
        [
            {"lift.event": "feature_used", "lift.person": ADA, "attributes": {"lift.feature": "notes"}, "name": "a"},
            {"lift.event": "api_error", "lift.person": ADA, "attributes": {"http.route": "/"}, "name": "b"},
            {"lift.event": "api_error", "attributes": {"http.route": "/"}, "name": "c"},
        ],
    )
    done = started(tmp_path).process(sent)
    assert done is not None
    assert column(done, "name") == ["a", "b", "c"]
    assert names(done) == [None, "api_error", "api_error"]
    assert attributes(done) == [{}, {"http.route": "/"}, {"http.route": "/"}]
    assert column(done, "lift.anonymise") == [True, True, False]


def test_span_events_are_decided_by_themselves_and_marked_with_their_span(tmp_path: Path) -> None:
    """A denied behaviour event is removed; an essential one is marked; those inside a marked span always are."""
    person = {"lift.person": ADA, "lift.subject": ADA}
    yes = {"lift.consent.analytics": True}
    sent = batch(
        Signal.TRACES,
        [{**person, "attributes": {"lift.consent.essential": True}}, person],
        events=[
            {"record": 0, **person, "lift.event": "feature_used"},
            {"record": 0, **person, "lift.event": "feature_used", "attributes": yes},
            {"record": 0, **person, "lift.event": "api_error", "attributes": {"lift.consent.essential": False}},
            {"record": 0, **person},
            {"record": 1, **person, "lift.event": "feature_used", "attributes": yes},
            {"record": 1, **person, "lift.event": "feature_used"},
            {"record": 1, **person},
        ],
    )
    meter = Counts()
    done = started(tmp_path, meter=meter).process(sent)
    assert done is not None
    assert column(done, "lift.anonymise") == [False, True]
    assert column(done, "record", Level.EVENT) == [0, 0, 0, 1, 1]
    assert column(done, "lift.event", Level.EVENT) == ["feature_used", "api_error", None, "feature_used", None]
    assert column(done, "lift.consent", Level.EVENT) == [
        "granted_by_record",
        "denied",
        None,
        "granted_by_record",
        None,
    ]
    assert column(done, "lift.anonymise", Level.EVENT) == [False, True, False, True, False]
    assert meter.of("consent_dropped", kind="span_event", category="analytics") == 2


def test_decisions_drops_and_marks_are_counted(tmp_path: Path) -> None:
    """The gateway's metrics say how much was dropped for lack of consent, by category, and never whose it was."""
    meter = Counts()
    rows = [event("feature_used")] * 3 + [event("api_error")] * 2 + [event("feature_used", analytics=True)]
    started(tmp_path, meter=meter).process(batch(Signal.LOGS, rows))
    assert meter.of("consent_decisions", kind="log", category="analytics", decision="denied") == 3
    assert meter.of("consent_decisions", kind="log", category="analytics", decision="granted_by_record") == 1
    assert meter.of("consent_dropped", kind="log", category="analytics") == 3
    assert meter.of("consent_anonymised", kind="log", category="essential") == 2


def _many(signal: Signal, records: int) -> Batch:
    rows = [
        {
            "lift.event": ("feature_used", "api_error", "user_consent_update", None)[i % 4],
            "lift.person": f"{i % 7:032x}",
            "attributes": {"lift.consent.analytics": i % 3 == 0, "lift.consent": ["essential"], "n": i},
        }
        for i in range(records)
    ]
    events = [] if signal is Signal.LOGS else [{"record": i, "lift.event": "feature_used"} for i in range(records)]
    return batch(signal, rows, events=events)


@pytest.mark.parametrize("signal", list(Signal))
def test_work_is_by_distinct_value_not_by_record(tmp_path: Path, signal: Signal) -> None:
    """As many calls are made for 10,000 records of seven people as for 84."""
    processor = started(tmp_path)
    small, large = _many(signal, 84), _many(signal, 10_000 - 10_000 % 84)
    processor.process(_many(signal, 84))
    processor.process(_many(signal, 84))  # takes in the ledger's new lines
    assert calls(lambda: processor.process(large)) == calls(lambda: processor.process(small))


def test_the_readmes_example_is_a_configuration() -> None:
    """What the README shows is accepted by the model."""
    assert readme_example(otel_lift_consent.COMPONENT, otel_lift_consent)
