"""What is on its way to the audit log: a small durable file, so that no store that is away loses a row."""

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from otel_lift.private_files import replace

__all__ = ["AuditFile", "AuditRow"]

_guard = threading.Lock()


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A row of `lift_audit`, and the exporters whose stores do not have it yet. `time` is in Unix nanoseconds."""

    id: str
    time: int
    actor: str
    action: str
    gateway: str
    person: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    outcome: str = "failed"
    awaited: tuple[str, ...] = ()

    def to_json(self) -> bytes:
        """Answer one line."""
        return json.dumps(asdict(self), separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_json(cls, line: bytes) -> Self:
        """Read one line back; raises ValueError, KeyError or TypeError for anything else."""
        values: dict[str, Any] = json.loads(line)
        return cls(**{**values, "awaited": tuple(values["awaited"])})


class AuditFile:
    """Lines of one JSON object each, the last of an id being the one that counts; mode 0600.

    Threads and processes take turns. A line that a crash cut short is passed over.
    """

    def __init__(self, data: Path) -> None:
        """Name the file in the data folder, which is made when a row is written."""
        self._path = data / "audit-pending.jsonl"

    def write(self, row: AuditRow) -> None:
        """Add a row, or put it in the place of the one with its id; durable on return. Raises OSError."""
        with self._held():
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                # What a crash cut short must not swallow this line too.
                os.write(descriptor, b"\n" + row.to_json())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def read(self) -> dict[str, AuditRow]:
        """Answer the rows by id, in the order of their beginning."""
        with self._held():
            return self._read()

    def delivered(self, exporter: str, ids: set[str]) -> None:
        """Note that an exporter's store has these rows; what no store awaits any more goes. Raises OSError."""
        with self._held():
            kept = []
            for row in self._read().values():
                if row.id not in ids:
                    kept.append(row)
                elif left := tuple(one for one in row.awaited if one != exporter):
                    kept.append(AuditRow(**{**asdict(row), "awaited": left}))
            replace(self._path, b"".join(row.to_json() for row in kept))

    def _read(self) -> dict[str, AuditRow]:
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return {}
        rows: dict[str, AuditRow] = {}
        for line in lines:
            try:
                row = AuditRow.from_json(line)
            except (ValueError, KeyError, TypeError):
                continue
            rows[row.id] = row
        return rows

    @contextmanager
    def _held(self) -> Iterator[None]:
        with _guard:
            handle = os.open(self._path.parent, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield
            finally:
                os.close(handle)
