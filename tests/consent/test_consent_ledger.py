import multiprocessing
import stat
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from otel_lift_consent import Entry, Ledger, ledger_path

from otel_lift.errors import ProcessorError
from otel_lift.semconv import Consent

ADA, BOB = "a" * 32, "b" * 32


def grant(ledger: Ledger, person: str, categories: Iterable[Consent], time: int) -> int:
    """Record grants."""
    return ledger.record(Entry(person, category, True, time, time) for category in categories)


def withdraw(ledger: Ledger, person: str, categories: Iterable[Consent], time: int) -> int:
    """Record withdrawals."""
    return ledger.record(Entry(person, category, False, time, time) for category in categories)


def standing(ledger: Ledger, person: str) -> dict[Consent, bool]:
    """Answer what a ledger in memory says at the end of time, by category, without those that nobody answered."""
    categories = list(Consent)
    codes = np.arange(len(categories))
    said = ledger.standing(pa.array([person] * len(codes)), codes, np.full(len(codes), 2**62))
    return {
        category: bool(granted)
        for category, granted, denied in zip(categories, said.granted, said.denied, strict=True)
        if granted or denied
    }


def test_an_entry_is_on_disk_and_read_by_the_next_process(tmp_path: Path) -> None:
    """What was recorded is there after a restart; the file is for its owner only and names nobody."""
    path = ledger_path(tmp_path)
    ledger = Ledger(path)
    assert grant(ledger, ADA, [Consent.ANALYTICS, Consent.MARKETING], 10) == 2
    assert withdraw(ledger, ADA, [Consent.MARKETING], 20) == 1
    again = Ledger(path)
    again.follow()
    assert standing(again, ADA) == {Consent.ANALYTICS: True, Consent.MARKETING: False}
    assert standing(again, BOB) == {}
    assert [(entry.category, entry.granted, entry.event_time) for entry in again.history(ADA)] == [
        (Consent.ANALYTICS, True, 10),
        (Consent.MARKETING, True, 10),
        (Consent.MARKETING, False, 20),
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_latest_event_time_wins_and_of_equal_times_the_withdrawal(tmp_path: Path) -> None:
    """An update that arrives late changes nothing of what holds now, and is kept."""
    ledger = Ledger(tmp_path / "ledger")
    withdraw(ledger, ADA, [Consent.ANALYTICS], 20)
    assert grant(ledger, ADA, [Consent.ANALYTICS], 19) == 1
    assert grant(ledger, ADA, [Consent.ANALYTICS], 20) == 1
    assert standing(ledger, ADA) == {Consent.ANALYTICS: False}
    assert grant(ledger, ADA, [Consent.ANALYTICS], 21) == 1
    assert standing(ledger, ADA) == {Consent.ANALYTICS: True}
    assert withdraw(ledger, ADA, [Consent.ANALYTICS], 21) == 1
    assert standing(ledger, ADA) == {Consent.ANALYTICS: False}
    assert len(ledger.history(ADA)) == 5


def test_another_workers_entries_are_followed(tmp_path: Path) -> None:
    """Each ledger on the same file learns what the other recorded."""
    one, other = Ledger(tmp_path / "ledger"), Ledger(tmp_path / "ledger")
    one.follow()
    grant(one, ADA, [Consent.ANALYTICS], 1)
    other.follow()
    assert Consent.ANALYTICS in standing(other, ADA)
    withdraw(other, BOB, [Consent.MARKETING], 2)
    one.follow()
    assert standing(one, BOB) == {Consent.MARKETING: False}


def _write(work: tuple[str, int]) -> int:
    path, person = work
    ledger = Ledger(Path(path))
    return sum(grant(ledger, f"{person:032x}", [Consent.ANALYTICS], time) for time in range(1, 21))


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
    grant(ledger, ADA, [Consent.ANALYTICS], 1)
    grant(ledger, ADA, [Consent.MARKETING], 1)
    path.write_bytes(path.read_bytes()[:-cut])
    again = Ledger(path)
    again.follow()
    assert set(standing(again, ADA)) == {Consent.ANALYTICS}
    withdraw(again, BOB, [Consent.ANALYTICS], 2)
    again.follow()
    last = Ledger(path)
    last.follow()
    assert standing(again, BOB) == standing(last, BOB) == {Consent.ANALYTICS: False}
    assert Consent.ANALYTICS in standing(last, ADA)


def test_a_damaged_line_is_skipped_and_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A flipped bit never turns into another person's consent."""
    path = tmp_path / "ledger"
    Ledger(path).record([Entry(ADA, Consent.ANALYTICS, True, 1, 1)])
    Ledger(path).record([Entry(BOB, Consent.ANALYTICS, True, 1, 1)])
    content = bytearray(path.read_bytes())
    content[3] ^= 1
    path.write_bytes(content)
    ledger = Ledger(path)
    ledger.follow()
    assert len(ledger) == 1
    assert standing(ledger, BOB)
    assert "1 lines that cannot be read" in caplog.text


def test_a_replaced_file_is_read_from_its_start(tmp_path: Path) -> None:
    """A ledger that was restored from a copy is taken in whole."""
    path = tmp_path / "ledger"
    ledger = Ledger(path)
    grant(ledger, ADA, [Consent.ANALYTICS], 1)
    ledger.follow()
    withdraw(Ledger(tmp_path / "other"), BOB, [Consent.MARKETING], 2)
    (tmp_path / "other").replace(path)
    ledger.follow()
    assert standing(ledger, BOB)
    assert standing(ledger, ADA)


def test_what_a_full_disk_refused_is_written_again(tmp_path: Path) -> None:
    """A failed write may have left its lines in the file, but not on the disk: the next one repeats them."""
    path = tmp_path / "ledger"
    path.symlink_to("/dev/full")
    ledger = Ledger(path)
    with pytest.raises(ProcessorError, match="No space"):
        withdraw(ledger, ADA, [Consent.ANALYTICS], 1)
    path.unlink()
    assert ledger.record([]) == 1
    assert ledger.record([]) == 0
    again = Ledger(path)
    again.follow()
    assert standing(again, ADA) == standing(ledger, ADA) == {Consent.ANALYTICS: False}


def test_a_ledger_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    """A withdrawal that cannot be kept must not be acknowledged; nothing changes in memory."""
    (tmp_path / "folder").mkdir()
    ledger = Ledger(tmp_path / "folder")
    with pytest.raises(ProcessorError, match="cannot be written"):
        withdraw(ledger, ADA, [Consent.ANALYTICS], 1)
    assert standing(ledger, ADA) == {}
    with pytest.raises(ProcessorError, match="cannot be read"):
        ledger.follow()
