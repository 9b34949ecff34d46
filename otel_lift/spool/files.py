"""The few operations on files that the spool's promises rest on, as a seam that tests make fail."""

import os
from pathlib import Path
from typing import Any

__all__ = ["Files"]


class Files:
    """The operating system's files. Every method raises OSError as the system does, and succeeds as a whole or raises.

    Only what changes a disk goes through here; reading uses `pathlib`.
    """

    def create(self, path: Path) -> int:
        """Make an empty file, which must not exist, and answer a descriptor that appends to it."""
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)

    def append_to(self, path: Path) -> int:
        """Open a file that exists, and answer a descriptor that appends to it."""
        return os.open(path, os.O_WRONLY | os.O_APPEND)

    def write(self, descriptor: int, data: Any) -> None:
        """Append all bytes of `data` (any buffer); after an error a part of them can be in the file."""
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut the file to `size` bytes."""
        os.ftruncate(descriptor, size)

    def sync(self, descriptor: int) -> None:
        """Return once the file's bytes and size are on the disk."""
        os.fdatasync(descriptor)

    def sync_folder(self, path: Path) -> None:
        """Return once the names in the folder are on the disk."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def make_folder(self, path: Path) -> None:
        """Make the folder durably; one that exists is left as it is."""
        if not path.is_dir():
            path.mkdir(mode=0o700, exist_ok=True)
            try:
                self.sync_folder(path.parent)
            except OSError:
                path.rmdir()  # or the next call would take it for durable
                raise

    def rename(self, source: Path, target: Path) -> None:
        """Give the file another name, in place of any file that has it."""
        source.replace(target)

    def unlink(self, path: Path) -> None:
        """Remove the file; one that is gone already is no error."""
        path.unlink(missing_ok=True)

    def close(self, descriptor: int) -> None:
        """Give back the descriptor."""
        os.close(descriptor)
