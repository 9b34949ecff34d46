import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import otel_lift_pseudonyms
import pytest
from otel_lift_pseudonyms import PseudonymsConfig, PseudonymsProcessor
from privacy_rows import Counts, attributes, batch, calls, column, readme_example

from otel_lift.batch import Batch, Level, RequestContext, Signal, ValueType
from otel_lift.kernel import decode, encode
from otel_lift.kernel.requests import REQUESTS
from otel_lift.keys import KeyRing, KeysConfig, rotate
from otel_lift.pipeline import Services

TEXT = "".join(
    f"{name}: {hashlib.sha256(name.encode()).hexdigest()}{date}\n"
    for name, date in (("ledger", ""), ("one", ", 2026-01-01"), ("two", ", 2026-06-01"))
)
RING = KeyRing.parse(TEXT, "here")


def started(tmp_path: Path, config: PseudonymsConfig | None = None, meter: Counts | None = None) -> PseudonymsProcessor:
    """Start a processor on the keys of these tests."""
    path = tmp_path / "ring"
    if not path.exists():
        path.write_text(TEXT)
    config = (config or PseudonymsConfig()).model_copy(update={"keys": KeysConfig(file=path)})
    processor = PseudonymsProcessor(config, Services("pseudonyms", tmp_path, meter or Counts()))
    processor.start()
    return processor


def test_ids_sessions_and_addresses_are_replaced_in_place(tmp_path: Path) -> None:
    """Attributes that name a person hold pseudonyms afterwards, in their places; others are untouched."""
    sent = batch(
        Signal.LOGS,
        [
            {
                "attributes": {
                    "http.route": "/a",
                    "user.id": "ada",
                    "user.email": "Ada@x.org",
                    "session.id": "s-1",
                    "client.address": "192.0.2.7",
                    "n": 1,
                }
            }
        ],
    )
    done = started(tmp_path).process(sent)
    assert attributes(done) == [
        {
            "http.route": "/a",
            "user.id": RING.subject("ada"),
            "user.email": RING.subject("ada@x.org"),
            "session.id": RING.session("s-1"),
            "client.address": RING.address("192.0.2.7"),
            "n": "1",
        }
    ]
    assert column(done, "lift.subject") == [RING.subject("ada")]
    assert column(done, "lift.person") == [RING.person("ada")]
    assert column(done, "lift.subject_key") == ["two"]


@pytest.mark.parametrize("level", list(Level))
def test_raw_ids_are_gone_from_every_level(tmp_path: Path, level: Level) -> None:
    """An id is replaced wherever attributes stand."""
    row = {"attributes": {"user.id": "raw-id-of-ada"}}
    levels = {
        Level.RESOURCE: {"resources": [row]},
        Level.SCOPE: {"scopes": [row]},
        Level.RECORD: {},
        Level.EVENT: {"events": [{"record": 0, **row}]},
        Level.LINK: {"links": [{"record": 0, **row}]},
        Level.METRIC: {"metrics": [row]},
        Level.EXEMPLAR: {"exemplars": [{"record": 0, **row}]},
    }
    signal = Signal.METRICS if level in (Level.METRIC, Level.EXEMPLAR) else Signal.TRACES
    sent = batch(signal, [row if level is Level.RECORD else {}], **levels[level])  # type: ignore[arg-type]
    done = started(tmp_path).process(sent)
    assert attributes(done, level) == [{"user.id": RING.subject("raw-id-of-ada")}]
    for table in done.tables.values():
        assert "raw-id-of-ada" not in str(table.to_pylist())


def test_a_record_falls_back_to_its_scope_and_resource(tmp_path: Path) -> None:
    """The subject is the record's own, else its scope's, else its resource's; of a span event its own or its span's."""
    sent = batch(
        Signal.TRACES,
        [{"attributes": {"user.id": "own"}, "scope": 1}, {"scope": 1}, {"scope": 0}, {"scope": 2, "resource": 1}],
        resources=[{"attributes": {"user.id": "phone"}}, {}],
        scopes=[{}, {"attributes": {"enduser.id": "scope"}}, {"resource": 1}],
        events=[{"record": 0}, {"record": 2, "attributes": {"user.name": "event"}}, {"record": 3}],
    )
    done = started(tmp_path).process(sent)
    assert column(done, "lift.subject") == [*map(RING.subject, ["own", "scope", "phone"]), None]
    assert column(done, "lift.person") == [*map(RING.person, ["own", "scope", "phone"]), None]
    assert column(done, "lift.subject_key") == ["two", "two", "two", None]
    assert column(done, "lift.subject", Level.EVENT) == [*map(RING.subject, ["own", "event"]), None]
    assert column(done, "lift.subject_key", Level.EVENT) == ["two", "two", None]


def test_the_first_configured_attribute_wins(tmp_path: Path) -> None:
    """The order of `subjects` decides, not the order in which a client sent them; an empty value names nobody."""
    sent = batch(
        Signal.LOGS,
        [
            {"attributes": [("user.email", "a@x.org"), ("user.id", "a"), ("user.id", "b")]},
            {"attributes": {"user.id": "  ", "user.email": "c@x.org"}},
            {"attributes": {"user.id": ""}},
            {"attributes": {"user.id": None}},
        ],
    )
    done = started(tmp_path).process(sent)
    assert column(done, "lift.subject") == [RING.subject("a"), RING.subject("c@x.org"), None, None]


def test_a_number_names_the_same_person_as_its_text(tmp_path: Path) -> None:
    """A `user.id` of type int is the text of its digits, and becomes a string."""
    done = started(tmp_path).process(
        batch(Signal.LOGS, [{"attributes": {"user.id": 42}}, {"attributes": {"user.id": "42"}}])
    )
    assert column(done, "lift.subject") == [RING.subject("42")] * 2
    assert done.attributes(Level.RECORD).types.tolist() == [ValueType.STRING, ValueType.STRING]


def test_a_client_cannot_pose_as_somebody(tmp_path: Path) -> None:
    """What only the gateway may say is dropped from what a client sent, and counted; its event and consent stay."""
    meter = Counts()
    forged = {"lift.subject": "f" * 32, "lift.person": "f" * 32, "lift.anonymise": False, "lift.fingerprint": "0"}
    kept = {"lift.event": "api_error", "lift.consent": ["analytics"], "lift.consent.marketing": True}
    done = started(tmp_path, meter=meter).process(
        batch(Signal.TRACES, [{"attributes": {**forged, **kept}}], resources=[{"attributes": forged}])
    )
    assert list(attributes(done)[0]) == list(kept)
    assert attributes(done, Level.RESOURCE) == [{}]
    assert column(done, "lift.subject") == [None]
    assert meter.of("pseudonyms_reserved_dropped") == 8


def test_the_same_id_is_another_person_in_another_tenant(tmp_path: Path) -> None:
    """Neither rows nor consent of one tenant's user 42 lead to another tenant's."""
    processor = started(tmp_path)
    sent = batch(Signal.LOGS, [{"attributes": {"user.id": "42", "session.id": "s", "client.address": "a"}}])
    other = replace(sent, context=RequestContext(tenant="other"))
    mine, theirs = processor.process(sent), processor.process(other)
    for name in ("lift.subject", "lift.person"):
        assert column(mine, name) != column(theirs, name)
    assert not set(attributes(mine)[0].values()) & set(attributes(theirs)[0].values())
    assert column(theirs, "lift.subject") == [RING.subject("42", "other")] == [RING.pseudonyms("42", "other")["two"]]


def test_no_id_passes_for_another_tenants_or_for_a_session() -> None:
    """An id with zero bytes in it has the pseudonym of none that the gateway itself puts together with one."""
    assert RING.subject("other\x0042") not in {RING.subject("42", "other"), RING.subject("42")}
    assert RING.subject("session\x00abc") != RING.session("abc")
    assert RING.person("other\x0042") != RING.person("42", "other")


def test_the_attributes_are_configurable(tmp_path: Path) -> None:
    """An app's own names for people, sessions and addresses work as the standard's."""
    config = PseudonymsConfig(subjects=("account",), sessions=("visit",), addresses=("ip",))
    done = started(tmp_path, config).process(
        batch(Signal.LOGS, [{"attributes": {"account": "a", "visit": "v", "ip": "::1", "user.id": "left"}}])
    )
    assert attributes(done) == [
        {"account": RING.subject("a"), "visit": RING.session("v"), "ip": RING.address("::1"), "user.id": "left"}
    ]


@pytest.mark.parametrize(
    ("key", "inside", "becomes"),
    [
        ("form", {"user.id": "ada"}, {"user.id": RING.subject("ada")}),
        ("form", {"n": [1, {"user.id": 42, "x": True}]}, {"n": [1, {"user.id": RING.subject("42"), "x": True}]}),
        ("form", {"user": {"id": "ada", "age": 3}}, {"user": {"id": RING.subject("ada"), "age": 3}}),
        ("form", {"app.user": [{"id": "ada"}]}, {"app.user": [{"id": RING.subject("ada")}]}),
        ("lift.user", {"id": "ada"}, {"id": RING.subject("ada")}),
        ("baggage", {"user.id": "ada"}, {"user.id": RING.subject("ada")}),
        ("form", {"baggage.user.id": "ada"}, {"baggage.user.id": RING.subject("ada")}),
        (
            "form",
            {"$kvlist": [["user.id", "ada"], ["a", 1]]},
            {"$kvlist": [["user.id", RING.subject("ada")], ["a", 1]]},
        ),
        ("form", {"user.id": {"$bytes": "YWRh"}}, {"user.id": RING.subject("YWRh")}),
        (
            "form",
            {"user.email": "a@x.org", "user.id": "ada"},
            {"user.email": RING.subject("a@x.org"), "user.id": RING.subject("ada")},
        ),
    ],
)
def test_what_names_a_person_inside_a_map_is_replaced(
    tmp_path: Path, key: str, inside: dict[str, object], becomes: dict[str, object]
) -> None:
    """An id inside an attribute or a body, at any depth, becomes its pseudonym, and the record's subject."""
    text = json.dumps(inside, separators=(",", ":"))
    sent = batch(
        Signal.LOGS,
        [{"attributes": {key: inside}}, {"body": f'{{"{key}":{text}}}', "body_type": ValueType.KVLIST}],
        resources=[{"attributes": {"user.id": "owner of the device"}}],
    )
    done = started(tmp_path).process(sent)
    assert json.loads(attributes(done)[0][key]) == becomes
    assert json.loads(column(done, "body")[1]) == {key: becomes}
    (raw,) = {value for value in ("ada", "42", "YWRh") if value in text}
    assert column(done, "lift.subject") == [RING.subject(raw)] * 2
    assert column(done, "lift.person") == [RING.person(raw)] * 2
    assert done.attributes(Level.RECORD).types.tolist() == [ValueType.KVLIST]


def test_what_stands_outside_a_map_names_the_subject_first(tmp_path: Path) -> None:
    """A record's attribute comes before its maps, those of attributes before the body, and all before the resource."""
    body = {"body": '{"user.id":"body"}', "body_type": ValueType.KVLIST}
    sent = batch(
        Signal.LOGS,
        [
            {**body, "attributes": {"m": {"user.id": "map"}, "user.name": "own"}},
            {**body, "attributes": [("m", {"user.name": "later"}), ("m", {"user.id": "map"}), ("m", {"user.id": "z"})]},
            body,
            {"body": '{"user.id":"said"}', "body_type": ValueType.STRING},
        ],
        resources=[{"attributes": {"user.id": "resource"}}],
    )
    done = started(tmp_path).process(sent)
    assert column(done, "lift.subject") == [RING.subject(name) for name in ("own", "map", "body", "resource")]


def test_sessions_and_addresses_inside_maps_are_replaced_and_counted(tmp_path: Path) -> None:
    """What is replaced inside maps counts as often as it stands there; other maps and blank ids stay as they were."""
    meter = Counts()
    inside = {"session": {"id": "s"}, "peers": [{"client.address": "a"}, {"client.address": "a"}]}
    others = [{"user.id": " "}, {"app.user.id": "left"}, {"session": "x", "id": 1}]
    sent = batch(Signal.TRACES, [{"attributes": {"m": each}} for each in (inside, inside, *others)])
    done = started(tmp_path, meter=meter).process(sent)
    texts = [json.loads(row["m"]) for row in attributes(done)]
    address = {"client.address": RING.address("a")}
    assert texts == [*([{"session": {"id": RING.session("s")}, "peers": [address, address]}] * 2), *others]
    assert meter.seen == {
        ("pseudonyms_values", (("kind", "session"),)): 2,
        ("pseudonyms_values", (("kind", "address"),)): 4,
    }
    assert column(done, "lift.subject") == [None] * 5


def test_baggage_names_people_too(tmp_path: Path) -> None:
    """A key under a prefix of baggage is replaced as without it, and names the subject if nothing else does."""
    sent = batch(
        Signal.LOGS,
        [
            {"attributes": {"baggage.user.id": "b", "baggage.session.id": "s"}},
            {"attributes": {"baggage.user.id": "b", "user.name": "n"}},
        ],
    )
    done = started(tmp_path).process(sent)
    assert attributes(done)[0] == {"baggage.user.id": RING.subject("b"), "baggage.session.id": RING.session("s")}
    assert column(done, "lift.subject") == [RING.subject("b"), RING.subject("n")]
    other = started(tmp_path, PseudonymsConfig(baggage_prefixes=("ctx-",))).process(
        batch(Signal.LOGS, [{"attributes": {"baggage.user.id": "left", "ctx-user.id": "b"}}])
    )
    assert attributes(other) == [{"baggage.user.id": "left", "ctx-user.id": RING.subject("b")}]


def test_the_inside_of_a_map_is_written_as_the_kernel_does(tmp_path: Path) -> None:
    """A rewritten map encodes to the same message but for the pseudonym: numbers, bytes and repeated keys stay."""
    request: Any = REQUESTS[Signal.LOGS]()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    values = record.body.kvlist_value.values
    values.add(key="twice").value.double_value = 1.0
    values.add(key="twice").value.bytes_value = b"\x00"
    values.add(key="$n").value.double_value = float("inf")
    values.add(key="text").value.string_value = 'ü"\\\n\u2028'
    values.add(key="nothing").value.SetInParent()
    values.add(key="user.id").value.int_value = 42
    batch = decode(Signal.LOGS, [request.SerializeToString()], RequestContext(), 1).batch
    done = encode(started(tmp_path).process(batch))
    values[-1].value.string_value = RING.subject("42")
    found: Any = REQUESTS[Signal.LOGS].FromString(done)
    assert found.resource_logs[0].scope_logs[0].log_records[0].body == record.body


def test_rotation_is_followed_while_running(tmp_path: Path) -> None:
    """After a rotation new rows have the new key, and the person stays the same."""
    processor = started(tmp_path)
    sent = batch(Signal.LOGS, [{"attributes": {"user.id": "ada"}}])
    before = processor.process(sent)
    added = rotate(tmp_path / "ring")
    after = processor.process(sent)
    assert column(after, "lift.subject_key") == [added]
    assert column(after, "lift.subject") != column(before, "lift.subject")
    assert column(after, "lift.person") == column(before, "lift.person")


def test_a_broken_key_file_does_not_stop_a_running_gateway(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The keys in memory stay in use and the log says why."""
    processor = started(tmp_path)
    sent = batch(Signal.LOGS, [{"attributes": {"user.id": "ada"}}])
    (tmp_path / "ring").write_text("half a li")
    assert column(processor.process(sent), "lift.subject") == [RING.subject("ada")]
    assert "keeping the pseudonym keys" in caplog.text


def test_replacements_are_counted_by_kind(tmp_path: Path) -> None:
    """Counters say how many values became pseudonyms, without saying whose."""
    meter = Counts()
    started(tmp_path, meter=meter).process(
        batch(
            Signal.LOGS,
            [{"attributes": {"user.id": "a", "session.id": "s"}}, {"attributes": {"user.id": ""}}],
            resources=[{"attributes": {"user.id": "r"}}],
        )
    )
    assert meter.seen == {
        ("pseudonyms_values", (("kind", "subject"),)): 2,
        ("pseudonyms_values", (("kind", "session"),)): 1,
    }


def test_long_ids_are_hashed_whole(tmp_path: Path) -> None:
    """Ids too long for the cache, and a cache of no size, change no pseudonym."""
    ids = ["x" * 256, "x" * 257, "y"]
    done = started(tmp_path, PseudonymsConfig(cache_size=0)).process(
        batch(Signal.LOGS, [{"attributes": {"user.id": name}} for name in ids])
    )
    assert column(done, "lift.subject") == [RING.subject(name) for name in ids]


def _many(records: int) -> Batch:
    rows = [
        {"attributes": {"user.id": f"u{i % 5}", "session.id": f"s{i % 5}", "client.address": f"a{i % 5}", "k": i}}
        for i in range(records)
    ]
    return batch(Signal.LOGS, rows, resources=[{"attributes": {"user.id": "r"}}])


def test_work_is_by_distinct_value_not_by_record(tmp_path: Path) -> None:
    """As many calls are made for 10,000 records of five people as for 10."""
    processor = started(tmp_path)
    small, large = _many(10), _many(10_000)
    processor.process(_many(10))
    assert calls(lambda: processor.process(large)) == calls(lambda: processor.process(small))


def test_an_empty_batch_passes(tmp_path: Path) -> None:
    """A batch without a record comes back as it was."""
    processor = started(tmp_path)
    assert len(processor.process(Batch.empty(Signal.TRACES))) == 0


def test_the_readmes_example_is_a_configuration() -> None:
    """What the README shows is accepted by the model."""
    assert readme_example(otel_lift_pseudonyms.COMPONENT, otel_lift_pseudonyms)
