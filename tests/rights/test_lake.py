"""The lake: archived by day, readable by anybody, and rewritten file by file."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from rights_support import RING, Place, last, place

from otel_lift.errors import StoreError
from otel_lift.lake import LakeFile, archive, lake_files, rewrite_file
from otel_lift.registers import Tombstone, Tombstones
from otel_lift.rights.sweep import sweep

ALICE = "alice@example.test"
MINE, THEIRS = RING.subject(ALICE), RING.subject("bob-7")
NOW = int(time.time())
TODAY = datetime.now(UTC).date()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    """Open a place with a lake."""
    (tmp_path / "lake").mkdir()
    with place(tmp_path, f"chdb://{tmp_path}/store", lake=str(tmp_path / "lake")) as made:
        yield made


def test_a_person_is_erased_in_the_lake_too(here: Place, tmp_path: Path) -> None:
    """Archived rows of the person go, files without any are not touched, one with nothing else goes."""
    lake = tmp_path / "lake"
    logs = [{"Timestamp": NOW, "Body": "a", "LogAttributes": {"lift.subject": who}} for who in (MINE, THEIRS)]
    files = []
    for rows in (logs, logs[:1], logs[1:]):
        here.store.command("TRUNCATE TABLE otel.otel_logs")
        here.insert("otel_logs", rows)
        with here.context() as context:
            files.append(archive(context.stores[0], "otel_logs", TODAY, lake))
    here.store.command("TRUNCATE TABLE otel.otel_logs")
    both, mine, theirs = files
    assert both is not None
    assert mine is not None
    assert theirs is not None
    assert theirs.parent == lake / "otel_logs" / f"day={TODAY.isoformat()}"
    untouched = theirs.read_bytes(), theirs.stat().st_mtime_ns, theirs.stat().st_ino
    assert last(here.file, "subject verify", ids=[ALICE])["left"]["lake"] == {"otel_logs": 2}
    answer = last(here.file, "subject erase", ids=[ALICE])
    assert answer["receipt"]["lake"] == {"otel_logs": 2}
    assert answer["receipt"]["verified"]
    assert not mine.exists()
    assert (theirs.read_bytes(), theirs.stat().st_mtime_ns, theirs.stat().st_ino) == untouched
    whole = ds.dataset(lake / "otel_logs", format="parquet", partitioning="hive").to_table()
    assert [dict(one)["lift.subject"] for one in whole["LogAttributes"].to_pylist()] == [THEIRS, THEIRS]
    assert set(whole["day"].to_pylist()) == {TODAY.isoformat()}


def test_a_day_without_rows_makes_no_file(here: Place, tmp_path: Path) -> None:
    """Nothing is written for nothing, and a table that is not there is named in an error."""
    with here.context() as context:
        assert archive(context.stores[0], "otel_logs", TODAY, tmp_path / "lake") is None
        with pytest.raises(StoreError, match="no_table"):
            archive(context.stores[0], "no_table", TODAY, tmp_path / "lake")
    assert list(lake_files(tmp_path / "lake")) == []


def test_a_damaged_file_is_an_error_and_stays(tmp_path: Path) -> None:
    """A file that is no Parquet is neither read over nor replaced."""
    path = tmp_path / "otel_logs" / "day=2026-11-21" / "x.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1 nothing")
    (file,) = lake_files(tmp_path)
    assert file == LakeFile("otel_logs", file.day, path)
    with pytest.raises(StoreError, match=r"x\.parquet"):
        rewrite_file(file, lambda batch: batch.column(0).is_valid())
    assert path.read_bytes() == b"PAR1 nothing"


def test_whom_another_gateway_erased_goes_from_this_lake(here: Place, tmp_path: Path) -> None:
    """A tombstone that came from elsewhere is carried out here by the sweep, once, with a receipt."""
    here.insert("otel_logs", [{"Timestamp": NOW, "LogAttributes": {"lift.subject": who}} for who in (MINE, THEIRS)])
    with here.context() as context:
        path = archive(context.stores[0], "otel_logs", TODAY, tmp_path / "lake")
        here.store.command("TRUNCATE TABLE otel.otel_logs")
        Tombstones(here.data).record([Tombstone(RING.person(ALICE), {"new": MINE}, time.time_ns(), "another")])
        assert sweep(context).found == (RING.person(ALICE),)
        assert sweep(context).found == ()
    assert path is not None
    assert pq.read_table(path).num_rows == 1
    assert last(here.file, "subject history")["count"] == 1
