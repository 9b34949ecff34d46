"""Drift: what is counted of attributes agrees with a plain model, whoever counts it and in whichever order."""

from collections import Counter
from pathlib import Path

import pytest
from drift_rows import DIRTY, SECRET, drifting, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from otel_lift_redaction.drift.findings import Folder
from privacy_rows import NOW, Counts, batch

from otel_lift.batch import Signal, ValueType

KEYS = ("note", "order.note", "lift.step")
SERVICES = ("shop", "till", "")
AFTER, AFTER_TIME = 4, 3

_record = st.tuples(st.sampled_from(SERVICES), st.sampled_from(KEYS), st.booleans())
_batch = st.tuples(st.integers(0, 3), st.lists(_record, min_size=1, max_size=6))


_Batches = list[tuple[int, list[tuple[str, str, bool]]]]
_Attribute = tuple[str, str]


def _model(batches: _Batches) -> tuple[Counter[_Attribute], Counter[_Attribute], list[_Attribute]]:
    """Values and findings by attribute, and which attributes drift, in the order in which they do."""
    values: Counter[tuple[str, str]] = Counter()
    dirty: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], int] = {}
    drifted: list[tuple[str, str]] = []
    now = 0
    for later, records in batches:
        now += later
        found = {(key, service) for service, key, is_dirty in records if is_dirty}
        for one in sorted(found):
            old = now - first.get(one, now) >= AFTER_TIME
            if old and values[one] >= AFTER * (dirty[one] + 1) and one not in drifted:
                drifted.append(one)
        for service, key, is_dirty in records:
            values[key, service] += 1
            dirty[key, service] += is_dirty
            first.setdefault((key, service), now)
    return values, dirty, drifted


@given(batches=st.lists(_batch, max_size=12), workers=st.integers(1, 3), restarts=st.sets(st.integers(0, 11)))
@settings(max_examples=60, deadline=None)
def test_counts_and_drift_are_those_of_a_plain_model(
    tmp_path_factory: pytest.TempPathFactory, batches: _Batches, workers: int, restarts: set[int]
) -> None:
    """Totals are a model's for any batches, workers and restarts, and with one worker so is what drifts and when."""
    data = tmp_path_factory.mktemp("drift")
    meters = [Counts() for _ in range(workers)]
    made = [drifting(data, meter, after=AFTER, after_time=AFTER_TIME) for meter in meters]
    now = 0
    for number, (later, records) in enumerate(batches):
        now += later
        worker = number % workers
        if number in restarts:
            made[worker].stop()
            made[worker] = drifting(data, meters[worker], after=AFTER, after_time=AFTER_TIME)
        texts = [(service, {key: DIRTY if is_dirty else "seen"}) for service, key, is_dirty in records]
        made[worker].process(rows_of(texts, NOW + now * 10**9))
    for one in made:
        one.stop()

    values, dirty, drifted = _model(batches)
    rows = [row for row in Folder(data).read_counts(1000).table().to_pylist() if row["level"] == "record"]
    assert {(row["key"], row["service"]): (row["values"], row["dirty"]) for row in rows} == {
        one: (count, dirty[one]) for one, count in values.items()
    }
    if workers == 1:
        listed = [(one.key, one.service) for one in Folder(data).findings()]
        assert sorted(listed) == sorted(drifted)
        assert meters[0].of("redaction_drift", rule="email") == len(drifted)


def test_the_oldest_attributes_are_forgotten(tmp_path: Path) -> None:
    """Of more attributes than are followed the ones seen last stay, the others are counted, and memory is bounded."""
    meter = Counts()
    made = drifting(tmp_path, meter, most_attributes=100)
    for number in range(40):
        made.process(
            rows_of([("shop", {f"key.{number}.{at}": 1 for at in range(10)} | {"always": 1})], NOW + number * 10**9)
        )
    made.stop()

    rows = {row["key"]: row for row in Folder(tmp_path).read_counts(1000).table().to_pylist()}
    assert len(rows) <= 100
    assert rows["always"]["values"] == 40
    assert rows["key.39.0"]["values"] == 1
    assert "key.0.0" not in rows
    assert meter.of("redaction_drift_forgotten") >= 275


def test_keys_that_become_one_are_counted_as_one(tmp_path: Path) -> None:
    """Keys that hold personal data are followed by what redaction makes of them, and never as they came."""
    made = drifting(tmp_path)
    made.process(rows_of([("shop", {SECRET: "seen", "m.otter@posteo.example": "seen"})]))
    made.stop()

    rows = Folder(tmp_path).read_counts(1000).table().to_pylist()
    assert [(row["key"], row["values"]) for row in rows if row["level"] == "record"] == [("[email]", 2)]


def test_names_and_bodies_are_followed_too(tmp_path: Path) -> None:
    """Texts of a record count as attributes named after their field, and drift as these do."""
    made = drifting(tmp_path)
    for body in ("went well", DIRTY):
        logs = [{"body": body, "body_type": ValueType.STRING} for _ in range(4)]
        made.process(batch(Signal.LOGS, logs, resources=[{"attributes": {"service.name": "shop"}}]))
    for name in ("GET /", f"GET /of/{SECRET}"):
        made.process(batch(Signal.TRACES, [{"name": name} for _ in range(4)]))
    made.stop()

    found = [(one.attribute, one.before, one.rule) for one in Folder(tmp_path).findings()]
    assert found == [(("logs", "field", "body", "shop"), 4, "email"), (("traces", "field", "name", ""), 4, "email")]


def test_damaged_counts_are_begun_again(tmp_path: Path) -> None:
    """A file of counts that cannot be read stops nothing, and is written anew."""
    (tmp_path / "drift").mkdir()
    (tmp_path / "drift" / "attributes.arrow").write_bytes(b"ARROW1 and then nothing")
    made = drifting(tmp_path)
    made.process(rows_of([("shop", {"note": "seen"})]))
    made.stop()

    rows = Folder(tmp_path).read_counts(1000).table().to_pylist()
    assert ("note", 1) in [(row["key"], row["values"]) for row in rows]


def test_what_is_made_anonymous_leaves_no_name(tmp_path: Path) -> None:
    """Attributes of marked records and span events, and of resources that only such have, are not counted."""
    said = "what somebody said"
    made = drifting(tmp_path, Counts())

    def attribute(name: str) -> dict[str, str]:
        return {name: "seen"}

    records = [
        {"lift.anonymise": True, "resource": 0, "attributes": attribute(f"{said} 0")},
        {"resource": 1, "attributes": attribute("kept")},
    ]
    events = [
        {"record": 0, "attributes": attribute(f"{said} 1")},
        {"record": 1, "lift.anonymise": True, "attributes": attribute(f"{said} 2")},
        {"record": 1, "attributes": attribute("kept in an event")},
    ]
    resources = [{"attributes": attribute(f"{said} 3")}, {"attributes": attribute("kept of a resource")}]
    links = [{"record": 0, "attributes": attribute(f"{said} 4")}]
    made.process(batch(Signal.TRACES, records, resources=resources, events=events, links=links))
    made.stop()

    rows = Folder(tmp_path).read_counts(1000).table().to_pylist()
    assert {row["key"] for row in rows if row["level"] != "field"} == {"kept", "kept in an event", "kept of a resource"}
    assert said.encode() not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
