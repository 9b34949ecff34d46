"""Rows taken out of unsent segments: all others stay, once, whatever the crash."""

from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spool_support import LOGS, STORE, Store, read, rows, writer

from otel_lift.spool import Files, SpoolReader, finish_rewrites, recover, rewrite, sealed_segments


class _Stop(BaseException):
    """The power goes."""


class _Crash(Files):
    """Files that stop for good before their n-th change of a name."""

    def __init__(self, before: int) -> None:
        self._left = before

    def rename(self, source: Path, target: Path) -> None:
        self._count()
        super().rename(source, target)

    def unlink(self, path: Path) -> None:
        self._count()
        super().unlink(path)

    def _count(self) -> None:
        if not self._left:
            raise _Stop
        self._left -= 1


def _spooled(folder: Path, *writes: list[int]) -> list[Path]:
    spool = writer(folder)
    for ids in writes:
        spool.write([rows(ids)], [STORE]).result(20)
    spool.close()
    return [path for path, _ in sealed_segments(folder)]


def _ids(*wanted: int) -> Any:
    return lambda batch: np.isin(batch.column("Id").to_numpy(), wanted)


def _drained(folder: Path) -> Counter[int]:
    store = Store()
    store.drain(folder)
    return store.count(LOGS)


def test_selected_rows_go_and_all_others_are_delivered_under_a_new_id(tmp_path: Path) -> None:
    """A rewritten segment holds the other rows unchanged, and its token is another."""
    (path,) = _spooled(tmp_path / "spool", [1, 2], [3, 4])
    before = dict(sealed_segments(tmp_path / "spool"))
    done = rewrite(tmp_path / "spool", path, _ids(2, 3))
    assert done.removed == 2
    assert done.path is not None
    assert not path.exists()
    assert not set(dict(sealed_segments(tmp_path / "spool")).values()) & set(before.values())
    assert _drained(tmp_path / "spool") == Counter([1, 4])


def test_a_segment_without_such_rows_stays_as_it_is(tmp_path: Path) -> None:
    """Nothing is written where nothing is selected."""
    (path,) = _spooled(tmp_path / "spool", [1, 2])
    before = path.read_bytes()
    assert rewrite(tmp_path / "spool", path, _ids(9)).removed == 0
    assert path.read_bytes() == before


def test_a_segment_of_which_nothing_is_left_goes(tmp_path: Path) -> None:
    """A segment with selected rows only leaves no file behind."""
    (path,) = _spooled(tmp_path / "spool", [1, 2])
    assert rewrite(tmp_path / "spool", path, _ids(1, 2)).path is None
    assert [one.name for one in (tmp_path / "spool" / LOGS).iterdir()] == []


def test_an_exporter_that_has_done_a_segment_does_not_get_the_new_one(tmp_path: Path) -> None:
    """A segment that one of two exporters has stored is rewritten for the other alone."""
    spool = writer(tmp_path / "spool")
    spool.write([rows([1, 2])], ["first", "second"]).result(20)
    spool.close()
    reader = SpoolReader(tmp_path / "spool", "first")
    for segment in list(reader.segments()):
        reader.done(segment)
    ((path, _),) = sealed_segments(tmp_path / "spool")
    rewrite(tmp_path / "spool", path, _ids(1))
    assert list(SpoolReader(tmp_path / "spool", "first").segments()) == []
    (segment,) = SpoolReader(tmp_path / "spool", "second").segments()
    assert read(segment)["Id"].to_pylist() == [2]


@pytest.mark.parametrize("sent", [False, True])
@given(before=st.integers(0, 8), removed=st.sets(st.integers(0, 5)))
def test_a_crash_leaves_the_old_segment_or_the_new_one(
    tmp_path_factory: pytest.TempPathFactory, sent: bool, before: int, removed: set[int]
) -> None:
    """Wherever it ends, each other row is delivered exactly once, also if the old segment is sent before it goes on."""
    folder = tmp_path_factory.mktemp("crash") / "spool"
    (path,) = _spooled(folder, [0, 1, 2], [3, 4, 5])
    with suppress(_Stop):
        rewrite(folder, path, _ids(*removed), _Crash(before))
    store = Store()
    recover(folder)
    if sent:
        store.drain(folder)
    finish_rewrites(folder)
    store.drain(folder)
    found = store.count(LOGS)
    assert set(found.values()) <= {1}
    assert set(range(6)) - removed <= set(found)
    assert not list(folder.glob("*/*.re*"))
