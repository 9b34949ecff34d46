"""The way into the spool: acknowledgement, sealing, limits, failing disks."""

import errno
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError
from spool_support import EVENTS, LOGS, STORE, Store, outcome, read, rows, writer

from otel_lift.errors import BackpressureError, RetryableError, ShuttingDownError, SpoolError, TooLargeError
from otel_lift.spool import SpoolConfig, SpoolReader, SpoolWriter, TableRows, recover
from otel_lift.testing.files import FaultyFiles


def _until_healthy(spool: SpoolWriter) -> None:
    pause = threading.Event()
    for _ in range(2000):
        if not spool.failure:
            return
        pause.wait(0.005)
    raise AssertionError("the spool did not recover")


def _until_taken(spool: SpoolWriter, ids: range) -> None:
    """Try again as a refused client does: room that was made is seen within moments."""
    pause = threading.Event()
    for _ in range(2000):
        error = outcome(spool.write([rows(ids)], [STORE]))
        if error is None:
            return
        assert isinstance(error, BackpressureError)
        pause.wait(0.005)
    raise AssertionError("the spool did not take the request")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Answer the place of a spool that does not exist yet."""
    return tmp_path / "data" / "spool"


def test_what_is_written_comes_out_once_per_table(folder: Path) -> None:
    """Rows of one request reach each table's segment, with their nested dictionaries, and leave no file when done."""
    spool, store = writer(folder), Store()
    for start in range(0, 50, 10):
        ids = range(start, start + 10)
        assert outcome(spool.write([rows(ids), rows(ids, EVENTS)], [STORE])) is None
    spool.flush()
    assert store.drain(folder) == 2
    assert store.ids(LOGS) == store.ids(EVENTS) == list(range(50))
    spool.close()
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["id"]


def test_segment_describes_itself(folder: Path) -> None:
    """The sidecar and the stream's own header agree on id, table, columns, version and exporters."""
    spool = writer(folder)
    assert outcome(spool.write([TableRows(LOGS, rows([1, 2]).rows, schema_version=7)], ["b", "a"])) is None
    spool.close()
    (segment,) = SpoolReader(folder, "a").segments()
    origin = segment.sidecar.origin
    assert (segment.table, segment.rows, segment.columns) == (LOGS, 2, ("Id", "ServiceName", "LogAttributes"))
    assert (origin.schema_version, origin.exporters) == (7, ("a", "b"))
    metadata = pa.ipc.open_stream(segment.path.read_bytes()).schema.metadata[b"otel_lift.segment"].decode()
    assert origin.segment in metadata
    assert origin.spool in metadata
    assert all(part in segment.token for part in (origin.spool, origin.segment, segment.sidecar.hash, LOGS))


def test_segment_never_exceeds_its_rows(folder: Path) -> None:
    """Segments stay within the rows of one insert block, also where a single request has more."""
    spool, store = writer(folder, segment_max_rows=10), Store()
    futures = [spool.write([rows(range(100, 125))], [STORE]), spool.write([rows(range(7))], [STORE])]
    futures += [spool.write([rows(range(10, 17))], [STORE])]
    assert [outcome(future) for future in futures] == [None] * 3
    spool.close()
    assert all(segment.rows <= 10 for segment in SpoolReader(folder, STORE).segments())
    store.drain(folder)
    assert store.ids() == [*range(7), *range(10, 17), *range(100, 125)]


@pytest.mark.parametrize("options", [{"segment_max_age": 0.02}, {"segment_max_bytes": 1}, {"segment_max_rows": 3}])
def test_segment_is_sealed_by_age_size_or_rows(folder: Path, options: dict[str, Any]) -> None:
    """Each of the limits seals a segment without a call from outside."""
    spool = writer(folder, acknowledge="stored", **options)
    future = spool.write([rows(range(3))], [STORE])
    store, pause = Store(), threading.Event()
    while not store.drain(folder):
        pause.wait(0.005)
    assert outcome(future) is None
    spool.close()


@pytest.mark.parametrize("compression", ["lz4", "zstd", "none"])
def test_every_compression_reads_back(folder: Path, compression: str) -> None:
    """A segment reads back with each compression."""
    spool, store = writer(folder, compression=compression), Store()
    assert outcome(spool.write([rows(range(500))], [STORE])) is None
    spool.close()
    store.drain(folder)
    assert store.ids() == list(range(500))


def test_other_columns_begin_another_segment(folder: Path) -> None:
    """Batches of one table with unlike columns go to unlike segments, each true to its own."""
    spool = writer(folder)
    more = rows([2]).rows.append_column("Extra", pa.array(["x"]))
    for batch in (rows([1]).rows, more, rows([3]).rows):
        assert outcome(spool.write([TableRows(LOGS, batch)], [STORE])) is None
    spool.close()
    found = [
        (segment.columns[-1], read(segment)["Id"].to_pylist()) for segment in SpoolReader(folder, STORE).segments()
    ]
    assert found == [("LogAttributes", [1]), ("Extra", [2]), ("LogAttributes", [3])]


def test_requests_share_syncs(folder: Path) -> None:
    """Requests that wait at the same time are synced together: far fewer syncs than requests."""
    files = FaultyFiles()
    spool = writer(folder, files)
    futures = [spool.write([rows([i])], [STORE]) for i in range(300)]
    assert all(outcome(future) is None for future in futures)
    assert files.calls.count("write") > 300
    assert files.calls.count("sync") < 300
    spool.close()


def test_disk_limit_refuses_the_new_and_keeps_the_old(folder: Path) -> None:
    """R3: at the limit a request is refused with a delay, what is acknowledged stays, and room made is used again."""
    spool, store = writer(folder, max_bytes=20_000, segment_max_rows=50), Store()
    acknowledged, error = 0, None
    while error is None:
        error = outcome(spool.write([rows(range(acknowledged, acknowledged + 50))], [STORE]))
        acknowledged += 50 if error is None else 0
    assert isinstance(error, BackpressureError)
    assert error.retry_after > 0
    assert spool.stats().refused == 1
    assert spool.stats().bytes <= 20_000 + 4_000  # headers and end markers come on top
    assert not spool.failure
    spool.flush()
    store.drain(folder)
    assert store.ids() == list(range(acknowledged))
    _until_taken(spool, range(1000, 1050))
    spool.close()


def test_request_over_the_whole_limit_is_too_large(folder: Path) -> None:
    """R7: a request that no empty spool could hold is refused for good, not to be sent again."""
    spool = writer(folder, max_bytes=1000)
    assert isinstance(outcome(spool.write([rows(range(500))], [STORE])), TooLargeError)
    spool.close()


def test_smaller_limit_after_restart_loses_nothing(folder: Path) -> None:
    """R7: a restart with a limit below what is spooled refuses new data and delivers all of the old."""
    spool = writer(folder)
    assert outcome(spool.write([rows(range(2000))], [STORE])) is None
    spool.close()
    small, store = writer(folder, max_bytes=2000), Store()
    assert isinstance(outcome(small.write([rows([5000])], [STORE])), BackpressureError)
    store.drain(folder)
    assert store.ids() == list(range(2000))
    _until_taken(small, range(5000, 5001))
    small.close()


def test_several_writers_share_a_folder(folder: Path) -> None:
    """Writers work side by side on one folder, and see the room that the others leave."""
    writers, store = [writer(folder, max_bytes=10**6) for _ in range(3)], Store()
    futures = [w.write([rows([100 * i + n])], [STORE]) for n in range(20) for i, w in enumerate(writers)]
    assert all(outcome(future) is None for future in futures)
    assert recover(folder).sealed == []  # their journals are locked: nothing is taken from the living
    for spool in writers:
        spool.close()
    store.drain(folder)
    assert store.ids() == sorted(100 * i + n for n in range(20) for i in range(3))


@pytest.mark.parametrize(
    ("operation", "code"), [("write", errno.ENOSPC), ("sync", errno.EIO), ("create", errno.ENOSPC)]
)
def test_failing_disk_refuses_and_recovers_by_itself(folder: Path, operation: str, code: int) -> None:
    """R4: a request that meets a failing disk is told to retry, health says why, and writing works again later."""
    files, store = FaultyFiles(), Store()
    spool = writer(folder, files)
    assert outcome(spool.write([rows([1]), rows([1], EVENTS)], [STORE])) is None
    if operation == "create":
        spool.flush()
    files.fail(operation, code)
    error = outcome(spool.write([rows([2]), rows([2], EVENTS)], [STORE]))
    assert isinstance(error, RetryableError)
    assert spool.failure
    assert spool.stats().failure == spool.failure
    assert isinstance(outcome(spool.write([rows([3])], [STORE])), RetryableError)
    files.heal()
    _until_healthy(spool)
    assert outcome(spool.write([rows([4]), rows([4], EVENTS)], [STORE])) is None
    spool.close()
    store.drain(folder)
    assert store.ids(LOGS) == store.ids(EVENTS) == [1, 4]


def test_failed_sync_is_never_tried_again_on_the_same_file(folder: Path) -> None:
    """R4: after a failed sync the segment ends at its last commit, and later rows are in another one."""
    files = FaultyFiles()
    spool = writer(folder, files)
    assert outcome(spool.write([rows([1])], [STORE])) is None
    files.fail("sync", times=1)
    assert outcome(spool.write([rows([2])], [STORE])) is not None
    _until_healthy(spool)
    assert outcome(spool.write([rows([3])], [STORE])) is None
    spool.close()
    assert [read(s)["Id"].to_pylist() for s in SpoolReader(folder, STORE).segments()] == [[1], [3]]


def test_rows_that_cannot_be_sealed_stay_committed(folder: Path) -> None:
    """R4: a disk that fails while sealing, and while stopping, leaves everything acknowledged to recovery."""
    files, store = FaultyFiles(), Store()
    spool = writer(folder, files)
    assert outcome(spool.write([rows([1, 2])], [STORE])) is None
    files.fail("rename")
    spool.flush()
    assert "sealing" in spool.failure
    assert store.drain(folder) == 0
    spool.close()
    assert len(recover(folder).sealed) == 1
    store.drain(folder)
    assert store.ids() == [1, 2]


def test_fault_of_the_code_leaves_nobody_waiting(folder: Path) -> None:
    """Whatever ends the committing thread, waiting and later requests are refused, and health says so."""

    class Broken(FaultyFiles):
        def sync_folder(self, path: Path) -> None:
            if path.name == LOGS:
                raise ValueError("a fault of the code")
            super().sync_folder(path)

    spool = writer(folder, Broken())
    assert isinstance(outcome(spool.write([rows([1])], [STORE])), RetryableError)
    assert isinstance(outcome(spool.write([rows([2])], [STORE])), RetryableError)
    assert "thread has ended" in spool.failure
    spool.flush()
    spool.close()


def test_received_is_answered_before_the_sync(folder: Path) -> None:
    """With `received` the answer does not wait for the disk."""
    files = FaultyFiles()
    spool = writer(folder, files, acknowledge="received")
    files.fail("sync", skip=1)  # the journal's own, when it is made
    assert outcome(spool.write([rows([1])], [STORE])) is None
    spool.close()


def test_stored_is_answered_when_every_exporter_is_done(folder: Path) -> None:
    """With `stored` the answer comes with the last exporter, and a stop before that is no success."""
    spool = writer(folder, acknowledge="stored")
    future = spool.write([rows([1])], ["a", "b"])
    spool.flush()
    Store().drain(folder, "a")
    assert not future.done()
    Store().drain(folder, "b")
    assert outcome(future) is None
    late = spool.write([rows([2])], ["a", "b"])
    spool.close()
    assert isinstance(outcome(late), ShuttingDownError)


def test_stored_is_refused_when_the_segment_was_damaged(folder: Path) -> None:
    """With `stored`, a request whose segment went into quarantine is told to come again."""
    spool = writer(folder, acknowledge="stored")
    future = spool.write([rows([1])], [STORE])
    spool.flush()
    reader = SpoolReader(folder, STORE)
    (segment,) = reader.segments()
    reader.quarantine(segment, "tested")
    error = outcome(future)
    assert isinstance(error, RetryableError)
    spool.close()


def test_closed_writer_takes_nothing(folder: Path) -> None:
    """A write after `close` is refused as one to another process, and closing twice is harmless."""
    spool = writer(folder)
    spool.close()
    spool.close()
    assert isinstance(outcome(spool.write([rows([1])], [STORE])), ShuttingDownError)


def test_request_without_rows_is_done_at_once(folder: Path) -> None:
    """A request of which nothing is left needs no disk."""
    spool = writer(folder)
    assert outcome(spool.write([rows([])], [STORE])) is None
    assert outcome(spool.write([], [STORE])) is None
    spool.close()
    assert list(SpoolReader(folder, STORE).segments()) == []


@pytest.mark.parametrize("table", ["../x", "", "a/b", "journal", "quarantine", ".hidden", "done"])
def test_table_name_is_never_a_path(folder: Path, table: str) -> None:
    """P10: a table whose name could leave the spool's folder or meet its own files is refused."""
    spool = writer(folder)
    with pytest.raises(SpoolError, match="cannot be the name of a table"):
        spool.write([rows([1], table)], [STORE])
    spool.close()


def test_rows_for_nobody_are_refused(folder: Path) -> None:
    """Rows without an exporter would never leave the disk again."""
    spool = writer(folder)
    with pytest.raises(SpoolError, match="at least one exporter"):
        spool.write([rows([1])], [])
    spool.close()


def test_unusable_folder_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    """A folder that cannot be made is named, with a remedy."""
    (tmp_path / "spool").write_text("in the way")
    with pytest.raises(SpoolError, match="check its owner"):
        writer(tmp_path / "spool")


def test_configuration_refuses_what_it_does_not_know() -> None:
    """Unknown keys and senseless limits are errors."""
    for wrong in ({"max_byte": 1}, {"max_bytes": 0}, {"segment_max_age": 0}, {"compression": "gzip"}):
        with pytest.raises(ValidationError):
            SpoolConfig.model_validate(wrong)
