"""Looking for what was planted: many strings at once, in the bytes of files and of answers."""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

__all__ = ["Needles", "SpoolWatch", "search_folder"]

_WINDOW = 8
_BITS = 20
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: Fibonacci hashing
_CHUNK = 8 << 20
_EVERY = 0.25  # seconds between two looks at the spool


class Needles:
    """A set of strings to look for, each of at least 8 bytes.

    The first 8 bytes of a needle are hashed into a table; every window of the data is looked up in it, in numpy, and
    only where the table has an entry are strings compared. So the time does not grow with the number of needles.
    """

    def __init__(self, needles: Collection[str]) -> None:
        self._table = np.zeros(1 << _BITS, np.bool_)
        self._by_start: dict[bytes, list[bytes]] = {}
        self.longest = 0
        for needle in needles:
            text = needle.encode()
            if len(text) < _WINDOW:
                raise ValueError(f"a needle needs at least {_WINDOW} bytes, to be told from chance")
            self._by_start.setdefault(text[:_WINDOW], []).append(text)
            self.longest = max(self.longest, len(text))
        for start in self._by_start:
            self._table[_slots(start, 0)] = True

    def find(self, data: bytes) -> set[str]:
        """Answer which of the strings `data` holds."""
        found: set[str] = set()
        for shift in range(min(_WINDOW, max(len(data) - _WINDOW + 1, 0))):
            for window in np.flatnonzero(self._table[_slots(data, shift)]).tolist():
                place = window * _WINDOW + shift
                for needle in self._by_start.get(data[place : place + _WINDOW], ()):
                    if data.startswith(needle, place):
                        found.add(needle.decode())
        return found

    def find_in(self, chunks: Iterable[bytes]) -> set[str]:
        """Answer which of the strings a stream holds, across the ends of its chunks too."""
        found: set[str] = set()
        rest = b""
        for chunk in chunks:
            data = rest + chunk
            found |= self.find(data)
            rest = data[-self.longest :]
        return found


def _slots(data: bytes, shift: int) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
    windows = np.frombuffer(data, "<u8", (len(data) - shift) // _WINDOW, shift)
    slots: np.ndarray[tuple[int], np.dtype[np.uint64]] = (windows * _MULTIPLIER) >> np.uint64(64 - _BITS)
    return slots


def search_folder(folder: Path, needles: Needles) -> Iterator[tuple[Path, int, set[str]]]:
    """Answer each file below a folder with its size in bytes, and what of `needles` it holds."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            size = _size(path)
            yield path, size, needles.find_in(_chunks(path, 0, size))


class SpoolWatch:
    """Reads along what is written to the spool, whose files are gone soon after; in a thread of its own."""

    def __init__(self, folder: Path, strings: Callable[[], Collection[str]]) -> None:
        """`strings` answers what to look for now; it only grows."""
        self.found: set[str] = set()
        self.bytes = 0
        self._folder = folder
        self._strings = strings
        self._read: dict[Path, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="spool-watch", daemon=True)

    def start(self) -> None:
        """Begin to read along."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_EVERY):
            # Sizes first, then the strings: what a file holds by now was planted before.
            sizes = {path: _size(path) for path in self._folder.rglob("*") if path.suffix in {".open", ".arrow"}}
            needles = Needles(tuple(self._strings()))
            for path, size in sizes.items():
                with suppress(FileNotFoundError):
                    self._look(path, size, needles)

    def _look(self, path: Path, size: int, needles: Needles) -> None:
        # A sealed segment keeps its name but for the ending.
        seen = self._read.get(path.with_suffix(""), 0)
        if size > seen:
            self.found |= needles.find_in(_chunks(path, max(seen - needles.longest, 0), size))
            self.bytes += size - seen
            self._read[path.with_suffix("")] = size


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _chunks(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while start < end and (chunk := file.read(min(_CHUNK, end - start))):
            start += len(chunk)
            yield chunk
