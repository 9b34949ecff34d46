"""What an erasure must remember over a crash: a lock, and small JSON notes in the data folder."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from otel_lift.private_files import make_once, replace

__all__ = ["folder_of", "locked", "note", "noted"]


def folder_of(data: Path) -> Path:
    """Answer the folder of erasures in a data folder, made if it is not there."""
    folder = data / "rights"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Let one erasure of a data folder work at a time, of all processes and threads."""
    handle = os.open(folder_of(data) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def noted(data: Path, name: str) -> dict[str, Any]:
    """Read a note, empty where there is none."""
    try:
        found: dict[str, Any] = json.loads((folder_of(data) / f"{name}.json").read_bytes())
    except FileNotFoundError:
        return {}
    return found


def note(data: Path, name: str, content: dict[str, Any]) -> None:
    """Write a note, on disk when this returns; an empty one goes."""
    path = folder_of(data) / f"{name}.json"
    if not content:
        path.unlink(missing_ok=True)
        return
    written = json.dumps(content).encode()
    if not make_once(path, written):
        replace(path, written)
