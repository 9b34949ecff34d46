"""Which segments an exporter was ever handed: noted before each insert, and kept over the end of the process.

The rows of such a segment may be stored already, so it may come again only as it is, with its token.
"""

import os
import threading
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, unquote

from otel_lift.errors import RetryableError
from otel_lift.spool import Files

__all__ = ["Handed"]

_MANY = 4_096  # notes after which those of segments that are gone are left out
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class Handed:
    """One exporter's notes, by ``table/segment file``, in ``run/handed/<exporter>`` of the data folder.

    The first line names the boot of the machine. Notes are added without a sync, so they outlive the process and not
    the power: where those of an earlier boot are found, all that lies in the spool counts as handed. The file itself is
    made durably; where there is none, nothing was ever handed.
    """

    def __init__(self, data: Path, exporter: str) -> None:
        """Name the place; nothing is read before it is needed."""
        self._spool = data / "spool"
        self._path = data / "run" / "handed" / quote(exporter, safe="")
        self._guard = threading.Lock()
        self._names: set[str] | None = None
        self._descriptor = -1

    def note(self, segment: Path) -> None:
        """Note a segment before its insert begins; raises RetryableError if that cannot be written."""
        name = f"{segment.parent.name}/{segment.name}"
        with self._guard:
            names = self._open()
            if name in names:
                return
            if len(names) >= _MANY and len(present := self._present(names)) < len(names) // 2:
                self._begin(present)
                names = present
            try:
                self._append(name)
            except OSError as error:
                raise RetryableError(f"an insert cannot be noted in {self._path.name}: {error.strerror}") from error
            names.add(name)

    def names(self) -> set[str]:
        """Answer those that are still in the spool."""
        with self._guard:
            return self._present(self._open())

    @staticmethod
    def exporters(data: Path) -> list[str]:
        """Answer the exporters that have notes."""
        folder = data / "run" / "handed"
        notes = folder.glob("[!.]*") if folder.is_dir() else ()
        return sorted(unquote(path.name) for path in notes)

    def close(self) -> None:
        """Give back the file."""
        with self._guard:
            self._close()
            self._names = None

    def _open(self) -> set[str]:
        if self._names is not None:
            return self._names
        lines = self._lines()
        if lines is None:
            names: set[str] = set()
        elif lines[:1] == [_boot()] != [""]:
            names = set(lines[1:])
        else:
            names = {f"{path.parent.name}/{path.name}" for path in self._spool.glob("*/*.arrow")}
            self._begin(names)
        self._names = names
        return names

    def _lines(self) -> list[str] | None:
        try:
            return self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RetryableError(f"the notes in {self._path.name} cannot be read: {error.strerror}") from error

    def _begin(self, names: set[str]) -> None:
        """Write the notes anew; raises RetryableError."""
        files = Files()
        draft = self._path.with_name(f".{self._path.name}")
        try:
            for folder in (self._path.parents[1], self._path.parent):
                files.make_folder(folder)
            files.unlink(draft)
            descriptor = files.create(draft)
            try:
                files.write(descriptor, "".join(f"{line}\n" for line in (_boot(), *sorted(names))).encode())
                files.sync(descriptor)
            finally:
                files.close(descriptor)
            files.rename(draft, self._path)
            files.sync_folder(self._path.parent)
        except OSError as error:
            raise RetryableError(f"inserts cannot be noted in {self._path.name}: {error.strerror}") from error
        self._close()
        self._names = names

    def _append(self, name: str) -> None:
        if not self._path.exists():
            self._begin(set())
        if self._descriptor < 0:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        Files().write(self._descriptor, f"{name}\n".encode())

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _present(self, names: Iterable[str]) -> set[str]:
        return {name for name in names if (self._spool / name).exists()}


def _boot() -> str:
    # Without a boot to name nothing noted earlier can be trusted, and all that lies in the spool counts as handed.
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""
