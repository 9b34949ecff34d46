"""What a crash left is made whole when a process starts, without a person's hand."""

import fcntl
import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from otel_lift.errors import SpoolError
from otel_lift.spool.files import Files
from otel_lift.spool.journal import Journal, Position, parse
from otel_lift.spool.layout import Layout, Name, created
from otel_lift.spool.quarantine import Quarantined, keep_copy, move_away
from otel_lift.spool.seal import Mark, OpenSegment, seal_all, write_sidecar
from otel_lift.spool.sidecar import Origin, derive, read_origin
from otel_lift.spool.stream import END, Hash, header, read_header

__all__ = ["RecoveryReport", "recover"]

_LOG = logging.getLogger(__name__)
_MAKING = 60.0  # seconds that a writer may take to make a journal
_Positions = Sequence[Mapping[str, Position]]


@dataclass(slots=True)
class RecoveryReport:
    """What recovery found.

    `sealed`: segments of dead writers that are now whole; `discarded`: how many open files held nothing that was ever
    acknowledged; `quarantined`: what is damaged; `failed`: what the disk did not let recovery do, left for the next.
    """

    sealed: list[Name] = field(default_factory=list)
    discarded: int = 0
    quarantined: list[Quarantined] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def recover(folder: Path, files: Files | None = None) -> RecoveryReport:
    """Seal what dead writers left open, up to their last commit, and put aside what is damaged.

    Safe while other writers, readers and recoveries work on the folder. Never raises for the state of the files: what
    cannot be done now is in the report, and is tried by the next call.
    """
    layout, report = Layout(folder), RecoveryReport()
    recovery = _Recovery(layout, files or Files(), report)
    # Open files are listed before the journals: one whose journal is gone by then is either sealed or an orphan.
    opened = {generation for _, generation in layout.open_names()}
    for journal in sorted(path for path in layout.journals.glob("*.*") if _is_settled(path)):
        with _reporting(report, journal.name), _locked(journal) as free:
            if free:
                recovery.generation(journal, journal.stem)
    for generation in sorted(opened):
        with _reporting(report, generation):
            if not layout.journal(generation).exists():
                recovery.restore(generation, Journal())
    for table in layout.tables():
        with _reporting(report, table):
            recovery.sealed(table)
    with _reporting(report, "done"):
        recovery.marks()
    return report


def _is_settled(path: Path) -> bool:
    """Say whether a file among the journals is none that a writer is just making, which is not locked yet."""
    return path.suffix == ".log" or (path.suffix == ".tmp" and created(path.stem) < time.time() - _MAKING)


@contextmanager
def _reporting(report: RecoveryReport, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _LOG.error("recovery of %s in the spool is left for the next start: %s", what, error)
        report.failed.append(f"{what}: {error}")


@contextmanager
def _locked(journal: Path) -> Iterator[bool]:
    """Hold the journal's lock if its writer is dead; answers False for one that lives or is gone."""
    try:
        descriptor = os.open(journal, os.O_RDWR)
    except FileNotFoundError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Sealed and removed between the listing and the lock: the name is another's or nobody's.
            mine = _same(journal, descriptor)
        except BlockingIOError:
            mine = False
        yield mine
    finally:
        os.close(descriptor)


def _same(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


class _Recovery:
    def __init__(self, layout: Layout, files: Files, report: RecoveryReport) -> None:
        self._layout = layout
        self._files = files
        self._report = report

    def generation(self, journal: Path, generation: str) -> None:
        """Restore one dead writer's generation and remove its journal, which is locked."""
        if journal.suffix == ".log":
            records = parse(journal.read_bytes())
            self.restore(generation, records)
            # What the dead writer itself had sealed or removed must not come back once the journal is gone.
            for table in self._layout.tables():
                self._files.sync_folder(self._layout.root / table)
            if records.damaged:
                self._files.rename(journal, self._layout.quarantined(journal))
                return
        self._files.unlink(journal)

    def restore(self, generation: str, journal: Journal) -> None:
        """Seal each open file of a generation, whose writer is known to be dead, at its last intact commit."""
        names = [name for name, writing in self._layout.open_names() if writing == generation]
        paths = {name: self._layout.open(name, generation) for name in names}
        commits = _without_undone(journal.commits, paths)
        segments = []
        for name, path in paths.items():
            segment = self._restore_one(name, path, journal, [c[name.segment] for c in commits if name.segment in c])
            if segment is None:
                self._files.unlink(path)
                continue
            segments.append(segment)
        seal_all(self._layout, self._files, segments, cut_first=True)
        for segment in segments:
            if segment.committed.rows:
                self._report.sealed.append(segment.origin.name)
            else:
                self._report.discarded += 1

    def _restore_one(
        self, name: Name, path: Path, journal: Journal, positions: Sequence[Position]
    ) -> OpenSegment | None:
        size = path.stat().st_size
        mark = _last_intact(path, positions)
        reason = ""
        if positions and mark.offset != positions[-1].offset:
            reason = "its bytes are not those that were committed"
        elif not journal.readable and size:
            reason = "its journal is lost"
        elif journal.damaged and size > mark.offset:
            reason = "its journal is damaged, and its last commits may be missing"
        origin: Origin | None = None
        try:
            origin = read_origin(path)
        except SpoolError as error:
            reason = reason or (str(error) if positions else "")
        if reason:
            kept = keep_copy(self._layout, self._files, name, path, reason, mark.rows if origin else 0)
            self._report.quarantined.append(kept)
        elif origin is None:
            self._report.discarded += 1
        return OpenSegment(origin, path, mark) if origin else None

    def sealed(self, table: str) -> None:
        """Give sealed files without a sidecar theirs, and remove sidecars without a file."""
        folder = self._layout.root / table
        for entry in list(os.scandir(folder)):
            segment, _, suffix = entry.name.partition(".")
            name = Name(segment, table)
            if suffix == "arrow" and not self._layout.sidecar(name).exists():
                self._derive(name)
            elif suffix == "arrow":
                with suppress(FileNotFoundError):
                    if entry.stat().st_size == 0:
                        self._report.quarantined.append(move_away(self._layout, self._files, name, "it is empty"))
            elif (
                suffix == "json"
                and not list(folder.glob(f"{segment}.*.open"))
                and not self._layout.sealed(name).exists()
            ):
                self._files.unlink(self._layout.sidecar(name))

    def _derive(self, name: Name) -> None:
        path = self._layout.sealed(name)
        try:
            write_sidecar(self._layout, self._files, derive(path))
            self._files.sync_folder(path.parent)
            _LOG.warning("segment %s of %s had no sidecar; it was made again", name.segment, name.table)
        except SpoolError as error:
            if path.exists():  # or an exporter has just done it
                self._report.quarantined.append(move_away(self._layout, self._files, name, str(error)))

    def marks(self) -> None:
        """Remove marks of segments that are gone."""
        for mark in self._layout.root.glob("done/*/*"):
            table, _, segment = mark.name.rpartition(".")
            if not self._layout.sealed(Name(segment, table)).exists():
                self._files.unlink(mark)


def _without_undone(commits: _Positions, paths: Mapping[Name, Path]) -> _Positions:
    """Leave out a last commit that its writer took back.

    The record of a commit whose sync failed may be in the journal all the same. The writer then cut every file to where
    it was before: a file that ends exactly there shows it, and the commit holds for none of its tables.
    """
    if not commits:
        return commits
    before: dict[str, int] = {}
    for commit in commits[:-1]:
        before |= {segment: position.offset for segment, position in commit.items()}
    for name, path in paths.items():
        if name.segment in commits[-1]:
            with suppress(SpoolError):
                offset = before.get(name.segment) or len(header(*read_header(path)))
                if path.stat().st_size in {offset, offset + len(END)}:
                    return commits[:-1]
    return commits


def _last_intact(path: Path, positions: Sequence[Position]) -> Mark:
    """Answer the last committed place up to which the file's bytes are those that were written."""
    intact, hashed, offset = Mark(0, 0, Hash()), Hash(), 0
    with path.open("rb") as file:
        for position in positions:
            while offset < position.offset and (chunk := file.read(min(2**20, position.offset - offset))):
                hashed.update(chunk)
                offset += len(chunk)
            if offset == position.offset and hashed.hex() == position.hash:
                intact = Mark(offset, position.rows, hashed.copy())
    return intact
