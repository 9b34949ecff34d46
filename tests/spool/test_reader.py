"""The way out of the spool: order, fan-out, tokens, segments of other versions."""

import errno
import json
from pathlib import Path

import pytest
from spool_support import EVENTS, LOGS, STORE, Store, outcome, rows, writer

from otel_lift.errors import RetryableError, SpoolError
from otel_lift.spool import Quarantined, SpoolReader, forget, recover, spool_stats
from otel_lift.testing.files import FaultyFiles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Answer the place of a spool that does not exist yet."""
    return tmp_path / "spool"


def _spool(folder: Path, *requests: range, exporters: tuple[str, ...] = (STORE,)) -> None:
    """Write a segment for each request."""
    spool = writer(folder)
    for ids in requests:
        assert outcome(spool.write([rows(ids)], exporters)) is None
        spool.flush()
    spool.close()


def test_segments_come_oldest_first(folder: Path) -> None:
    """The order of segments is that in which they were begun, over all tables."""
    spool = writer(folder)
    for i, table in enumerate([LOGS, EVENTS, "otel_traces", LOGS]):
        assert outcome(spool.write([rows([i], table)], [STORE])) is None
        spool.flush()
    spool.close()
    assert [s.table for s in SpoolReader(folder, STORE).segments()] == [LOGS, EVENTS, "otel_traces", LOGS]


def test_reader_of_an_empty_place_finds_nothing(folder: Path) -> None:
    """A reader may start before any writer."""
    assert list(SpoolReader(folder, STORE).segments()) == []
    assert recover(folder).sealed == []
    assert spool_stats(folder).segments == 0


def test_open_segments_are_not_handed_out(folder: Path) -> None:
    """What is acknowledged but not sealed waits."""
    spool = writer(folder)
    assert outcome(spool.write([rows([1])], [STORE])) is None
    assert list(SpoolReader(folder, STORE).segments()) == []
    spool.close()


def test_each_exporter_has_its_own_cursor(folder: Path) -> None:
    """R9: an exporter that fails keeps its segments, and another goes on and loses none to it."""
    _spool(folder, range(3), range(3, 6), exporters=("good", "otlp/bad one"))
    good, bad = Store(), Store()
    assert good.drain(folder, "good") == 2
    assert good.drain(folder, "good") == 0
    assert spool_stats(folder).segments == 2
    assert bad.drain(folder, "otlp/bad one") == 2
    assert good.ids() == bad.ids() == list(range(6))
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["id"]


def test_cursor_survives_a_restart(folder: Path) -> None:
    """What one of two exporters has done is not handed to it again by another process."""
    _spool(folder, range(3), range(3, 6), exporters=("a", "b"))
    reader = SpoolReader(folder, "a")
    reader.done(next(reader.segments()))
    recover(folder)
    assert Store().drain(folder, "a") == 1
    assert Store().drain(folder, "b") == 2


def test_segments_for_others_are_passed_over(folder: Path) -> None:
    """A reader sees the segments that name its exporter, and no more."""
    _spool(folder, range(3), exporters=("a",))
    assert Store().drain(folder, "b") == 0
    assert Store().drain(folder, "a") == 1


def test_forgotten_exporter_holds_nothing_back(folder: Path) -> None:
    """Segments that wait for an exporter that is no longer configured are let go, and stay for others."""
    _spool(folder, range(3), exporters=("old",))
    _spool(folder, range(3, 6), exporters=("old", "new"))
    assert forget(folder, "old") == 2
    assert spool_stats(folder).segments == 1
    store = Store()
    store.drain(folder, "new")
    assert store.ids() == [3, 4, 5]
    assert spool_stats(folder).segments == 0


def test_equal_rows_in_two_segments_have_two_tokens(folder: Path) -> None:
    """R10: equal data in two segments are two inserts."""
    _spool(folder, range(3), range(3))
    tokens = [segment.token for segment in SpoolReader(folder, STORE).segments()]
    assert len(set(tokens)) == 2
    store = Store()
    store.drain(folder)
    assert store.ids() == [0, 0, 1, 1, 2, 2]


def test_tables_of_one_request_have_unlike_tokens(folder: Path) -> None:
    """R10: the same rows for two tables are two inserts."""
    spool = writer(folder)
    assert outcome(spool.write([rows([1], LOGS), rows([1], EVENTS)], [STORE])) is None
    spool.close()
    assert len({segment.token for segment in SpoolReader(folder, STORE).segments()}) == 2


def test_retry_and_restart_keep_the_token(folder: Path) -> None:
    """R10: a segment's token is the same for every reader, after a restart, and when its sidecar is made again."""
    _spool(folder, range(3))
    (first,) = SpoolReader(folder, STORE).segments()
    recover(folder)
    (second,) = SpoolReader(folder, STORE).segments()
    first.path.with_suffix(".json").unlink()
    (third,) = SpoolReader(folder, STORE).segments()
    assert first.sidecar == second.sidecar == third.sidecar


def test_other_bytes_are_another_token(folder: Path) -> None:
    """R10: a segment whose bytes differ never goes out under the token of the original, which would drop it."""
    _spool(folder, range(3))
    (segment,) = SpoolReader(folder, STORE).segments()
    data = bytearray(segment.path.read_bytes())
    data[-20] ^= 1
    segment.path.write_bytes(data)
    with pytest.raises(SpoolError, match="not as it was sealed"):
        segment.verify()
    segment.path.with_suffix(".json").unlink()
    for again in SpoolReader(folder, STORE).segments():
        assert again.token != segment.token


@pytest.mark.parametrize("cut", [8, 1, 100])
def test_cut_stream_is_not_sent(folder: Path, cut: int) -> None:
    """A segment without its end is caught before it is sent: a store would take it without a word."""
    _spool(folder, range(3))
    found: list[Quarantined] = []
    reader = SpoolReader(folder, STORE, report=found.append)
    (segment,) = reader.segments()
    segment.path.write_bytes(segment.path.read_bytes()[:-cut])
    with pytest.raises(SpoolError):
        segment.verify()
    reader.quarantine(segment, "cut")
    assert list(reader.segments()) == []
    assert [(q.name, q.reason, q.path.exists()) for q in found] == [(segment.sidecar.origin.name, "cut", True)]
    assert spool_stats(folder).quarantined == 1


def test_segments_of_an_older_and_a_newer_version_are_delivered(folder: Path) -> None:
    """R11: a sidecar with fields that this version does not know is read, with the token and columns it names."""
    _spool(folder, range(3), range(3, 6))
    reader = SpoolReader(folder, STORE)
    old, new = reader.segments()
    for segment, changes in ((old, {"schema_version": 0}), (new, {"schema_version": 99, "codec": {"x": 1}})):
        path = segment.path.with_suffix(".json")
        sidecar = (
            json.loads(path.read_text()) | changes | {"token": f"made-elsewhere-{segment.rows}-{segment.path.name}"}
        )
        path.write_text(json.dumps(sidecar))
    found = list(SpoolReader(folder, STORE).segments())
    assert [segment.sidecar.origin.schema_version for segment in found] == [0, 99]
    assert all(segment.token.startswith("made-elsewhere") for segment in found)
    store = Store()
    store.drain(folder)
    assert store.ids() == list(range(6))


def test_disk_that_refuses_to_delete_is_tried_again(folder: Path) -> None:
    """R4: a segment that is done but cannot be removed is not handed out again, and goes when the disk lets it."""
    _spool(folder, range(3))
    files = FaultyFiles()
    reader = SpoolReader(folder, STORE, files)
    (segment,) = reader.segments()
    files.fail("unlink", errno.ENOSPC)
    reader.done(segment)
    assert list(reader.segments()) == []
    assert segment.path.exists()
    files.heal()
    assert list(reader.segments()) == []
    assert not segment.path.exists()


def test_mark_that_cannot_be_made_is_tried_again(folder: Path) -> None:
    """R4: with a full disk one of several exporters goes on without its mark, and the file goes in the end."""
    _spool(folder, range(3), exporters=("a", "b"))
    files = FaultyFiles()
    files.fail("create", errno.ENOSPC)
    reader = SpoolReader(folder, "a", files)
    reader.done(next(reader.segments()))
    assert list(reader.segments()) == []
    assert Store().drain(folder, "b") == 1
    files.heal()
    assert list(reader.segments()) == []
    assert spool_stats(folder).segments == 0


def test_damage_that_cannot_be_put_aside_now_waits(folder: Path) -> None:
    """R4: a segment that belongs into quarantine, on a disk that refuses it, holds no other segment back."""
    _spool(folder, range(3), range(3, 6))
    bad, good = SpoolReader(folder, STORE).segments()
    bad.path.write_bytes(b"")
    bad.path.with_suffix(".json").unlink()
    files = FaultyFiles()
    files.fail("rename")
    reader = SpoolReader(folder, STORE, files)
    assert list(reader.segments()) == [good]
    files.heal()
    assert list(reader.segments()) == [good]
    assert spool_stats(folder).quarantined == 1


def test_unreadable_segment_is_retryable(folder: Path) -> None:
    """A disk that does not give a file now is no reason to put the segment aside."""
    _spool(folder, range(3))
    (segment,) = SpoolReader(folder, STORE).segments()
    segment.path.rename(segment.path.with_suffix(".away"))
    with pytest.raises(RetryableError):
        segment.verify()


def test_stats_tell_what_waits(folder: Path) -> None:
    """The stats count sealed segments, their bytes and the age of the oldest."""
    _spool(folder, range(3), range(3, 6))
    stats = spool_stats(folder)
    sizes = [segment.sidecar.size for segment in SpoolReader(folder, STORE).segments()]
    assert (stats.segments, stats.bytes, stats.quarantined) == (2, sum(sizes), 0)
    assert 0 < stats.oldest_age < 60
