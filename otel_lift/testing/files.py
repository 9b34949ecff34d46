"""Disks that fail, for tests of whatever rests on `otel_lift.spool.Files`."""

import errno
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from otel_lift.spool import Files

__all__ = ["FaultyFiles", "SimulatedDisk", "SimulatedFiles"]


_DEAD = OSError(errno.EIO, "the process is dead")


@dataclass(slots=True)
class _Fault:
    operation: str
    code: int
    skip: int
    times: float


class FaultyFiles(Files):
    """Real files whose operations fail when told to, as a full or a broken disk does."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._faults: list[_Fault] = []

    def fail(self, operation: str, code: int = errno.EIO, *, skip: int = 0, times: float = float("inf")) -> None:
        """Let the operation of this name (a method of `Files`) fail with `code`: `times` times, after `skip` calls."""
        self._faults.append(_Fault(operation, code, skip, times))

    def heal(self) -> None:
        """Let everything succeed again."""
        self._faults.clear()

    def create(self, path: Path) -> int:
        """As `Files`."""
        self._check("create")
        return super().create(path)

    def append_to(self, path: Path) -> int:
        """As `Files`."""
        self._check("append_to")
        return super().append_to(path)

    def write(self, descriptor: int, data: Any) -> None:
        """As `Files`; a write that fails leaves half of its bytes in the file, as a full disk does."""
        try:
            self._check("write")
        except OSError:
            super().write(descriptor, memoryview(data)[: len(data) // 2])
            raise
        super().write(descriptor, data)

    def truncate(self, descriptor: int, size: int) -> None:
        """As `Files`."""
        self._check("truncate")
        super().truncate(descriptor, size)

    def sync(self, descriptor: int) -> None:
        """As `Files`."""
        self._check("sync")
        super().sync(descriptor)

    def sync_folder(self, path: Path) -> None:
        """As `Files`."""
        self._check("sync_folder")
        super().sync_folder(path)

    def rename(self, source: Path, target: Path) -> None:
        """As `Files`."""
        self._check("rename")
        super().rename(source, target)

    def unlink(self, path: Path) -> None:
        """As `Files`."""
        self._check("unlink")
        super().unlink(path)

    def _check(self, operation: str) -> None:
        self.calls.append(operation)
        for fault in self._faults:
            if fault.operation == operation:
                if fault.skip:
                    fault.skip -= 1
                elif fault.times > 0:
                    fault.times -= 1
                    raise OSError(fault.code, os.strerror(fault.code))


class SimulatedDisk:
    """A disk that keeps, through a loss of power, only what was synced, and of the rest what chance leaves.

    It lies over a real folder, so that everything that reads sees ordinary files. Bytes are durable once their file was
    synced, names (made, changed, removed) once their folder was, in the order in which they were changed. Each process
    of a test works through `SimulatedFiles` of its own.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.processes: list[SimulatedFiles] = []
        self._durable: dict[int, bytes] = {}
        self._pending: dict[Path, list[Callable[[], None]]] = {}

    def process(self) -> "SimulatedFiles":
        """Answer the files of a new process."""
        files = SimulatedFiles(self)
        self.processes.append(files)
        return files

    def lose_power(self, random: Random) -> None:
        """End all processes and leave the folder as a machine would find it when it starts again."""
        with self.lock:
            for files in self.processes:
                files.kill()
            self.processes.clear()
            for pending in self._pending.values():
                for undo in reversed(pending[random.randint(0, len(pending)) :]):
                    undo()
            paths = {path.stat().st_ino: path for folder in self._pending for path in folder.glob("*")}
            self._pending.clear()
            for inode, durable in self._durable.items():
                path = paths.get(inode)
                if path is None or not path.is_file():
                    continue
                now = path.read_bytes()
                if now.startswith(durable):
                    path.write_bytes(now[: random.randint(len(durable), len(now))])
                else:
                    path.write_bytes(random.choice([durable, now]))
                self._durable[inode] = path.read_bytes()

    def made(self, path: Path) -> None:
        """Note a new, empty file."""
        self._durable[path.stat().st_ino] = b""
        self._note(path.parent, lambda: path.unlink(missing_ok=True))

    def synced(self, descriptor: int) -> None:
        """Note that a file's bytes are durable."""
        inode = os.fstat(descriptor).st_ino
        self._durable[inode] = Path(f"/proc/self/fd/{descriptor}").read_bytes()

    def synced_folder(self, path: Path) -> None:
        """Note that a folder's names are durable."""
        self._pending[path] = []

    def renamed(self, source: Path, target: Path) -> None:
        """Note a change of name, undone as a whole."""
        self._note(target.parent, lambda: target.replace(source) if target.exists() else None)

    def unlinking(self, path: Path) -> None:
        """Note a file that is about to be removed."""
        if path.exists():
            content = self._durable.get(path.stat().st_ino, b"")

            def undo() -> None:
                path.write_bytes(content)
                self._durable[path.stat().st_ino] = content

            self._note(path.parent, undo)

    def _note(self, folder: Path, undo: Callable[[], Any]) -> None:
        self._pending.setdefault(folder, []).append(undo)


class SimulatedFiles(FaultyFiles):
    """The files of one process on a `SimulatedDisk`; the process can die at any operation."""

    def __init__(self, disk: SimulatedDisk) -> None:
        super().__init__()
        self._disk = disk
        self._descriptors: set[int] = set()
        self._left = float("inf")
        self._dead = False

    @property
    def dead(self) -> bool:
        """Whether no operation has any effect any more."""
        return self._dead

    def die_after(self, operations: int) -> None:
        """Let the process die once it has done this many more operations."""
        self._left = operations

    def kill(self) -> None:
        """Let the process die now: its descriptors are closed, and with them its locks."""
        with self._disk.lock:
            self._dead = True
            for descriptor in self._descriptors:
                os.close(descriptor)
            self._descriptors.clear()

    def create(self, path: Path) -> int:
        """As `Files`."""
        with self._disk.lock:
            descriptor = super().create(path)
            self._descriptors.add(descriptor)
            self._disk.made(path)
            return descriptor

    def append_to(self, path: Path) -> int:
        """As `Files`."""
        with self._disk.lock:
            descriptor = super().append_to(path)
            self._descriptors.add(descriptor)
            return descriptor

    def write(self, descriptor: int, data: Any) -> None:
        """As `FaultyFiles`; a process that dies in a write leaves half of it."""
        with self._disk.lock:
            if self._dead:
                raise _DEAD
            super().write(descriptor, data)

    def truncate(self, descriptor: int, size: int) -> None:
        """As `Files`."""
        with self._disk.lock:
            super().truncate(descriptor, size)

    def sync(self, descriptor: int) -> None:
        """As `Files`, without the wait for a real disk."""
        with self._disk.lock:
            self._check("sync")
            self._disk.synced(descriptor)

    def sync_folder(self, path: Path) -> None:
        """As `Files`, without the wait for a real disk."""
        with self._disk.lock:
            self._check("sync_folder")
            self._disk.synced_folder(path)

    def rename(self, source: Path, target: Path) -> None:
        """As `Files`."""
        with self._disk.lock:
            super().rename(source, target)
            self._disk.renamed(source, target)

    def unlink(self, path: Path) -> None:
        """As `Files`."""
        with self._disk.lock:
            self._check("unlink")
            self._disk.unlinking(path)
            Files.unlink(self, path)

    def close(self, descriptor: int) -> None:
        """As `Files`; a dead process's descriptors are closed already."""
        with self._disk.lock:
            if descriptor in self._descriptors:
                self._descriptors.remove(descriptor)
                super().close(descriptor)

    def _check(self, operation: str) -> None:
        self._dead = self._dead or not self._left
        if self._dead:
            raise _DEAD
        self._left -= 1
        super()._check(operation)
