"""Who acts on a data folder's stores: the store process of a running gateway, or one command where none runs."""

import fcntl
import os
from pathlib import Path

from otel_lift.errors import ConfigError

__all__ = ["FolderHold", "gateway_lives"]


def gateway_lives(data: Path) -> bool:
    """Say whether a gateway runs on a data folder, as far as can be seen: its store process may yet have to start."""
    # A supervisor leaves its configuration with its own process id in the name; the id can be another's by now.
    for path in (data / "run").glob("config-*.yaml"):
        try:
            command = Path(f"/proc/{path.name.split('-')[1]}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"otel_lift.service" in command and b"supervise" in command:
            return True
    return False


class FolderHold:
    """A lock that ends with the process that has it, and says which that is."""

    def __init__(self, data: Path) -> None:
        """Name the lock of a data folder."""
        self._path = data / "run" / "store.lock"
        self._descriptor = -1

    def take(self) -> bool:
        """Take it, unless another process has it; raises ConfigError if the data folder cannot be written."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigError(
                f"{self._path} cannot be written ({error.strerror}); run as the user that the data folder belongs to"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._descriptor = descriptor
        return True

    @property
    def holder(self) -> str:
        """The process id of who has it, in words; to be shown."""
        try:
            return self._path.read_text(encoding="ascii", errors="replace").strip() or "unknown"
        except OSError:
            return "unknown"

    def give_back(self) -> None:
        """Let others take it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
