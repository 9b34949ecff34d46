"""The consent ledger: what each person granted and withdrew, in a register that local processes share.

Entries commute: what holds depends on their event times alone (of equal times the withdrawal is the later one), so
order, repetition and entries that other processes or gateways wrote meanwhile do not matter.
"""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from otel_lift.registers import RegisterFile
from otel_lift_consent.entries import CODES, LEDGER, WHAT, Entry
from otel_lift_consent.standings import Standing, Standings

__all__ = ["Ledger"]

_RECENT = 65_536  # entries of this process that a client's retry is recognised by


class Ledger:
    """The ledger in one file. Safe for threads and for several processes."""

    def __init__(self, path: Path) -> None:
        """Name the file, which need not exist."""
        self._path = path
        self._file = RegisterFile(path, WHAT)
        self._standings = Standings()
        self._recent: dict[str, None] = {}
        self._lock = threading.Lock()

    def follow(self) -> None:
        """Take in what was written since the last call; one `stat` if nothing was. Raises ProcessorError."""
        if not self._file.changed():
            return
        with self._lock:
            for lines in self._file.follow():
                self._apply(LEDGER.rows(lines))

    def record(self, entries: Iterable[Entry]) -> int:
        """Write entries, but those that this process wrote lately; answer how many. On disk when this returns.

        Raises ProcessorError if the file cannot be written; nothing has changed in memory then.
        """
        lines = {LEDGER.id_of(line): line for line in map(Entry.line, entries)}
        with self._lock:
            written = self._file.append([line for id_, line in lines.items() if id_ not in self._recent])
            self._apply(LEDGER.rows(written))
            self._recent |= dict.fromkeys(map(LEDGER.id_of, written))
            for id_ in list(self._recent)[: max(len(self._recent) - _RECENT, 0)]:
                del self._recent[id_]
            return len(written)

    def history(self, person: str) -> list[Entry]:
        """Answer all entries of a person, by event time; reads the whole file. Raises ProcessorError."""
        return self.histories([person])[person]

    def histories(self, persons: Iterable[str]) -> dict[str, list[Entry]]:
        """Answer all entries of each of these persons, by event time; reads the whole file once."""
        found: dict[str, dict[str, Entry]] = {person: {} for person in persons}
        wanted = {person.encode() for person in found}
        for lines in RegisterFile(self._path, WHAT).follow():
            # after the tenant, the person is the first text of an entry
            mine = [line for line in lines if line.split(b'"', 8)[7] in wanted]
            for line, row in zip(mine, LEDGER.rows(mine), strict=True):
                if row["category"] in CODES:
                    entry, entries = Entry.of(row), found[row["person"]]
                    known = entries.setdefault(LEDGER.id_of(line), entry)
                    # of one that was learnt more than once, when it was learnt first
                    if entry.known_time < known.known_time:
                        entries[LEDGER.id_of(line)] = entry
        return {
            person: sorted(entries.values(), key=lambda entry: (entry.event_time, not entry.granted, entry.known_time))
            for person, entries in found.items()
        }

    def __len__(self) -> int:
        """Count the persons."""
        return len(self._standings)

    def standing(self, persons: Any, category: npt.NDArray[np.int64], time: npt.NDArray[np.int64]) -> Standing:
        """Answer what the ledger says of messages: see `Standings.of`."""
        with self._lock:
            return self._standings.of(persons, category, time)

    def last(self, persons: Any) -> npt.NDArray[np.int64]:
        """Answer the last entries of persons: see `Standings.last`."""
        with self._lock:
            return self._standings.last(persons)

    def _apply(self, rows: Iterable[dict[str, Any]]) -> None:
        # a category of a newer version is none of ours
        mine = [row for row in rows if row["category"] in CODES]
        if mine:
            self._standings.add(
                [row["person"] for row in mine],
                [CODES[row["category"]] for row in mine],
                [row["event_time"] if row["granted"] else -row["event_time"] for row in mine],
            )
