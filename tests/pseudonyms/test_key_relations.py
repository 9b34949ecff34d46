"""What relates a person's pseudonyms: tags and links, and the rows that hold them."""

from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from privacy_rows import NOW, SECOND, batch

from otel_lift.batch import Batch, Signal
from otel_lift.keys import Key, KeyRing, Relations
from otel_lift.tables import NewSubjects

_OLD = Key("old", bytes(range(32)), date(2026, 5, 1))
_NEW = Key("new", bytes(range(32, 64)), date(2026, 11, 1))
_LEDGER = bytes(range(64, 96))
_RING = KeyRing((_OLD, _NEW), _LEDGER)
_ids = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=5, unique_by=lambda raw: raw.strip().lower())


def _texts(hashes: Any) -> Any:
    return pa.array([one.decode() for one in hashes], pa.string())


@given(_ids)
def test_a_link_gives_its_person_with_the_key_of_its_epoch_only(raws: list[str]) -> None:
    """Links are read with the key that made them, and another key reads something else."""
    ring = KeyRing((_OLD,), _LEDGER)
    subjects = pa.array([ring.subject(raw) for raw in raws])
    persons = [ring.person(raw) for raw in raws]
    links = _texts(Relations(_OLD).links(subjects, pa.array(persons)))

    assert _texts(Relations(_OLD).persons(subjects, links)).to_pylist() == persons
    assert not set(_texts(Relations(_NEW).persons(subjects, links)).to_pylist()) & set(persons)


@given(st.text(max_size=12))
def test_a_persons_tags_are_those_of_each_epoch(raw: str) -> None:
    """The ring answers the tags that the rows of each epoch have, and none is a pseudonym."""
    person = _RING.person(raw)

    tags = _RING.tags(person)

    assert tags == {key.id: Relations(key).tags(pa.array([person]))[0].decode() for key in (_OLD, _NEW)}
    assert not set(tags.values()) & {person, *_RING.pseudonyms(raw).values()}


def _batch(*people: str | None, key: str = "new", signal: Signal = Signal.LOGS) -> Batch:
    named = [
        {"lift.subject": _RING.subject(raw), "lift.person": _RING.person(raw), "lift.subject_key": key} if raw else {}
        for raw in people
    ]
    return batch(signal, named)


def _new_subjects(*rings: KeyRing, tombstones: Path = Path("none")) -> NewSubjects:
    return NewSubjects([partial(_itself, ring) for ring in rings], tombstones)


def _itself(ring: KeyRing) -> KeyRing:
    return ring


def _found(rows: Any) -> list[str]:
    found: list[str] = [] if rows is None else rows.column("subject").to_pylist()
    return found


def test_a_subject_has_one_row_however_often_it_comes() -> None:
    """Each new subject of a batch has a row with its tag and link, and none in later batches."""
    subjects = _new_subjects(_RING)

    rows: Any = subjects.rows(_batch("ann", "bob", None, "ann"))

    assert rows.to_pylist() == [
        {
            "subject": _RING.subject(raw),
            "subject_key": "new",
            "tag": _RING.tags(_RING.person(raw))["new"],
            "link": Relations(_NEW).links(pa.array([_RING.subject(raw)]), pa.array([_RING.person(raw)]))[0].decode(),
            "last_seen": rows.column("last_seen")[0].as_py(),
        }
        for raw in ("ann", "bob")
    ]
    assert subjects.rows(_batch("bob", "ann")) is None
    assert _found(subjects.rows(_batch("cat", "bob"))) == [_RING.subject("cat")]


def test_what_was_not_kept_is_told_again() -> None:
    """After a refusal every subject has a row again."""
    subjects = _new_subjects(_RING)
    subjects.rows(_batch("ann"))

    subjects.forget()

    assert _found(subjects.rows(_batch("ann"))) == [_RING.subject("ann")]


def test_who_comes_back_after_an_erasure_is_told_again(tmp_path: Path) -> None:
    """Once the register of erasures has grown every subject has a row again, since an erasure took some away."""
    tombstones = tmp_path / "tombstones.log"
    subjects = _new_subjects(_RING, tombstones=tombstones)
    subjects.rows(_batch("ann"))
    assert subjects.rows(_batch("ann")) is None

    tombstones.write_text("an erasure\n")

    assert _found(subjects.rows(_batch("ann"))) == [_RING.subject("ann")]
    assert subjects.rows(_batch("ann")) is None


def test_a_subject_is_told_of_once_a_day() -> None:
    """On the next day a subject has a row again, so that its row lives as long as what it is for."""
    subjects = _new_subjects(_RING)
    today, tomorrow = (replace(_batch("ann"), received=NOW + day * 86_400 * SECOND) for day in (0, 1))

    assert [_found(subjects.rows(each)) for each in (today, today, tomorrow, tomorrow)] == [
        [_RING.subject("ann")],
        [],
        [_RING.subject("ann")],
        [],
    ]


def test_subjects_of_unknown_keys_have_no_row() -> None:
    """A pseudonym that lives for a day, or whose key is gone, is related to nobody."""
    assert _new_subjects(_RING).rows(_batch("ann", key="day:2026-11-21")) is None
    assert _new_subjects().rows(_batch("ann")) is None


def test_a_batch_without_people_has_no_rows() -> None:
    """Nobody named, nothing told, in all signals."""
    for signal in Signal:
        assert _new_subjects(_RING).rows(_batch(None, None, signal=signal)) is None
