"""Tombstones: who was erased and when, so that older data that arrives later goes too."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift.arrays import Places
from otel_lift.registers.file import RegisterFile
from otel_lift.registers.kind import Kind
from otel_lift.tenants import DEFAULT_TENANT

__all__ = ["TOMBSTONES", "Tombstone", "Tombstones", "read_tombstones", "tombstones_path"]

WHAT = "register of erasures"

TOMBSTONES = Kind(
    "lift_tombstones",
    {"tenant": "text", "person": "text", "subjects": "texts", "erased_at": "time", "gateway": "text"},
    ("person", "subjects", "erased_at"),
)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One erasure: the person's stable pseudonym, all other pseudonyms by what made them, and until when it holds.

    `erased_at` is in Unix nanoseconds. A key in `subjects` is the id of a key of pseudonyms; those with a ``/`` are
    sessions and addresses that were the person's alone.
    """

    person: str
    subjects: Mapping[str, str]
    erased_at: int
    gateway: str
    tenant: str = DEFAULT_TENANT

    def line(self) -> bytes:
        """Write the tombstone as an entry of the register."""
        return TOMBSTONES.line({name: getattr(self, name) for name in TOMBSTONES.columns})


def tombstones_path(data: Path) -> Path:
    """Answer where the tombstones of a data folder are: outside the store, whose backups must not undo them."""
    return data / "rights" / "tombstones.log"


def read_tombstones(data: Path) -> dict[str, Tombstone]:
    """Read all tombstones by person: of several the latest time holds, and the pseudonyms of all.

    Raises ProcessorError.
    """
    found: dict[str, Tombstone] = {}
    for tombstone in _read(RegisterFile(tombstones_path(data), WHAT)):
        known = found.get(tombstone.person, tombstone)
        latest = max(known, tombstone, key=lambda one: one.erased_at)
        found[tombstone.person] = Tombstone(
            tombstone.person, {**known.subjects, **tombstone.subjects}, latest.erased_at, latest.gateway, latest.tenant
        )
    return found


class Tombstones:
    """The tombstones of a data folder as an ingest process follows them. Safe for threads; a person is 100 bytes."""

    def __init__(self, data: Path) -> None:
        """Name the data folder; its register need not exist."""
        self._file = RegisterFile(tombstones_path(data), WHAT)
        self._places = Places()
        self._times = np.zeros(0, np.int64)  # by the person's place
        self._lock = threading.Lock()

    def follow(self) -> None:
        """Take in what was written since the last call; one `stat` if nothing was. Raises ProcessorError."""
        if not self._file.changed():
            return
        with self._lock:
            for tombstone in _read(self._file):
                place = int(self._places.add(pa.array([tombstone.person], pa.string()))[0])
                if place >= len(self._times):
                    self._times = np.concatenate([self._times, np.zeros(len(self._times) + 64, np.int64)])
                self._times[place] = max(self._times[place], tombstone.erased_at)

    def record(self, tombstones: Iterable[Tombstone]) -> None:
        """Write tombstones; they are on disk when this returns. Raises ProcessorError."""
        with self._lock:
            self._file.append([tombstone.line() for tombstone in tombstones])

    def __len__(self) -> int:
        """Count the persons."""
        return len(self._places)

    def erased(self, persons: Any, times: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Say of each row whether its person was erased at its time or later.

        `persons` is an Arrow string array of n, null where nobody is known; `times` are Unix nanoseconds.
        """
        places = self._places.find(persons)
        known = np.append(self._times, np.int64(-1))
        erased: npt.NDArray[np.bool_] = (places >= 0) & (times <= known[places])
        return erased


def _read(file: RegisterFile) -> Iterator[Tombstone]:
    for lines in file.follow():
        yield from (Tombstone(**TOMBSTONES.row(line)) for line in lines)
