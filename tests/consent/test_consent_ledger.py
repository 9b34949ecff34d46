import multiprocessing
import stat
from pathlib import Path

import pytest
from otel_lift_consent import Ledger, Standing, Update, ledger_path

from otel_lift.errors import ProcessorError
from otel_lift.semconv import Consent

ADA, BOB = "a" * 32, "b" * 32


def test_an_entry_is_on_disk_and_read_by_the_next_process(tmp_path: Path) -> None:
    """What was recorded is there after a restart; the file is for its owner only and names nobody."""
    path = ledger_path(tmp_path)
    ledger = Ledger(path)
    assert ledger.grant(ADA, [Consent.ANALYTICS, Consent.MARKETING], 10) == 2
    assert ledger.withdraw(ADA, [Consent.MARKETING], 20) == 1
    again = Ledger(path)
    again.follow()
    assert again.show(ADA) == {
        Consent.ANALYTICS: Standing(granted=True, time=10),
        Consent.MARKETING: Standing(granted=False, time=20),
    }
    assert again.show(BOB) == {}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_latest_event_time_wins_and_of_equal_times_the_withdrawal(tmp_path: Path) -> None:
    """An update that arrives late changes nothing, and is not written."""
    ledger = Ledger(tmp_path / "ledger")
    ledger.withdraw(ADA, [Consent.ANALYTICS], 20)
    size = (tmp_path / "ledger").stat().st_size
    assert ledger.grant(ADA, [Consent.ANALYTICS], 19) == 0
    assert ledger.grant(ADA, [Consent.ANALYTICS], 20) == 0
    assert (tmp_path / "ledger").stat().st_size == size
    assert ledger.show(ADA)[Consent.ANALYTICS] == Standing(granted=False, time=20)
    assert ledger.grant(ADA, [Consent.ANALYTICS], 21) == 1
    assert ledger.withdraw(ADA, [Consent.ANALYTICS], 21) == 1


def test_another_workers_entries_are_followed(tmp_path: Path) -> None:
    """Each ledger on the same file learns what the other recorded."""
    one, other = Ledger(tmp_path / "ledger"), Ledger(tmp_path / "ledger")
    one.follow()
    one.grant(ADA, [Consent.ANALYTICS], 1)
    other.follow()
    assert Consent.ANALYTICS in other.show(ADA)
    other.withdraw(BOB, [Consent.MARKETING], 2)
    one.follow()
    assert one.show(BOB) == {Consent.MARKETING: Standing(granted=False, time=2)}


def _write(work: tuple[str, int]) -> int:
    path, person = work
    ledger = Ledger(Path(path))
    return sum(ledger.grant(f"{person:032x}", [Consent.ANALYTICS], time) for time in range(1, 21))


def test_several_processes_write_one_file(tmp_path: Path) -> None:
    """Entries that workers write at once are all there and whole."""
    path = tmp_path / "ledger"
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert pool.map(_write, [(str(path), person) for person in range(6)], chunksize=1) == [20] * 6
    ledger = Ledger(path)
    ledger.follow()
    assert len(ledger) == 6
    assert len(path.read_bytes().splitlines()) == 120


@pytest.mark.parametrize("cut", range(1, 40, 7))
def test_a_torn_tail_loses_only_itself(tmp_path: Path, cut: int) -> None:
    """After a crash in the middle of a line, the lines before it and those written later are read."""
    path = tmp_path / "ledger"
    ledger = Ledger(path)
    ledger.grant(ADA, [Consent.ANALYTICS], 1)
    ledger.grant(ADA, [Consent.MARKETING], 1)
    path.write_bytes(path.read_bytes()[:-cut])
    again = Ledger(path)
    again.follow()
    assert set(again.show(ADA)) == {Consent.ANALYTICS}
    again.withdraw(BOB, [Consent.ANALYTICS], 2)
    again.follow()
    last = Ledger(path)
    last.follow()
    assert again.show(BOB) == last.show(BOB) == {Consent.ANALYTICS: Standing(granted=False, time=2)}
    assert Consent.ANALYTICS in last.show(ADA)


def test_a_damaged_line_is_skipped_and_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A flipped bit never turns into another person's consent."""
    path = tmp_path / "ledger"
    Ledger(path).record([Update(ADA, Consent.ANALYTICS, granted=True, time=1)])
    Ledger(path).record([Update(BOB, Consent.ANALYTICS, granted=True, time=1)])
    content = bytearray(path.read_bytes())
    content[3] ^= 1
    path.write_bytes(content)
    ledger = Ledger(path)
    ledger.follow()
    assert len(ledger) == 1
    assert ledger.show(BOB)
    assert "1 lines that cannot be read" in caplog.text


def test_a_replaced_file_is_read_from_its_start(tmp_path: Path) -> None:
    """A ledger that was restored from a copy is taken in whole."""
    path = tmp_path / "ledger"
    ledger = Ledger(path)
    ledger.grant(ADA, [Consent.ANALYTICS], 1)
    ledger.follow()
    Ledger(tmp_path / "other").withdraw(BOB, [Consent.MARKETING], 2)
    (tmp_path / "other").replace(path)
    ledger.follow()
    assert ledger.show(BOB)
    assert ledger.show(ADA)


def test_what_a_full_disk_refused_is_written_again(tmp_path: Path) -> None:
    """A failed write may have left its lines in the file, but not on the disk: the next one repeats them."""
    path = tmp_path / "ledger"
    path.symlink_to("/dev/full")
    ledger = Ledger(path)
    with pytest.raises(ProcessorError, match="No space"):
        ledger.withdraw(ADA, [Consent.ANALYTICS], 1)
    path.unlink()
    assert ledger.record([]) == 1
    assert ledger.record([]) == 0
    again = Ledger(path)
    again.follow()
    assert again.show(ADA) == ledger.show(ADA) == {Consent.ANALYTICS: Standing(granted=False, time=1)}


def test_a_ledger_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    """A withdrawal that cannot be kept must not be acknowledged; nothing changes in memory."""
    (tmp_path / "folder").mkdir()
    ledger = Ledger(tmp_path / "folder")
    with pytest.raises(ProcessorError, match="cannot be written"):
        ledger.withdraw(ADA, [Consent.ANALYTICS], 1)
    assert ledger.show(ADA) == {}
    with pytest.raises(ProcessorError, match="cannot be read"):
        ledger.follow()
