"""A generation: the segments that are open together, and the one journal that commits them."""

import fcntl
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from otel_lift.spool.files import Files
from otel_lift.spool.journal import Position, commit_line, first_line
from otel_lift.spool.layout import Layout, new_id
from otel_lift.spool.seal import Mark, OpenSegment, seal_all
from otel_lift.spool.sidecar import Origin
from otel_lift.spool.stream import Hash, Rows, header

__all__ = ["Addition", "Generation"]


@dataclass(frozen=True, slots=True)
class Addition:
    """Encoded rows of one table, on the way into a segment."""

    table: str
    exporters: tuple[str, ...]
    schema_version: int
    rows: Rows


class _Writing:
    """A segment while rows are added to it."""

    def __init__(self, segment: OpenSegment, descriptor: int, schema: object, hashed: Hash, size: int) -> None:
        self.segment = segment
        self.descriptor = descriptor
        self.schema = schema
        self.hash = hashed
        self.size = size
        self.rows = 0
        self.named = False  # whether its name in the folder is on the disk

    def mark(self) -> Mark:
        return Mark(self.size, self.rows, self.hash.copy())


class Generation:
    """Segments of several tables under one journal, sealed together.

    `append` and `commit` run in different threads, but never for the same bytes: a commit takes the marks which the
    appends before it answered. `broken` is set once an operation on its files failed: nothing more is added then, and
    what was not committed is cut off when it is sealed.
    """

    def __init__(self, layout: Layout, files: Files, spool: str) -> None:
        """Make the journal, locked; raises OSError."""
        self.id = new_id()
        self.broken = False
        self.size = 0
        self.rows = 0
        self.opened = time.monotonic()
        self._layout = layout
        self._files = files
        self._spool = spool
        self._writing: dict[tuple[str, tuple[str, ...], int], _Writing] = {}
        self._all: dict[str, _Writing] = {}
        path = layout.journal(self.id)
        making = path.with_suffix(".tmp")
        self._journal = files.create(making)
        try:
            # Locked before it has its name: recovery never sees the journal of a live writer unlocked.
            fcntl.flock(self._journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
            files.write(self._journal, first_line(self.id))
            files.sync(self._journal)
            files.rename(making, path)
            # Durable before the first segment is: so an open segment without a journal has lost it.
            files.sync_folder(layout.journals)
        except OSError:
            files.close(self._journal)
            with suppress(OSError):
                files.unlink(making)
                files.unlink(path)
            raise

    def append(self, additions: Sequence[Addition], max_rows: int) -> dict[str, Mark]:
        """Write the rows to their segments and answer how far each touched segment then goes, by segment id.

        A segment that would exceed `max_rows` is left as it is and another is begun. Raises OSError, after which the
        generation may only be sealed.
        """
        marks = {}
        for addition in additions:
            writing = self._for(addition, max_rows)
            data = addition.rows.data
            self._files.write(writing.descriptor, data)
            writing.hash.update(data)
            writing.size += len(data)
            writing.rows += addition.rows.count
            self.size = max(self.size, writing.size)
            self.rows = max(self.rows, writing.rows)
            marks[writing.segment.origin.segment] = writing.mark()
        return marks

    def commit(self, marks: dict[str, Mark]) -> None:
        """Make the segments durable up to these marks, all or none; raises OSError."""
        folders = set()
        for segment in marks:
            writing = self._all[segment]
            self._files.sync(writing.descriptor)
            if not writing.named:
                folders.add(writing.segment.path.parent)
        for folder in folders:
            self._files.sync_folder(folder)
        positions = {segment: Position(mark.offset, mark.rows, mark.hash.hex()) for segment, mark in marks.items()}
        self._files.write(self._journal, commit_line(positions))
        self._files.sync(self._journal)
        for segment, mark in marks.items():
            self._all[segment].named = True
            self._all[segment].segment.committed = mark

    def seal(self) -> None:
        """Turn what is committed into sealed segments and remove the journal.

        Raises OSError; it can be called again then, and goes on where it stopped.
        """
        for writing in self._all.values():
            if writing.descriptor >= 0:
                descriptor, writing.descriptor = writing.descriptor, -1
                self._files.close(descriptor)
        seal_all(self._layout, self._files, [w.segment for w in self._all.values()], cut_first=self.broken)
        if self._journal >= 0:
            self._files.unlink(self._layout.journal(self.id))
            self._release()

    def abandon(self) -> None:
        """Leave all files to recovery, which can begin as soon as this returns."""
        for writing in self._all.values():
            if writing.descriptor >= 0:
                descriptor, writing.descriptor = writing.descriptor, -1
                self._files.close(descriptor)
        if self._journal >= 0:
            self._release()

    def _release(self) -> None:
        descriptor, self._journal = self._journal, -1
        self._files.close(descriptor)

    def names(self, segments: Iterable[str]) -> list[Origin]:
        """Answer the origins of these segments."""
        return [self._all[segment].segment.origin for segment in segments]

    def _for(self, addition: Addition, max_rows: int) -> _Writing:
        key = (addition.table, addition.exporters, addition.schema_version)
        writing = self._writing.get(key)
        schema = addition.rows.schema
        if (
            writing is None
            or writing.rows + addition.rows.count > max_rows
            or not (writing.schema is schema or schema.equals(writing.schema, check_metadata=False))
        ):
            writing = self._writing[key] = self._begin(addition)
        return writing

    def _begin(self, addition: Addition) -> _Writing:
        folder = self._layout.folder(addition.table)
        self._files.make_folder(folder)
        schema = addition.rows.schema
        origin = Origin(
            self._spool, new_id(), addition.table, addition.schema_version, addition.exporters, tuple(schema.names)
        )
        path = self._layout.open(origin.name, self.id)
        descriptor = self._files.create(path)
        head = header(schema, origin.to_json())
        hashed = Hash()
        hashed.update(head)
        segment = OpenSegment(origin, path, Mark(len(head), 0, hashed.copy()))
        writing = self._all[origin.segment] = _Writing(segment, descriptor, schema, hashed, len(head))
        self._files.write(descriptor, head)
        return writing
