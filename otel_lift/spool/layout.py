"""Where everything of the spool lies, and how it is named.

::

    spool/
    ├── id                                      a UUID, written once: part of every token
    ├── <table>/
    │   ├── <segment>.<generation>.open         being written; whole up to the last commit in the generation's journal
    │   ├── <segment>.arrow                     sealed: an Arrow IPC stream that nothing changes any more
    │   └── <segment>.json                      its sidecar
    ├── journal/<generation>.log                commit records of one generation, locked by the writer that lives
    ├── done/<exporter>/<table>.<segment>       what one of several exporters has done already
    └── quarantine/<table>.<file>               damaged files, kept for a person to look at
"""

import fcntl
import os
import re
import secrets
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from otel_lift.errors import SpoolError
from otel_lift.spool.files import Files

__all__ = ["Layout", "Name", "created", "new_id"]

_TABLE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_RESERVED = frozenset({"journal", "done", "quarantine", "id"})
_OPEN = re.compile(r"([0-9a-f]{28})\.([0-9a-f]{28})\.open")
_SEALED = re.compile(r"([0-9a-f]{28})\.arrow")


class _Clock:
    """Milliseconds that never go back or repeat within a process, so that ids are in order of creation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def tick(self) -> int:
        with self._lock:
            self._last = max(self._last + 1, time.time_ns() // 1_000_000)
            return self._last


_CLOCK = _Clock()


def new_id() -> str:
    """Answer an id that is never used again: 48 bits of Unix milliseconds and 64 random bits, 28 hex digits."""
    return f"{_CLOCK.tick():012x}{secrets.token_hex(8)}"


def created(identifier: str) -> float:
    """Answer the Unix time in seconds at which an id was made."""
    return int(identifier[:12], 16) / 1000


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A segment's id and table; ordered by age."""

    segment: str
    table: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The names below one spool folder."""

    root: Path

    @property
    def journals(self) -> Path:
        """The folder of the journals."""
        return self.root / "journal"

    @property
    def quarantine(self) -> Path:
        """The folder of what is damaged."""
        return self.root / "quarantine"

    def folder(self, table: str) -> Path:
        """Answer the folder of a table; raises SpoolError if its name cannot be one."""
        if not _TABLE.fullmatch(table) or table in _RESERVED:
            raise SpoolError(f"{table!r} cannot be the name of a table in the spool; use letters, digits and '_'")
        return self.root / table

    def open(self, name: Name, generation: str) -> Path:
        """Answer the path of a segment that is being written."""
        return self.root / name.table / f"{name.segment}.{generation}.open"

    def sealed(self, name: Name) -> Path:
        """Answer the path of a sealed segment."""
        return self.root / name.table / f"{name.segment}.arrow"

    def sidecar(self, name: Name) -> Path:
        """Answer the path of a segment's sidecar."""
        return self.root / name.table / f"{name.segment}.json"

    def journal(self, generation: str) -> Path:
        """Answer the path of a generation's journal."""
        return self.journals / f"{generation}.log"

    def quarantined(self, path: Path) -> Path:
        """Answer where a damaged file of a table's folder is kept."""
        return self.quarantine / f"{path.parent.name}.{path.name}"

    def done_folder(self, exporter: str) -> Path:
        """Answer the folder of an exporter's marks; its name may hold any character."""
        return self.root / "done" / quote(exporter, safe="")

    def done(self, exporter: str, name: Name) -> Path:
        """Answer the mark that says an exporter has done a segment."""
        return self.done_folder(exporter) / f"{name.table}.{name.segment}"

    def tables(self) -> list[str]:
        """List the tables that have a folder."""
        if not self.root.is_dir():
            return []
        return sorted(
            e.name for e in os.scandir(self.root) if e.is_dir() and e.name not in _RESERVED and _TABLE.fullmatch(e.name)
        )

    def sealed_names(self) -> list[Name]:
        """List the sealed segments, oldest first."""
        return sorted(
            Name(match[1], table)
            for table in self.tables()
            for entry in os.scandir(self.root / table)
            if (match := _SEALED.fullmatch(entry.name))
        )

    def open_names(self) -> Iterator[tuple[Name, str]]:
        """Yield the segments that are being written, each with its generation."""
        for table in self.tables():
            for entry in os.scandir(self.root / table):
                if match := _OPEN.fullmatch(entry.name):
                    yield Name(match[1], table), match[2]

    def prepare(self, files: Files) -> str:
        """Make the spool's folders and answer its id, which is written once; safe in several processes at a time.

        Raises SpoolError if the folder cannot be made or written.
        """
        try:
            self.root.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self.root, self.journals, self.quarantine, self.root / "done"):
                files.make_folder(folder)
            return self._identify(files)
        except OSError as error:
            raise SpoolError(f"the spool at {self.root} cannot be used ({error}); check its owner and disk") from error

    def _identify(self, files: Files) -> str:
        path = self.root / "id"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            text = path.read_text(encoding="ascii", errors="replace").strip()
            try:
                return str(uuid.UUID(text))
            except ValueError:
                # New, or lost with the power: sealed segments keep the token that their sidecar holds.
                identifier = str(uuid.uuid4())
            files.truncate(descriptor, 0)
            files.write(descriptor, identifier.encode())
            files.sync(descriptor)
            files.sync_folder(self.root)
            return identifier
        finally:
            os.close(descriptor)
