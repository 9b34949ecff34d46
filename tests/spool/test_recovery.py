"""R5: whatever a crash or a bad disk left, the spool starts, keeps what is whole and reports what is not."""

from pathlib import Path
from random import Random

import pytest
from spool_support import EVENTS, LOGS, STORE, Store, outcome, rows, writer

from otel_lift.spool import RecoveryReport, SpoolReader, recover, spool_stats
from otel_lift.testing.files import FaultyFiles, SimulatedDisk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Answer the place of a spool that does not exist yet."""
    return tmp_path / "spool"


def _crash_with(folder: Path, *requests: range) -> tuple[Path, Path, Path]:
    """Write acknowledged requests to two tables, die, and answer both open files and the journal."""
    files = SimulatedDisk().process()
    spool = writer(folder, files)
    for ids in requests:
        assert outcome(spool.write([rows(ids, LOGS), rows(ids, EVENTS)], [STORE])) is None
    files.kill()
    spool.close()
    (logs,), (events,), (journal,) = (list(folder.glob(p)) for p in (f"{LOGS}/*.open", f"{EVENTS}/*.open", "journal/*"))
    return logs, events, journal


def _recovered(folder: Path) -> tuple[RecoveryReport, list[int], list[int]]:
    """Recover twice, the second time with nothing left to do, and answer what a store then has."""
    report = recover(folder)
    again = recover(folder)
    assert (again.sealed, again.quarantined, again.failed, again.discarded) == ([], [], [], 0)
    store = Store()
    store.drain(folder)
    left = [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "quarantine"]
    assert [path.name for path in left] == ["id"]
    return report, list(store.ids(LOGS)), list(store.ids(EVENTS))


def _flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 0x10
    path.write_bytes(data)


def test_killed_writer_loses_nothing_acknowledged(folder: Path) -> None:
    """Open segments of a dead writer are sealed at their last commit."""
    _crash_with(folder, range(5), range(5, 9))
    report, logs, events = _recovered(folder)
    assert logs == events == list(range(9))
    assert (len(report.sealed), report.quarantined, report.discarded) == (2, [], 0)


def test_recovered_segment_is_the_one_that_sealing_would_have_made(folder: Path, tmp_path: Path) -> None:
    """A crash between a segment's first and last sync of sealing changes neither its bytes nor its token."""
    files = FaultyFiles()
    spool = writer(folder, files)
    assert outcome(spool.write([rows(range(9))], [STORE])) is None
    files.fail("rename")
    spool.flush()  # sealed but for its name
    (sidecar,) = folder.glob("*/*.json")
    written = sidecar.read_bytes()
    spool.close()
    recover(folder)
    assert sidecar.read_bytes() == written
    (segment,) = SpoolReader(folder, STORE).segments()
    segment.verify()


@pytest.mark.parametrize("tail", [b"", b"\0" * 4096, b"\xff\xff\xff\xff\x10", b"\xff\xff\xff\xff\0\0\0\0"])
def test_uncommitted_tail_is_cut(folder: Path, tail: bytes) -> None:
    """Bytes after the last commit were never acknowledged, whatever they are."""
    logs_file, _, journal = _crash_with(folder, range(5))
    with logs_file.open("ab") as file:
        file.write(tail)
    with journal.open("ab") as file:
        file.write(b'0123 {"commit":{')
    report, logs, events = _recovered(folder)
    assert logs == events == list(range(5))
    assert report.quarantined == []


def test_bit_flip_in_an_open_segment_keeps_what_came_before(folder: Path) -> None:
    """A damaged commit puts the file into quarantine; the commits before it and the other table are delivered."""
    files = SimulatedDisk().process()
    spool = writer(folder, files)
    assert outcome(spool.write([rows(range(5), LOGS), rows(range(5), EVENTS)], [STORE])) is None
    (logs_file,) = folder.glob(f"{LOGS}/*.open")
    first = logs_file.stat().st_size
    for ids in (range(5, 8), range(8, 10)):
        assert outcome(spool.write([rows(ids, LOGS), rows(ids, EVENTS)], [STORE])) is None
    files.kill()
    spool.close()
    _flip(logs_file, first + 300)
    report, logs, events = _recovered(folder)
    assert logs == list(range(5))
    assert events == list(range(10))
    (quarantined,) = report.quarantined
    assert (quarantined.name.table, quarantined.saved_rows) == (LOGS, 5)
    assert quarantined.path.stat().st_size > first
    assert spool_stats(folder).quarantined == 1


@pytest.mark.parametrize("size", [0, 3, 400])
def test_open_segment_that_lost_its_bytes_is_reported(folder: Path, size: int) -> None:
    """A file that is empty or short of what was acknowledged is kept and reported, and the rest is delivered."""
    logs_file, _, _ = _crash_with(folder, range(5), range(5, 9))
    logs_file.write_bytes(logs_file.read_bytes()[:size])
    report, logs, events = _recovered(folder)
    assert logs == []
    assert events == list(range(9))
    assert [q.name.table for q in report.quarantined] == [LOGS]
    assert report.quarantined[0].path.stat().st_size == size


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"no journal\n"])
def test_lost_journal_puts_its_segments_aside(folder: Path, content: bytes) -> None:
    """Without its journal nobody can say what was acknowledged: the files are kept and reported, never deleted."""
    _, _, journal = _crash_with(folder, range(5))
    journal.write_bytes(content)
    report, logs, events = _recovered(folder)
    assert logs == events == []
    assert sorted(q.name.table for q in report.quarantined) == sorted([LOGS, EVENTS])


def test_missing_journal_puts_its_segments_aside(folder: Path) -> None:
    """As with a lost journal."""
    _, _, journal = _crash_with(folder, range(5))
    journal.unlink()
    report, _, _ = _recovered(folder)
    assert len(report.quarantined) == 2


def test_damaged_record_in_the_middle_costs_nothing(folder: Path) -> None:
    """A later commit vouches for all bytes before it, so a bit flip in an earlier record is harmless."""
    _, _, journal = _crash_with(folder, range(5), range(5, 9))
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) == 3
    _flip(journal, len(lines[0]) + 30)
    report, logs, events = _recovered(folder)
    assert logs == events == list(range(9))
    assert report.quarantined == []


def test_damaged_last_record_keeps_the_bytes_it_spoke_of(folder: Path) -> None:
    """If the last record is damaged, the files are kept whole in quarantine beside what is delivered of them."""
    logs_file, _, journal = _crash_with(folder, range(5), range(5, 9))
    size = logs_file.stat().st_size
    _flip(journal, journal.stat().st_size - 10)
    report, logs, events = _recovered(folder)
    assert logs == events == list(range(5))
    assert len(report.quarantined) == 2
    assert (folder / "quarantine" / f"journal.{journal.name}").exists()
    assert size in {q.path.stat().st_size for q in report.quarantined}


def test_commit_that_its_writer_took_back_holds_for_no_table(folder: Path) -> None:
    """If one table was cut to where it was before a failed commit, the other is cut too."""
    files = SimulatedDisk().process()
    spool = writer(folder, files)
    assert outcome(spool.write([rows(range(5), LOGS), rows(range(5), EVENTS)], [STORE])) is None
    (logs_file,) = folder.glob(f"{LOGS}/*.open")
    before = logs_file.stat().st_size
    # The data and the record reach the disk, but the journal's sync is said to fail; then the writer dies.
    files.fail("sync", skip=2)
    files.fail("truncate", skip=1)
    assert outcome(spool.write([rows(range(5, 9), LOGS), rows(range(5, 9), EVENTS)], [STORE])) is not None
    files.kill()
    spool.close()
    with logs_file.open("r+b") as file:
        file.truncate(before)
    report, logs, events = _recovered(folder)
    assert logs == events == list(range(5))
    assert report.quarantined == []


def test_failed_commit_is_cut_from_all_tables_before_one_is_sealed(folder: Path) -> None:
    """A crash after one table of a failed commit was sealed without it finds the other table without it too."""
    files = SimulatedDisk().process()
    spool = writer(folder, files)
    assert outcome(spool.write([rows(range(5), LOGS), rows(range(5), EVENTS)], [STORE])) is None
    files.fail("sync", skip=2, times=1)  # the data and the record reach the disk, the journal's sync fails
    files.fail("rename", skip=1)  # one segment is sealed, the other is not
    assert outcome(spool.write([rows(range(5, 9), LOGS), rows(range(5, 9), EVENTS)], [STORE])) is not None
    spool.flush()
    assert len(list(folder.glob("*/*.arrow"))) == len(list(folder.glob("*/*.open"))) == 1
    files.kill()
    spool.close()
    report, logs, events = _recovered(folder)
    assert logs == events == list(range(5))
    assert report.quarantined == []


def test_files_that_were_never_committed_are_removed(folder: Path) -> None:
    """An open segment of a writer that died before its first commit leaves nothing behind."""
    files = SimulatedDisk().process()
    spool = writer(folder, files)
    files.fail("sync", skip=1)
    files.fail("truncate")
    assert outcome(spool.write([rows([1])], [STORE])) is not None
    files.kill()
    spool.close()
    report, logs, _ = _recovered(folder)
    assert logs == []
    assert (report.discarded, report.quarantined) == (1, [])


def test_removed_file_does_not_come_back_without_its_journal(folder: Path) -> None:
    """A second loss of power brings no file back that recovery would then have to take for damaged."""
    for seed in range(40):
        disk = SimulatedDisk()
        files = disk.process()
        spool = writer(folder, files)
        files.fail("write", skip=1)  # the journal's first line is written, the segment's header only by half
        assert outcome(spool.write([rows([1])], [STORE])) is not None
        files.kill()
        spool.close()
        for _ in range(3):
            disk.lose_power(Random(seed))
            report = recover(folder, disk.process())
            assert (report.quarantined, report.failed) == ([], [])


def test_half_sealed_generation_survives_a_kill_and_then_a_loss_of_power(tmp_path: Path) -> None:
    """What a killed writer had just sealed does not come back as an open file once recovery removed the journal."""
    for seed in range(20):
        disk, folder = SimulatedDisk(), tmp_path / str(seed)
        files = disk.process()
        spool = writer(folder, files)
        assert outcome(spool.write([rows(range(5), LOGS), rows(range(5), EVENTS)], [STORE])) is None
        files.fail("append_to", skip=1)  # the first segment is sealed, the second is not begun
        spool.flush()
        files.kill()
        spool.close()
        recover(folder, disk.process())
        disk.lose_power(Random(seed))
        report, logs, events = _recovered(folder)
        assert logs == events == list(range(5))
        assert report.quarantined == []


def test_sealed_segment_that_is_damaged_stands_in_nobodys_way(folder: Path) -> None:
    """An empty sealed file and one without sidecar and end go to quarantine at start; a good one is delivered."""
    spool = writer(folder)
    for i in range(3):
        assert outcome(spool.write([rows([i])], [STORE])) is None
        spool.flush()
    spool.close()
    empty, cut, _good = (segment.path for segment in SpoolReader(folder, STORE).segments())
    empty.write_bytes(b"")
    cut.write_bytes(cut.read_bytes()[:-4])
    cut.with_suffix(".json").unlink()
    report, logs, _ = _recovered(folder)
    assert logs == [2]
    assert len(report.quarantined) == 2


@pytest.mark.parametrize("sidecar", [None, b"", b"{}", b"[1]", b"\xff\xfe", b'{"segment": "x"}'])
def test_lost_or_stale_sidecar_is_made_again(folder: Path, sidecar: bytes | None) -> None:
    """A sealed file is enough: its sidecar is derived from it, with the same token."""
    spool = writer(folder)
    assert outcome(spool.write([rows(range(7))], [STORE])) is None
    spool.close()
    (before,) = SpoolReader(folder, STORE).segments()
    path = before.path.with_suffix(".json")
    path.unlink() if sidecar is None else path.write_bytes(sidecar)
    recover(folder)
    (after,) = SpoolReader(folder, STORE).segments()
    assert after.sidecar == before.sidecar
    _, logs, _ = _recovered(folder)
    assert logs == list(range(7))


def test_sidecar_of_another_segment_is_not_believed(folder: Path) -> None:
    """A stale manifest that speaks of another segment is passed over."""
    spool = writer(folder)
    for i in range(2):
        assert outcome(spool.write([rows([i])], [STORE])) is None
        spool.flush()
    spool.close()
    first, second = (segment.path.with_suffix(".json") for segment in SpoolReader(folder, STORE).segments())
    first.write_bytes(second.read_bytes())
    _, logs, _ = _recovered(folder)
    assert logs == [0, 1]


def test_leftovers_are_swept(folder: Path) -> None:
    """Sidecars and marks without a segment are removed."""
    spool = writer(folder)
    assert outcome(spool.write([rows([1])], ["a", "b"])) is None
    spool.close()
    reader = SpoolReader(folder, "a")
    (segment,) = reader.segments()
    reader.done(segment)
    segment.path.unlink()
    _recovered(folder)


def test_recovery_on_a_failing_disk_leaves_the_work_for_later(folder: Path) -> None:
    """If the disk refuses, recovery says what it left, and the next one does it."""
    _crash_with(folder, range(5))
    files = FaultyFiles()
    files.fail("sync")
    report = recover(folder, files)
    assert len(report.failed) == 1
    assert report.sealed == []
    _, logs, events = _recovered(folder)
    assert logs == events == list(range(5))


def test_lost_spool_id_is_made_anew_and_tokens_stay(folder: Path) -> None:
    """An id file that is empty after a crash gets a new id; sealed segments keep their tokens."""
    spool = writer(folder)
    assert outcome(spool.write([rows([1])], [STORE])) is None
    spool.close()
    (before,) = SpoolReader(folder, STORE).segments()
    (folder / "id").write_bytes(b"")
    spool = writer(folder)
    assert outcome(spool.write([rows([2])], [STORE])) is None
    spool.close()
    old, new = SpoolReader(folder, STORE).segments()
    assert old.token == before.token
    assert old.sidecar.origin.spool != new.sidecar.origin.spool
