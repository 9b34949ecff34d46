"""Files that only the gateway's user may read (mode 0600): on disk whole, or not at all.

Processes that make the same file at the same time agree on one: a link appears with all of its content, and refuses to
replace what is there.
"""

import os
import secrets
from pathlib import Path

__all__ = ["make_once", "replace", "write_new"]

_MODE = 0o600


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet, synced with its folder; raises FileExistsError, OSError."""
    _write(path, data)
    _sync_folder(path.parent)


def make_once(path: Path, data: bytes) -> bool:
    """Make a file unless it is there; False if it is, whoever made it. Raises OSError."""
    draft = _draft(path, data)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    _sync_folder(path.parent)
    return True


def replace(path: Path, data: bytes) -> None:
    """Put new content in a file's place, its mode kept; a reader sees the old or the new. Raises OSError."""
    draft = _draft(path, data)
    draft.chmod(path.stat().st_mode & 0o777)
    draft.replace(path)
    _sync_folder(path.parent)


def _draft(path: Path, data: bytes) -> Path:
    # Hidden, and named after the file: what a crash leaves behind can be told.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    _write(draft, data)
    return draft


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
