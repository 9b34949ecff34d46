"""Sealing: from what is committed to a file that nothing changes any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from otel_lift.spool.files import Files
from otel_lift.spool.layout import Layout
from otel_lift.spool.sidecar import Origin, Sidecar, token
from otel_lift.spool.stream import END, Hash

__all__ = ["Mark", "OpenSegment", "seal_all", "write_sidecar"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place between two writes in a segment: bytes and rows before it, and the hash of those bytes."""

    offset: int
    rows: int
    hash: Hash


@dataclass(slots=True)
class OpenSegment:
    """A segment that is not sealed, and how far it is committed."""

    origin: Origin
    path: Path
    committed: Mark
    sealed: bool = False


def seal_all(layout: Layout, files: Files, segments: Sequence[OpenSegment], *, cut_first: bool) -> None:
    """Seal each segment at its last commit; one without a committed row is removed. Names are durable on return.

    `cut_first`: cut all files to their last commit before the first is sealed. A failed commit's record may be in the
    journal; a crash must not find it valid for one table when another table was sealed without it.

    Raises OSError; a second call goes on where the first stopped.
    """
    todo = [segment for segment in segments if not segment.sealed]
    if cut_first:
        for segment in todo:
            _cut(files, segment)
    for segment in todo:
        if segment.committed.rows:
            _seal(layout, files, segment)
        else:
            files.unlink(segment.path)
    for folder in {segment.path.parent for segment in todo}:
        files.sync_folder(folder)
    for segment in todo:
        segment.sealed = True


def write_sidecar(layout: Layout, files: Files, sidecar: Sidecar) -> None:
    """Write a sidecar durably; its name is durable with the next sync of the folder."""
    path = layout.sidecar(sidecar.origin.name)
    files.unlink(path)
    descriptor = files.create(path)
    try:
        files.write(descriptor, sidecar.to_json())
        files.sync(descriptor)
    finally:
        files.close(descriptor)


def _cut(files: Files, segment: OpenSegment) -> None:
    if not segment.path.exists():
        return
    descriptor = files.append_to(segment.path)
    try:
        files.truncate(descriptor, segment.committed.offset)
        files.sync(descriptor)
    finally:
        files.close(descriptor)


def _seal(layout: Layout, files: Files, segment: OpenSegment) -> None:
    if not segment.path.exists():
        return  # renamed by an earlier call that failed later
    descriptor = files.append_to(segment.path)
    try:
        files.truncate(descriptor, segment.committed.offset)
        files.write(descriptor, END)
        files.sync(descriptor)
    finally:
        files.close(descriptor)
    origin = segment.origin
    hashed = segment.committed.hash.copy()
    hashed.update(END)
    size = segment.committed.offset + len(END)
    write_sidecar(
        layout, files, Sidecar(origin, segment.committed.rows, size, hashed.hex(), token(origin, hashed.hex()))
    )
    # The reader looks for this name only: whatever it finds is complete.
    files.rename(segment.path, layout.sealed(origin.name))
