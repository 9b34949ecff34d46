"""The consent ledger: what each person granted or withdrew last, in memory and in a file that local workers share.

The file only grows. A line is ``<person> <category> <granted|withdrawn> <event time> <CRC-32 of the line so far>``; the
person is a pseudonym under the stable ledger key. Entries commute (the latest event time wins, of equal times the
withdrawal), so order, repetition and lines that another worker wrote meanwhile do not matter.
"""

import fcntl
import logging
import os
import threading
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift.arrays import Places
from otel_lift.errors import ProcessorError
from otel_lift.semconv import Consent
from otel_lift_consent.answers import CATEGORIES

__all__ = ["Ledger", "Standing", "Update", "ledger_path"]

_log = logging.getLogger(__name__)

_NOTHING = (0,) * len(CATEGORIES)
_CODES = {str(name): code for code, name in enumerate(CATEGORIES)}


@dataclass(frozen=True, slots=True)
class Update:
    """One grant or withdrawal; `time` is the event's, in Unix nanoseconds."""

    person: str
    category: Consent
    granted: bool
    time: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's latest answer for a category; `time` is its event's, in Unix nanoseconds."""

    granted: bool
    time: int


def ledger_path(data: Path) -> Path:
    """Answer where the ledger of a data folder is."""
    return data / "consent" / "ledger.log"


class Ledger:
    """The ledger in one file. Safe for threads and for several processes; about 0.6 KB of memory a person."""

    def __init__(self, path: Path) -> None:
        """Name the file, which need not exist."""
        self._path = path
        self._standing: dict[str, tuple[int, ...]] = {}  # signed times by category code: a withdrawal is negative
        self._changed: set[str] = set()  # whose row of the table is old
        self._places = Places()
        self._table = np.zeros((0, len(CATEGORIES)), np.int64)  # by the person's place
        self._read = 0
        self._inode = 0
        # what may be in the file but not on the disk, after a failed write: reading it back would not make it durable
        self._owed: list[Update] = []
        self._lock = threading.Lock()

    def follow(self) -> None:
        """Take in what was written since the last call; one `stat` if nothing was. Raises ProcessorError."""
        try:
            found = self._path.stat()
            if found.st_ino == self._inode and found.st_size == self._read:
                return
            with self._lock:
                self._take_in(found)
        except FileNotFoundError:
            return
        except OSError as error:
            raise ProcessorError(f"the consent ledger {self._path} cannot be read: {error.strerror}") from error

    def record(self, updates: Iterable[Update]) -> int:
        """Write the updates that are newer than what is known, and answer how many; on disk when this returns.

        Raises ProcessorError if the file cannot be written; nothing has changed in memory then.
        """
        with self._lock:
            fresh = [update for update in dict.fromkeys(updates) if self._is_news(update)]
            lines = list(dict.fromkeys([*self._owed, *fresh]))
            if not lines:
                return 0
            try:
                self._append("".join(map(_line, lines)).encode())
            except OSError as error:
                self._owed = lines
                raise ProcessorError(f"the consent ledger {self._path} cannot be written: {error.strerror}") from error
            self._owed = []
            for update in lines:
                self._apply(update)
            return len(lines)

    def grant(self, person: str, categories: Iterable[Consent], time: int) -> int:
        """Record grants of `categories` at `time` (Unix nanoseconds); answer how many were news."""
        return self.record(Update(person, category, granted=True, time=time) for category in categories)

    def withdraw(self, person: str, categories: Iterable[Consent], time: int) -> int:
        """Record withdrawals of `categories` at `time` (Unix nanoseconds); answer how many were news."""
        return self.record(Update(person, category, granted=False, time=time) for category in categories)

    def show(self, person: str) -> Mapping[Consent, Standing]:
        """Answer a person's latest answers by category; those never given are absent."""
        signed = self._standing.get(person, _NOTHING)
        return {
            category: Standing(granted=at > 0, time=abs(at))
            for category, at in zip(CATEGORIES, signed, strict=True)
            if at
        }

    def __len__(self) -> int:
        """Count the persons."""
        return len(self._standing)

    def standing(self, persons: Any, category: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Answer the signed times (see `Known.standing`) of `persons`, an Arrow string array with nulls, by row."""
        found = np.zeros(len(persons), np.int64)
        if not self._standing or persons.null_count == len(persons):
            return found
        with self._lock:
            self._tabulate()
            places = self._places.find(persons)
            rows = np.flatnonzero(places >= 0)
            found[rows] = self._table[places[rows], category[rows]]
        return found

    def _tabulate(self) -> None:
        """Bring what changed into the table, in which a column of persons is looked up at once."""
        if not self._changed:
            return
        persons = list(self._changed)
        places = self._places.add(pa.array(persons, pa.string()))
        missing = len(self._places) - len(self._table)
        if missing > 0:
            more = np.zeros((missing + len(self._places), len(CATEGORIES)), np.int64)
            self._table = np.concatenate([self._table, more])
        self._table[places] = [self._standing[person] for person in persons]
        self._changed.clear()

    def _is_news(self, update: Update) -> bool:
        at = self._standing.get(update.person, _NOTHING)[_CODES[update.category]]
        return (update.time, not update.granted) > (abs(at), at < 0)

    def _apply(self, update: Update) -> None:
        if self._is_news(update):
            signed = list(self._standing.get(update.person, _NOTHING))
            signed[_CODES[update.category]] = update.time if update.granted else -update.time
            self._standing[update.person] = tuple(signed)
            self._changed.add(update.person)

    def _take_in(self, found: os.stat_result) -> None:
        if found.st_ino != self._inode or found.st_size < self._read:
            self._inode, self._read = found.st_ino, 0
        with self._path.open("rb") as file:
            file.seek(self._read)
            content = file.read()
        # a line without its end is being written, or was cut by a crash; the next writer ends it
        content = content[: content.rfind(b"\n") + 1]
        updates = [_parse(line) for line in content.splitlines()]
        for update in updates:
            if update is not None:
                self._apply(update)
        self._read += len(content)
        if skipped := updates.count(None):
            _log.warning(
                "the consent ledger %s has %d lines that cannot be read; they were skipped", self._path, skipped
            )

    def _append(self, lines: bytes) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = not self._path.exists()
        handle = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            size = os.fstat(handle).st_size
            torn = size and os.pread(handle, 1, size - 1) != b"\n"
            _write_all(handle, b"\n" + lines if torn else lines)
            os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            _sync_folder(self._path.parent)


def _line(update: Update) -> str:
    state = "granted" if update.granted else "withdrawn"
    text = f"{update.person} {update.category} {state} {update.time}"
    return f"{text} {zlib.crc32(text.encode()):08x}\n"


def _parse(line: bytes) -> Update | None:
    text, _, checksum = line.rpartition(b" ")
    if f"{zlib.crc32(text):08x}".encode() != checksum:
        return None
    person, category, state, time = text.decode().split(" ")
    if category not in _CODES:  # of a newer version
        return None
    return Update(person, Consent(category), granted=state == "granted", time=int(time))


def _write_all(handle: int, content: bytes) -> None:
    while content:
        content = content[os.write(handle, content) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
