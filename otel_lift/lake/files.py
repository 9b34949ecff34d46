"""The files of a lake: found, read for some rows, and written again without them."""

import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from otel_lift.errors import StoreError

__all__ = ["LakeFile", "Select", "lake_files", "new_file", "rewrite_file", "selected"]

Select = Callable[[Any], npt.NDArray[np.bool_]]
"""Says which rows of a `pa.RecordBatch` of n are meant, shape (n,)."""

_DAY = re.compile(r"day=(\d{4}-\d{2}-\d{2})")
_ROWS = 65_536  # in memory at a time
_COMPRESSION = "zstd"


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A file of a lake."""

    table: str
    day: date
    path: Path


def lake_files(folder: Path) -> Iterator[LakeFile]:
    """Yield the files of a lake by table and day; what does not lie as a lake's files do is passed over."""
    for path in sorted(folder.glob("*/day=*/*.parquet")):
        match = _DAY.fullmatch(path.parent.name)
        if match and not path.name.startswith("."):
            yield LakeFile(path.parent.parent.name, date.fromisoformat(match[1]), path)


def selected(file: LakeFile, select: Select) -> Iterator[Any]:
    """Yield the selected rows of a file as record batches. Raises StoreError if the file cannot be read."""
    for batch in _batches(file.path):
        chosen = select(batch)
        if chosen.any():
            yield batch.filter(pa.array(chosen))


def rewrite_file(file: LakeFile, select: Select) -> int:
    """Write a file again without the selected rows, and answer how many they were.

    A reader sees the old file or the new one; a file without such rows is not touched, one of which nothing is left
    goes. Raises StoreError if the file cannot be read or written.
    """
    removed = sum(int(batch.num_rows) for batch in selected(file, select))
    if not removed:
        return 0
    try:
        with pq.ParquetFile(file.path) as reading:
            schema, rows = reading.schema_arrow, reading.metadata.num_rows
        if removed == rows:
            file.path.unlink()
            _sync(file.path.parent)
            return removed
        with new_file(file.path, schema) as writer:
            for batch in _batches(file.path):
                writer.write_batch(batch.filter(pa.array(~select(batch))))
    except (pa.ArrowException, OSError) as error:
        raise _damaged(file.path, error) from error
    return removed


@contextmanager
def new_file(path: Path, schema: Any) -> Iterator[Any]:
    """Write a file under a hidden name, and give it its own at the end of the block, synced; raises OSError."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with draft.open("xb") as file:
            with pq.ParquetWriter(file, schema, compression=_COMPRESSION) as writer:
                yield writer
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o600)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync(path.parent)


def _batches(path: Path) -> Iterator[Any]:
    try:
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(_ROWS)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> StoreError:
    return StoreError(f"{path.parent.name}/{path.name} of the lake cannot be read or written ({type(error).__name__})")


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
