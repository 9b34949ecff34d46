"""Erasure in a store, on each engine: one person's rows, from every table, and nobody else's."""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from clickhouse_engines import server_port  # noqa: F401 - a fixture
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rights_support import RING, Place, files_holding, last, place

from otel_lift.jobs import perform
from otel_lift.keys import Relations
from otel_lift.rights import read_piece
from otel_lift.rights.sweep import Swept, sweep
from otel_lift.rollups import compare
from otel_lift.rollups.scope import DERIVED

ALICE, BOB = "alice@example.test", "bob-7"
MINE, OLD = RING.subject(ALICE), RING.pseudonyms(ALICE)["old"]
THEIRS = RING.subject(BOB)
SESSION, SHARED, ADDRESS = RING.session("s-1"), RING.session("s-2"), RING.address("192.0.2.7")
NOW = int(time.time())


@pytest.fixture(params=["embedded", "server"])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Open a place, once on each engine."""
    dsn = f"chdb://{tmp_path}/store"
    if request.param == "server":
        dsn = f"clickhouse://127.0.0.1:{request.getfixturevalue('server_port')}/rights_{uuid4().hex}"
    with place(tmp_path, dsn) as made:
        yield made


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Place]:
    """Open a place with the embedded engine."""
    with place(tmp_path, f"chdb://{tmp_path}/store") as made:
        yield made


_ENGINES = "SELECT groupArray(engine_full) FROM (SELECT * FROM system.tables WHERE database = 'otel' ORDER BY name)"


def _event(subject: str, **more: Any) -> dict[str, Any]:
    return {
        "event": "api_error",
        "event_time": NOW,
        "subject": subject,
        "fingerprint": "f" * 64,
        "message": f"failed for {subject[:4]}",
        "properties": {"k": "v"},
        **more,
    }


def _log(subject: str, **attributes: str) -> dict[str, Any]:
    return {
        "Timestamp": NOW,
        "Body": "failed",
        "LogAttributes": {**({"lift.subject": subject} if subject else {}), "k": "v", **attributes},
    }


def test_a_person_is_found_wherever_the_pseudonym_stands(here: Place) -> None:
    """In columns, values and keys of maps, arrays, nested ones, bodies and JSON, under old keys and new ones."""
    here.insert("otel_logs", [
        _log(MINE), _log("", other=MINE), _log("", **{MINE: "x"}), _log(OLD),
        {"Timestamp": NOW, "Body": f'{{"user":{{"id":"{MINE}"}}}}'}, _log(THEIRS),
    ])  # fmt: skip
    here.insert("otel_traces", [
        {"Timestamp": NOW, "SpanAttributes": {"user.id": MINE}},
        {"Timestamp": NOW, "Events.Timestamp": [NOW], "Events.Name": ["e"], "Events.Attributes": [{"user.id": MINE}]},
        {"Timestamp": NOW, "SpanName": "theirs"},
    ])  # fmt: skip
    here.insert("otel_metrics_sum", [{"TimeUnix": NOW, "Attributes": {"user.id": MINE}}, {"TimeUnix": NOW}])
    here.insert("lift_events", [_event(MINE), _event(OLD), _event(THEIRS), _event("", properties={"x": MINE})])
    answer = last(here.file, "subject erase", ids=[ALICE])
    assert answer["receipt"]["verified"], answer
    assert {name: rows for name, rows in answer["rows"].items() if name not in DERIVED} == {
        "otel_logs": 5, "otel_traces": 2, "otel_metrics_sum": 1, "lift_events": 3,
    }  # fmt: skip
    assert {name for name in answer["rows"] if name in DERIVED} == {*DERIVED} - {"lift_rollup_endpoints"}
    assert [len(here.all(table)) for table in ("otel_logs", "otel_traces", "otel_metrics_sum", "lift_events")] == [
        1
    ] * 4
    assert last(here.file, "subject verify", ids=[ALICE])["rows"] == {}
    assert here.one("SELECT sum(occurrences), uniqMerge(affected_users) FROM {db}.lift_error_patterns") == (1, 1)


def test_a_table_that_nobody_knew_of_is_covered(embedded: Place) -> None:
    """A table that was added to the database is searched, erased and exported like the others."""
    embedded.store.command(
        f"CREATE TABLE {embedded.options.qualified('shop_notes')} (at DateTime, note Nullable(String), "
        "tags Array(String), more Tuple(a String, b Array(Map(String, String)))) ENGINE = MergeTree ORDER BY at"
    )
    embedded.store.command(
        f"INSERT INTO {embedded.options.qualified('shop_notes')} VALUES (now(), 'to {MINE}', [], ('', [])), "
        f"(now(), NULL, ['{MINE}'], ('', [])), (now(), '', [], ('', [map('k', '{OLD}')])), "
        "(now(), NULL, ['x'], ('', []))"
    )
    exported = list(_export(embedded))
    assert exported.count("shop_notes") == 3
    assert last(embedded.file, "subject erase", ids=[ALICE])["rows"] == {"shop_notes": 3}
    assert len(embedded.all("shop_notes")) == 1


def _export(here: Place) -> Iterator[str]:

    for answer in perform(here.file, "subject export", {"ids": [ALICE]}):
        if "arrow" in answer:
            yield from [answer["table"]] * read_piece(answer["arrow"]).num_rows


def test_rows_leave_the_disk_and_the_settings_of_tables_come_back(embedded: Place) -> None:
    """After an erasure no file of the engine holds the pseudonym, decompressed or not, nor do mutations' texts."""
    before = embedded.one(_ENGINES)
    embedded.insert("otel_logs", [_log(MINE), _log(THEIRS)])
    embedded.insert("lift_events", [_event(MINE), _event(THEIRS)])
    folder = embedded.store.engine.path
    assert files_holding(folder, [MINE])
    assert last(embedded.file, "subject erase", ids=[ALICE])["receipt"]["pending"] == []
    # the register's copy says which pseudonyms are erased
    registers = embedded.store.query(
        "SELECT arrayJoin(data_paths) FROM system.tables WHERE database = 'otel' AND name = 'lift_tombstones'"
    ).rows
    assert files_holding(folder, [MINE], but=[Path(row[0]).name for row in registers]) == []
    assert files_holding(folder, [THEIRS])
    assert embedded.one(_ENGINES) == before
    assert not list((embedded.data / "rights").glob("*.json"))


def test_rows_that_only_a_session_ties_go_if_it_was_nobody_elses(embedded: Place) -> None:
    """A row without a subject goes with a session that was the person's alone, and stays with a shared one."""
    embedded.insert("otel_logs", [
        _log(MINE, **{"session.id": SESSION}), _log(MINE, **{"session.id": SHARED, "client.address": ADDRESS}),
        _log(THEIRS, **{"session.id": SHARED}),
        _log("", **{"session.id": SESSION}), _log("", **{"session.id": SHARED}),
        _log("", **{"client.address": ADDRESS}),
    ])  # fmt: skip
    embedded.insert("lift_events", [_event("", session_id=SESSION), _event("", session_id=SHARED)])
    rows = last(embedded.file, "subject erase", ids=[ALICE])["rows"]
    assert (rows["otel_logs"], rows["lift_events"]) == (4, 1)
    assert len(embedded.all("otel_logs")) == 2
    assert last(embedded.file, "subject verify", ids=[ALICE])["rows"] == {}


def test_one_id_is_two_people_in_two_tenants(embedded: Place) -> None:
    """An erasure in one tenant leaves the person of the other one alone."""
    other = RING.subject(ALICE, "blue")
    embedded.insert("otel_logs", [_log(MINE), _log(other)])
    assert last(embedded.file, "subject erase", ids=[ALICE], tenant="blue")["rows"] == {"otel_logs": 1}
    assert [row for row in embedded.all("otel_logs") if MINE in repr(row)]
    assert last(embedded.file, "subject verify", ids=[ALICE])["rows"] == {"otel_logs": 1}


def test_patterns_forget_a_person_whose_events_have_expired(here: Place) -> None:
    """Where events are gone, the count of people loses the person alone, and the example message goes."""
    here.store.command(
        f"INSERT INTO {here.options.qualified('lift_error_patterns')} (window, fingerprint, event, occurrences, "
        "affected_users, sample) SELECT now() - toIntervalDay(100), 'old', 'api_error', 7, uniqState(who), "
        f"argMaxState('theirs', now64(9)) FROM (SELECT arrayJoin(['{MINE}', 'a', 'b']) AS who)"
    )
    assert last(here.file, "subject verify", ids=[ALICE])["rows"] == {"lift_error_patterns": 1}
    assert last(here.file, "subject erase", ids=[ALICE])["receipt"]["verified"]
    found = here.one(
        "SELECT sum(occurrences), uniqMerge(affected_users), argMaxMerge(sample) FROM {db}.lift_error_patterns"
    )
    assert found == (7, 2, "")
    assert last(here.file, "subject verify", ids=[ALICE])["rows"] == {}


def test_an_erasure_again_does_no_harm_and_counts_nothing_twice(here: Place) -> None:
    """A second erasure finds nothing, and patterns made again twice count what the events are."""
    here.insert("lift_events", [_event(MINE), _event(THEIRS), _event(THEIRS)])
    first = last(here.file, "subject erase", ids=[ALICE])
    second = last(here.file, "subject erase", ids=[ALICE])
    assert (first["rows"]["lift_events"], second["rows"]) == (1, {})
    here.insert("lift_events", [_event(MINE)])
    last(here.file, "subject erase", ids=[ALICE])
    assert here.one("SELECT sum(occurrences), uniqMerge(affected_users) FROM {db}.lift_error_patterns") == (2, 1)
    with here.context() as context:
        assert compare(context.stores[0], date.today() - timedelta(days=2), date.today()) == ()  # noqa: DTZ011 - two days


def test_a_backup_that_is_restored_does_not_bring_a_person_back(embedded: Place) -> None:
    """The tombstones are outside the store: they fill its table again, and the sweep erases again, with a receipt."""
    embedded.insert("otel_logs", [_log(MINE), _log(THEIRS)])
    embedded.insert("lift_events", [_event(MINE), _event(THEIRS)])
    embedded.store.command("BACKUP DATABASE otel TO Memory('before')")
    assert last(embedded.file, "subject erase", ids=[ALICE])["receipt"]["verified"]
    with embedded.context() as context:
        assert sweep(context) == Swept((), complete=True)
        embedded.store.command("DROP DATABASE otel SYNC")
        embedded.store.command("RESTORE DATABASE otel FROM Memory('before')", use_database=False)
        assert len(embedded.all("otel_logs")) == 2
        assert sweep(context) == Swept((RING.person(ALICE),), complete=True)
        assert sweep(context) == Swept((), complete=True)
    assert len(embedded.all("otel_logs")) == len(embedded.all("lift_events")) == 1
    assert last(embedded.file, "subject verify", ids=[ALICE])["rows"] == {}
    assert last(embedded.file, "subject history")["count"] == 2


def test_the_sweep_knows_subjects_of_keys_that_are_newer_than_the_erasure(embedded: Place) -> None:
    """A late row under a key that was made since is found by what relates it to the person, and later rows stay."""
    keys = embedded.file.parent / "keys"
    whole = keys.read_text()
    keys.write_text("".join(line for line in whole.splitlines(keepends=True) if not line.startswith("new")))
    assert last(embedded.file, "subject erase", ids=[ALICE])["receipt"]["verified"]
    keys.write_text(whole)
    tag = _tag(ALICE)
    embedded.insert("lift_subjects", [{"subject": MINE, "subject_key": "new", "tag": tag, "last_seen": NOW + 3600}])
    embedded.insert("otel_logs", [_log(MINE), {**_log(MINE), "Timestamp": NOW + 3600}])
    with embedded.context() as context:
        assert sweep(context) == Swept((RING.person(ALICE),), complete=True)
    assert len(embedded.all("otel_logs")) == 1


def _tag(id_: str) -> str:

    return str(Relations(RING.current).tags(pa.array([RING.person(id_)]))[0].decode())


_PLACES = st.sampled_from(["subject", "value", "key", "body", "nothing"])


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(st.tuples(st.integers(0, 3), _PLACES, st.text(max_size=8)), max_size=30))
def test_rows_of_others_stay_byte_for_byte(embedded: Place, drawn: list[tuple[int, str, str]]) -> None:
    """Of random rows of four people exactly those of one go, and all others are as they were."""
    people = [RING.subject(f"{uuid4()}") for _ in range(3)]
    id_ = str(uuid4())
    people.append(RING.subject(id_))
    embedded.store.command("TRUNCATE TABLE otel.otel_logs")
    rows = []
    for who, where, text in drawn:
        made = people[who]
        attributes = {"value": {"a": made, "b": text}, "subject": {"lift.subject": made}, "key": {made: text}}
        body = f"<{text}{made}>" if where == "body" else text
        rows.append({"Timestamp": NOW, "Body": body, "LogAttributes": attributes.get(where, {"b": text})})
    if rows:
        embedded.insert("otel_logs", rows)
    expected = [row for row in embedded.all("otel_logs") if people[3] not in repr(row)]
    assert last(embedded.file, "subject erase", ids=[id_])["receipt"]["verified"]
    assert embedded.all("otel_logs") == expected
