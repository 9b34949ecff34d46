from collections.abc import Mapping
from pathlib import Path

import otel_lift_anonymise
import pytest
from otel_lift_anonymise import AnonymiseConfig, AnonymiseProcessor
from privacy_rows import Counts, attributes, batch, calls, column, readme_example

from otel_lift.batch import SCHEMAS, Batch, Level, Signal, ValueType
from otel_lift.pipeline import Services

WHO = {"lift.subject": "a" * 32, "lift.subject_key": "k", "lift.person": "b" * 32}
MIXED = {"http.route": "/a", "user.id": "a" * 32, "session.id": "s", "exception.message": "Ada's cat", "own": "x"}
MARK: Mapping[str, object] = {**WHO, "lift.anonymise": True, "attributes": MIXED}
KEEP: Mapping[str, object] = {**WHO, "lift.anonymise": False, "attributes": MIXED}


def started(config: AnonymiseConfig | None = None, meter: Counts | None = None) -> AnonymiseProcessor:
    """Start a processor."""
    processor = AnonymiseProcessor(
        config or AnonymiseConfig(), Services("anonymise", Path("unused"), meter or Counts())
    )
    processor.start()
    return processor


@pytest.mark.parametrize("signal", list(Signal))
def test_a_marked_record_keeps_public_attributes_and_no_identity(signal: Signal) -> None:
    """Subject, key, person, session and text go from marked records, and from no other."""
    meter = Counts()
    done = started(meter=meter).process(batch(signal, [MARK, KEEP, MARK]))
    assert attributes(done) == [{"http.route": "/a"}, MIXED, {"http.route": "/a"}]
    for name, value in WHO.items():
        assert column(done, name) == [None, value, None]
    assert column(done, "lift.anonymise") == [True, False, True]
    assert meter.seen == {("anonymise_records", ()): 2}


def test_an_anonymous_span_keeps_its_place_in_the_trace() -> None:
    """Ids, times, name, kind, status code and event stay; trace state and status message go."""
    kept = {
        "trace_id": b"t" * 16,
        "span_id": b"s" * 8,
        "parent_span_id": b"p" * 8,
        "flags": 1,
        "name": "GET /a",
        "kind": 2,
        "start_time_unix_nano": 5,
        "end_time_unix_nano": 6,
        "status_code": 2,
        "lift.event": "api_error",
        "lift.consent": "denied",
        "lift.fingerprint": "0" * 64,
        "lift.template": "<name>'s cat",
    }
    gone = {"trace_state": "ada=1", "status_message": "Ada's cat"}
    done = started().process(batch(Signal.TRACES, [{**MARK, **kept, **gone}, {**KEEP, **kept, **gone}]))
    for name, value in kept.items():
        assert column(done, name) == [value, value]
    for name, value in gone.items():
        assert column(done, name) == ["", value]


def test_an_anonymous_log_record_keeps_its_severity_and_template() -> None:
    """The body becomes the template of its message, or nothing where there is none."""
    kept = {
        "time_unix_nano": 5,
        "observed_time_unix_nano": 6,
        "severity_number": 17,
        "severity_text": "ERROR",
        "trace_id": b"t" * 16,
        "span_id": b"s" * 8,
        "event_name": "lift.api_error",
        "lift.event": "api_error",
    }
    body = {"body_type": ValueType.KVLIST, "body": '{"a":"Ada"}'}
    rows = [{**MARK, **kept, **body, "lift.template": "no <x>"}, {**MARK, **kept, **body}, {**KEEP, **kept, **body}]
    done = started().process(batch(Signal.LOGS, rows))
    for name, value in kept.items():
        assert column(done, name) == [value] * 3
    assert column(done, "body") == ["no <x>", "", '{"a":"Ada"}']
    assert column(done, "body_type") == [ValueType.STRING, ValueType.EMPTY, ValueType.KVLIST]


def test_events_and_links_of_an_anonymous_span_go_but_its_lift_events_stay_stripped() -> None:
    """Failures inside an anonymous span still count, without a person; other spans keep theirs."""
    sent = batch(
        Signal.TRACES,
        [MARK, KEEP],
        events=[
            {**KEEP, "record": 0, "name": "log"},
            {**KEEP, "record": 0, "name": "error", "lift.event": "api_error", "lift.anonymise": False},
            {**KEEP, "record": 1, "name": "log"},
            {**MARK, "record": 1, "name": "error", "lift.event": "api_error"},
        ],
        links=[{"record": 0, "attributes": MIXED}, {"record": 1, "attributes": MIXED}],
    )
    done = started().process(sent)
    assert column(done, "record", Level.EVENT) == [0, 1, 1]
    assert column(done, "name", Level.EVENT) == ["error", "log", "error"]
    assert attributes(done, Level.EVENT) == [{"http.route": "/a"}, MIXED, {"http.route": "/a"}]
    assert column(done, "lift.subject", Level.EVENT) == [None, "a" * 32, None]
    assert column(done, "lift.person", Level.EVENT) == [None, "b" * 32, None]
    assert column(done, "record", Level.LINK) == [1]


def test_an_anonymous_record_cannot_reach_a_personal_resource() -> None:
    """A shared resource or scope stays whole for others, and is a stripped copy for the anonymous record."""
    phone = {"service.name": "app", "device.id": "d", "user.id": "u"}
    sent = batch(
        Signal.LOGS,
        [{**MARK, "resource": 1, "scope": 1}, {**KEEP, "resource": 1, "scope": 1}, {**MARK, "resource": 0, "scope": 0}],
        resources=[
            {"attributes": {"service.name": "api"}, "schema_url": "u0"},
            {
                "attributes": phone,
                "schema_url": "u1",
                "entity_refs": [{"schema_url": "", "type": "device", "id_keys": ["device.id"], "description_keys": []}],
            },
        ],
        scopes=[
            {"resource": 0, "name": "s0"},
            {"resource": 1, "name": "s1", "attributes": {"enduser.id": "e", "service.name": "n"}},
        ],
    )
    done = started().process(sent)
    resources, scopes = attributes(done, Level.RESOURCE), attributes(done, Level.SCOPE)
    by_record = column(done, "resource"), column(done, "scope")
    assert [resources[row] for row in by_record[0]] == [{"service.name": "app"}, phone, {"service.name": "api"}]
    assert [scopes[row] for row in by_record[1]] == [
        {"service.name": "n"},
        {"enduser.id": "e", "service.name": "n"},
        {},
    ]
    owner = column(done, "resource", Level.SCOPE)
    assert [owner[scope] for scope in by_record[1]] == by_record[0]
    urls, refs = column(done, "schema_url", Level.RESOURCE), column(done, "entity_refs", Level.RESOURCE)
    assert [urls[row] for row in by_record[0]] == ["u1", "u1", "u0"]
    assert [bool(refs[row]) for row in by_record[0]] == [False, True, False]
    assert [column(done, "name", Level.SCOPE)[row] for row in by_record[1]] == ["s1", "s1", "s0"]


def test_a_day_lived_pseudonym_stays() -> None:
    """A subject that consent put there for a day is kept; the person behind it is not."""
    row = {**MARK, "lift.subject_key": "day:2026-11-21"}
    done = started().process(batch(Signal.LOGS, [row, MARK, {**MARK, "lift.subject_key": None}]))
    assert column(done, "lift.subject") == ["a" * 32, None, None]
    assert column(done, "lift.subject_key") == ["day:2026-11-21", None, None]
    assert column(done, "lift.person") == [None, None, None]


def test_configured_attributes_are_public_too() -> None:
    """A deployment can name its own harmless attributes, with `*` for any text."""
    row = {**MARK, "attributes": {"shop": 1, "k8s.own.label": 2, "user.id": 3}}
    done = started(AnonymiseConfig(public=("shop", "k8s.*"))).process(batch(Signal.LOGS, [row]))
    assert attributes(done) == [{"shop": "1", "k8s.own.label": "2"}]


@pytest.mark.parametrize("signal", list(Signal))
def test_a_batch_without_a_mark_is_left_alone(signal: Signal) -> None:
    """Nothing is copied where nothing is to be done."""
    sent = batch(signal, [KEEP, {"attributes": MIXED}])
    assert started().process(sent) is sent
    assert len(started().process(Batch.empty(signal))) == 0


@pytest.mark.parametrize("signal", list(Signal))
def test_the_schema_is_kept(signal: Signal) -> None:
    """Every table has its level's schema afterwards."""
    done = started().process(batch(signal, [MARK, KEEP], resources=[{"attributes": MIXED}]))
    for level, table in done.tables.items():
        assert table.schema == SCHEMAS[signal][level]
        table.validate(full=True)


def _many(signal: Signal, records: int) -> Batch:
    rows = [MARK if i % 3 else KEEP for i in range(records)]
    children = [{"record": i, "attributes": MIXED} for i in range(records)]
    both = {"events": children, "links": children} if signal is Signal.TRACES else {}
    return batch(signal, rows, resources=[{"attributes": MIXED}], **both)  # type: ignore[arg-type]


@pytest.mark.parametrize("signal", list(Signal))
def test_work_is_by_column_not_by_record(signal: Signal) -> None:
    """As many calls are made for 10,000 records as for 10."""
    processor = started()
    small, large = _many(signal, 10), _many(signal, 10_000)
    assert calls(lambda: processor.process(large)) == calls(lambda: processor.process(small))


def test_the_readmes_example_is_a_configuration() -> None:
    """What the README shows is accepted by the model."""
    assert readme_example(otel_lift_anonymise.COMPONENT, otel_lift_anonymise)
