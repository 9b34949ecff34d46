"""`SpoolReader`: one exporter's way out of the spool."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from otel_lift.errors import RetryableError, SpoolError
from otel_lift.spool.files import Files
from otel_lift.spool.layout import Layout, Name
from otel_lift.spool.quarantine import Quarantined, move_away
from otel_lift.spool.sidecar import Sidecar, derive, hash_file
from otel_lift.spool.stream import END

__all__ = ["Segment", "SpoolReader", "forget"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Segment:
    """A sealed segment: the file at `path` is one Arrow IPC stream, to be inserted as it lies, once, with its token."""

    path: Path
    sidecar: Sidecar

    @property
    def table(self) -> str:
        """The table that the rows belong to."""
        return self.sidecar.origin.table

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the segment has; an insert must name them."""
        return self.sidecar.origin.columns

    @property
    def token(self) -> str:
        """The token of the segment's insert."""
        return self.sidecar.token

    @property
    def rows(self) -> int:
        """The number of rows."""
        return self.sidecar.rows

    def verify(self) -> None:
        """Check that the file is what was sealed, its end included: a store takes a cut stream without a word.

        Raises SpoolError if it is not, after which the segment belongs into quarantine, and RetryableError if the disk
        does not give it.
        """
        try:
            hashed, size, tail = hash_file(self.path)
        except OSError as error:
            raise RetryableError(f"segment {self.path.name} cannot be read now") from error
        if (hashed, size) != (self.sidecar.hash, self.sidecar.size) or tail != END:
            raise SpoolError(f"segment {self.path.name} is not as it was sealed")


class SpoolReader:
    """Hands out the sealed segments that one exporter has not done, oldest first.

    Each exporter has its own reader, for one thread at a time, and none waits for another. A segment's file goes when
    all exporters that it is for have done it. `report` is called with each segment that is found damaged.
    """

    def __init__(
        self,
        folder: Path,
        exporter: str,
        files: Files | None = None,
        report: Callable[[Quarantined], None] | None = None,
    ) -> None:
        self._layout = Layout(folder)
        self._exporter = exporter
        self._files = files or Files()
        self._report = report
        self._known: dict[Name, Sidecar] = {}
        self._unmarked: dict[Name, Segment] = {}

    def segments(self) -> Iterator[Segment]:
        """Yield the segments that are sealed now and not done; a new call sees what was sealed since.

        The files are not read: verify each before sending it. What the disk does not give now is left for a later call.
        """
        self._retry()
        folder = self._layout.done_folder(self._exporter)
        marks = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        names = self._layout.sealed_names()
        self._known = {name: self._known[name] for name in names if name in self._known}
        for name in names:
            if f"{name.table}.{name.segment}" in marks or name in self._unmarked:
                continue
            try:
                sidecar = self._sidecar(name)
            except OSError as error:
                _LOG.warning("segment %s of %s is left for later: %s", *_parts(name), error)
                continue
            if sidecar and self._exporter in sidecar.origin.exporters:
                yield Segment(self._layout.sealed(name), sidecar)

    def done(self, segment: Segment) -> None:
        """Note that this exporter needs the segment no more.

        If the disk refuses, the note is kept in memory and written with a later call of `done` or `segments`; a restart
        before that hands the segment out once more, with the same token.
        """
        self._unmarked[segment.sidecar.origin.name] = segment
        self._retry()

    def quarantine(self, segment: Segment, reason: str) -> None:
        """Put a damaged segment aside, for all exporters; raises RetryableError if the disk refuses."""
        try:
            self._put_aside(segment.sidecar.origin.name, reason)
        except OSError as error:
            raise RetryableError(f"segment {segment.path.name} cannot be moved to quarantine now") from error

    def _sidecar(self, name: Name) -> Sidecar | None:
        if name in self._known:
            return self._known[name]
        path = self._layout.sealed(name)
        try:
            sidecar = self._written(name) or derive(path)
        except SpoolError as error:
            if path.exists():  # or another exporter, the last one, has just done it
                self._put_aside(name, str(error))
            return None
        self._known[name] = sidecar
        return sidecar

    def _written(self, name: Name) -> Sidecar | None:
        try:
            sidecar = Sidecar.from_json(self._layout.sidecar(name).read_bytes())
        except (SpoolError, FileNotFoundError):
            return None
        return sidecar if sidecar.origin.name == name else None

    def _put_aside(self, name: Name, reason: str) -> None:
        quarantined = move_away(self._layout, self._files, name, reason)
        if self._report:
            self._report(quarantined)

    def _retry(self) -> None:
        for name, segment in list(self._unmarked.items()):
            try:
                self._finish(name, segment.sidecar.origin.exporters)
                del self._unmarked[name]
            except OSError as error:
                _LOG.warning("segment %s of %s is done, but cannot be removed yet: %s", *_parts(name), error)

    def _finish(self, name: Name, exporters: tuple[str, ...]) -> None:
        others = [exporter for exporter in exporters if exporter != self._exporter]
        if others:
            self._mark(name)
        if all(self._layout.done(other, name).exists() for other in others):
            self._remove(name, exporters)

    def _mark(self, name: Name) -> None:
        mark = self._layout.done(self._exporter, name)
        if mark.exists():
            return
        self._files.make_folder(mark.parent)
        self._files.close(self._files.create(mark))
        self._files.sync_folder(mark.parent)

    def _remove(self, name: Name, exporters: tuple[str, ...]) -> None:
        # The stream first and for good: a sidecar or a mark left over is harmless, a stream would be sent again.
        self._files.unlink(self._layout.sealed(name))
        self._files.sync_folder(self._layout.root / name.table)
        self._files.unlink(self._layout.sidecar(name))
        for exporter in exporters:
            self._files.unlink(self._layout.done(exporter, name))


def forget(folder: Path, exporter: str, files: Files | None = None) -> int:
    """Let go of what is spooled for an exporter that is no longer configured; answers the number of segments.

    Segments that are for others too stay for those.
    """
    reader = SpoolReader(folder, exporter, files)
    segments = list(reader.segments())
    for segment in segments:
        reader.done(segment)
    return len(segments)


def _parts(name: Name) -> tuple[str, str]:
    return name.segment, name.table
