"""Analyses across a rotation of keys, and the end of an epoch, on the real engine."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from clickhouse_engines import stream
from command_line import otel_lift
from otel_lift_pseudonyms import COMPONENT, PseudonymsConfig
from privacy_rows import Counts, batch

from otel_lift.batch import Signal
from otel_lift.errors import ConfigError
from otel_lift.jobs import JobContext, OpenStore
from otel_lift.keys import KeyRing, KeysConfig, KeySource, create, destroy, rotate
from otel_lift.pipeline import Services
from otel_lift.store import Store
from otel_lift.store.schema import SchemaOptions, apply
from otel_lift.tables import NewSubjects

pytest_plugins = ["clickhouse_engines"]

_NO_TOMBSTONES = Path("no register of erasures")
_PEOPLE = ("ann", "bob", "cat")


def _ring(file: Path) -> KeyRing:
    return KeySource(KeysConfig(file=file), file.parent).read()


@pytest.fixture
def epochs(tmp_path: Path) -> Path:
    """Make a file with the keys of two epochs."""
    file = tmp_path / "keys" / "pseudonyms.keys"
    create(file)
    rotate(file, date(2027, 1, 1))
    return file


def _store_visits(store: Store, options: SchemaOptions, ring: KeyRing, visits: Sequence[tuple[str, int]]) -> None:
    """Store an event of each (person, epoch), as the gateway does."""
    for raw, epoch in visits:
        key = ring.keys[epoch]
        then = KeyRing((key,), ring.ledger)
        person = {"lift.subject": then.subject(raw), "lift.person": then.person(raw), "lift.subject_key": key.id}
        rows = NewSubjects([lambda: ring], _NO_TOMBSTONES).rows(batch(Signal.LOGS, [person]))
        assert rows is not None
        store.insert_stream("lift_subjects", rows.schema.names, stream([rows]), f"{raw}{epoch}")
        store.command(
            f"INSERT INTO {options.qualified('lift_events')} (event, event_time, subject, subject_key) "
            "SELECT 'feature_used', now64(9), {subject:String}, {key:String}",
            {"subject": then.subject(raw), "key": key.id},
        )


def _relink(store: Store, options: SchemaOptions, keys: Path, data: Path) -> None:
    (job,) = COMPONENT.jobs(PseudonymsConfig(), Services("pseudonyms", data))
    config: Any = None  # a job of relinking asks nothing of it
    exports: Any = None
    job.run(
        JobContext(config, data, "", (OpenStore("clickhouse", store, options),), exports, lambda: _ring(keys), Counts())
    )


def _people(store: Store, options: SchemaOptions) -> int:
    table = options.qualified("lift_events_relinked")
    return int(store.query(f"SELECT uniqExact(linked_subject) FROM {table}").rows[0][0])


def test_a_person_of_two_epochs_counts_once_until_the_old_key_is_destroyed(
    store: Store, epochs: Path, tmp_path: Path
) -> None:
    """After a rotation the view counts people, not pseudonyms; when the old key is gone nothing relates them again."""
    options = SchemaOptions(database=store.dsn.database)
    apply(store, options)
    ring = _ring(epochs)
    _store_visits(store, options, ring, [("ann", 0), ("bob", 0), ("ann", 1), ("cat", 1)])

    _relink(store, options, epochs, tmp_path)
    linked = store.query("SELECT subject, linked_subject FROM lift_relinks").rows

    assert [tuple(row) for row in linked] == [(ring.pseudonyms("ann")[ring.keys[0].id], ring.subject("ann"))]
    assert _people(store, options) == len(_PEOPLE)

    destroy(epochs, ring.keys[0].id)
    _relink(store, options, epochs, tmp_path)

    assert not store.query("SELECT * FROM lift_relinks").rows
    assert _people(store, options) == 4
    assert not set(_ring(epochs).tags(ring.person("ann")).values()) & {
        row[0]
        for row in store.query(
            "SELECT tag FROM lift_subjects WHERE subject_key = {key:String}", {"key": ring.keys[0].id}
        ).rows
    }


def test_what_relates_people_is_in_memory_only(store: Store, epochs: Path, tmp_path: Path) -> None:
    """The table of related subjects has no part on a disk."""
    options = SchemaOptions(database=store.dsn.database)
    apply(store, options)
    _store_visits(store, options, _ring(epochs), [("ann", 0), ("ann", 1)])

    _relink(store, options, epochs, tmp_path)

    found = store.query(
        "SELECT engine, total_rows FROM system.tables WHERE database = {database:String} AND name = 'lift_relinks'",
        {"database": options.database},
    ).rows
    assert [tuple(row) for row in found] == [("Memory", 1)]


def test_without_relinking_there_is_no_job(tmp_path: Path) -> None:
    """A configuration that says no relates nobody."""
    assert not COMPONENT.jobs(PseudonymsConfig(relink=False), Services("pseudonyms", tmp_path))


def test_a_destroyed_key_is_gone_and_the_others_stay(epochs: Path) -> None:
    """The command takes one line out; the current key and unknown ids are refused, and nothing is changed then."""
    before = _ring(epochs)
    old, current = (key.id for key in before.keys)

    for refused in (current, "nobody"):
        with pytest.raises(ConfigError, match=refused):
            destroy(epochs, refused)
    assert _ring(epochs) == before

    answer = otel_lift("keys", "destroy", epochs, old, "--yes")

    assert answer.returncode == 0, answer.stderr
    assert [key.id for key in _ring(epochs).keys] == [current]
    assert _ring(epochs).ledger == before.ledger
    assert before.keys[0].secret.hex() not in epochs.read_text()
