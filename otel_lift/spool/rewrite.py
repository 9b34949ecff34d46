"""Rows taken out of segments that nobody has sent yet: the rest becomes a segment of its own, under a new id.

A crash leaves the old segment or the new one, never both and never neither. The new one is first written whole under a
name that nothing reads, ``<new>.<old>.rewritten``. It counts from the moment at which the old file is renamed to
``<old>.replaced``; `finish_rewrites` goes on from there. An old file that is merely gone was sent, with all its rows.
"""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift.errors import SpoolError
from otel_lift.spool.files import Files
from otel_lift.spool.layout import Layout, Name, new_id
from otel_lift.spool.seal import write_sidecar
from otel_lift.spool.sidecar import Origin, Sidecar, derive, read_origin, token
from otel_lift.spool.stream import END, Encoder, Hash, header

__all__ = ["Rewritten", "Select", "finish_rewrites", "rewrite", "sealed_segments", "selected_rows"]

Select = Callable[[Any], npt.NDArray[np.bool_]]
"""Says which rows of a `pa.RecordBatch` of n are to go, shape (n,)."""

_HALF = re.compile(r"([0-9a-f]{28})\.([0-9a-f]{28})\.rewritten")
_COMPRESSION = "lz4"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What was done to a segment: how many rows went, and the file of the rest, None where nothing is left."""

    removed: int
    path: Path | None


def sealed_segments(folder: Path) -> list[tuple[Path, str]]:
    """List the sealed segments with the token of each, oldest first; those that go meanwhile are left out."""
    layout, found = Layout(folder), []
    for name in layout.sealed_names():
        path = layout.sealed(name)
        with suppress(FileNotFoundError, SpoolError):
            found.append((path, _sidecar(layout, name).token))
    return found


def rewrite(folder: Path, path: Path, select: Select, files: Files | None = None) -> Rewritten:
    """Take the selected rows out of a sealed segment, which no exporter was handed or may read meanwhile.

    Exporters that have done the segment do not get the new one. A segment without such rows stays as it is. Raises
    SpoolError if the segment is damaged, and OSError.
    """
    layout, files = Layout(folder), files or Files()
    origin = read_origin(path)
    removed = selected_rows(path, select)
    if not removed:
        return Rewritten(0, path)
    exporters = tuple(one for one in origin.exporters if not layout.done(one, origin.name).exists())
    fresh = replace(origin, segment=new_id(), exporters=exporters)
    half = path.with_name(f"{fresh.segment}.{origin.segment}.rewritten")
    left = _write(half, path, fresh, select, files)
    if left is None:
        files.unlink(half)
        _forget(layout, files, origin.name, path)
        return Rewritten(removed, None)
    write_sidecar(layout, files, left)
    files.sync_folder(path.parent)
    files.rename(path, _replaced(layout, origin.name))
    files.sync_folder(path.parent)
    _put_in_place(layout, files, half, fresh.name, origin.name)
    return Rewritten(removed, layout.sealed(fresh.name))


def finish_rewrites(folder: Path, files: Files | None = None) -> int:
    """Complete what a crash interrupted, and answer how many segments it was. Raises OSError."""
    layout, files, finished = Layout(folder), files or Files(), 0
    for table in layout.tables():
        names = {entry.name for entry in os.scandir(layout.root / table)}
        for half, fresh, old in [
            (m[0], Name(m[1], table), Name(m[2], table)) for m in map(_HALF.fullmatch, names) if m
        ]:
            path = layout.root / table / half
            if _replaced(layout, old).name in names:
                _put_in_place(layout, files, path, fresh, old)
            else:
                files.unlink(path)
                files.unlink(layout.sidecar(fresh))
            finished += 1
        for path in (layout.root / table).glob("*.replaced"):
            _forget(layout, files, Name(path.stem, table), path)
    return finished


def selected_rows(path: Path, select: Select) -> int:
    """Count the selected rows of a segment; raises SpoolError if it is gone or damaged."""
    try:
        with pa.OSFile(str(path)) as source, pa.ipc.open_stream(source) as reader:
            return sum(int(select(batch).sum()) for batch in reader)
    except (pa.ArrowException, OSError) as error:
        raise SpoolError(f"{path.name} cannot be read as a stream") from error


def _write(half: Path, path: Path, fresh: Origin, select: Select, files: Files) -> Sidecar | None:
    """Write the rows that stay; None if there is none."""
    encoder, hashed, size, rows = Encoder(_COMPRESSION), Hash(), 0, 0
    descriptor = files.create(half)
    try:
        with pa.OSFile(str(path)) as source, pa.ipc.open_stream(source) as reader:
            schema = reader.schema.remove_metadata()
            pieces: list[Any] = [header(schema, fresh.to_json())]
            for batch in reader:
                kept = batch.filter(pa.array(~select(batch))).replace_schema_metadata(None)
                if kept.num_rows:
                    pieces.append(encoder.encode(kept).data)
                    rows += kept.num_rows
                for piece in pieces:
                    files.write(descriptor, piece)
                    hashed.update(piece)
                    size += len(piece)
                pieces = []
        files.write(descriptor, END)
        hashed.update(END)
        files.sync(descriptor)
    finally:
        files.close(descriptor)
    return Sidecar(fresh, rows, size + len(END), hashed.hex(), token(fresh, hashed.hex())) if rows else None


def _replaced(layout: Layout, name: Name) -> Path:
    return layout.sealed(name).with_suffix(".replaced")


def _put_in_place(layout: Layout, files: Files, half: Path, fresh: Name, old: Name) -> None:
    files.rename(half, layout.sealed(fresh))
    files.sync_folder(half.parent)
    _forget(layout, files, old, _replaced(layout, old))


def _forget(layout: Layout, files: Files, name: Name, path: Path) -> None:
    """Remove a segment's file, at `path`, for good, and what belongs to it."""
    files.unlink(path)
    files.sync_folder(path.parent)
    files.unlink(layout.sidecar(name))
    for mark in layout.root.glob(f"done/*/{name.table}.{name.segment}"):
        files.unlink(mark)


def _sidecar(layout: Layout, name: Name) -> Sidecar:
    try:
        return Sidecar.from_json(layout.sidecar(name).read_bytes())
    except (SpoolError, FileNotFoundError):
        return derive(layout.sealed(name))
