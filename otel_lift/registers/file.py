"""`RegisterFile`: checksummed lines in a file that only grows, written and followed by several processes."""

import fcntl
import logging
import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from otel_lift.errors import ProcessorError

__all__ = ["RegisterFile"]

_log = logging.getLogger(__name__)

_PIECE = 8 << 20  # bytes of the file in memory at a time
_CHECKSUM = 9  # a space and eight hex digits


class RegisterFile:
    """A register's file, as one process follows it. Not safe for threads.

    A line is an entry, a space, and the CRC-32 of the entry in hex. A line that a crash cut short is lost alone, and
    was never confirmed; one that is damaged is skipped and reported.
    """

    def __init__(self, path: Path, what: str) -> None:
        """Name the file, which need not exist, and what it is in messages, e.g. ``consent ledger``."""
        self._path = path
        self._what = what
        self._read = 0
        self._inode = 0
        # What may be in the file but not on the disk, after a failed write: reading it back would not make it durable.
        self._owed: list[bytes] = []
        self.replaced = 0
        """How often another file has taken the place of the one that was followed; it is read from its start then."""

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._path

    @property
    def position(self) -> tuple[int, int]:
        """How far the file was followed: its inode, and the bytes read."""
        return self._inode, self._read

    def resume(self, position: tuple[int, int]) -> None:
        """Go on where a `position` was; a file that has been replaced since is read from its start."""
        self._inode, self._read = position

    def changed(self) -> bool:
        """Say whether there is something to follow; one `stat`. Raises ProcessorError."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._unreadable(error) from error
        return found.st_ino != self._inode or found.st_size != self._read

    def follow(self) -> Iterator[list[bytes]]:
        """Yield the entries that were written since the last call, in pieces. Raises ProcessorError.

        A piece counts as followed when the next one is asked for. Own entries come back too.
        """
        try:
            with self._path.open("rb") as file:
                found = os.fstat(file.fileno())
                if found.st_ino != self._inode or found.st_size < self._read:
                    self.replaced += self._inode != 0
                    self._inode, self._read = found.st_ino, 0
                while True:
                    file.seek(self._read)
                    content = file.read(_PIECE)
                    if len(content) == _PIECE and not content.endswith(b"\n"):
                        content += file.readline()
                    # A line without its end is being written, or was cut by a crash; the next writer ends it.
                    content = content[: content.rfind(b"\n") + 1]
                    if not content:
                        return
                    yield self._entries(content)
                    self._read += len(content)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._unreadable(error) from error

    def append(self, entries: Sequence[bytes]) -> Sequence[bytes]:
        """Write entries, which hold no line end; they are on disk when this returns.

        Answers them, and before them those whose writing failed earlier: they were written again. Raises
        ProcessorError if the file cannot be written.
        """
        owed = list(dict.fromkeys([*self._owed, *entries]))
        if owed:
            try:
                self._write(b"".join(map(_line, owed)))
            except OSError as error:
                self._owed = owed
                raise ProcessorError(f"the {self._what} {self._path} cannot be written: {error.strerror}") from error
            self._owed = []
        return owed

    def _entries(self, content: bytes) -> list[bytes]:
        lines = content.splitlines()
        entries = [line[:-_CHECKSUM] for line in lines if b"%08x" % zlib.crc32(line[:-_CHECKSUM]) == line[-8:]]
        # An empty line is where a writer ended a torn one.
        if skipped := len(lines) - len(entries) - lines.count(b""):
            _log.warning(
                "the %s %s has %d lines that cannot be read; they were skipped", self._what, self._path, skipped
            )
        return entries

    def _unreadable(self, error: OSError) -> ProcessorError:
        return ProcessorError(f"the {self._what} {self._path} cannot be read: {error.strerror}")

    def _write(self, lines: bytes) -> None:
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


def _line(entry: bytes) -> bytes:
    return b"%b %08x\n" % (entry, zlib.crc32(entry))


def _write_all(handle: int, content: bytes) -> None:
    while content:
        content = content[os.write(handle, content) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
