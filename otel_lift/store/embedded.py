"""The embedded engine's own rules: one process a folder, one folder a process, no signal handlers, no fork."""

import fcntl
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from otel_lift.errors import StoreError, StoreUnavailableError
from otel_lift.store.failures import mapped_errors

__all__ = ["EmbeddedEngine", "allow_backups", "engine_options"]

_LOCK_FILE = "otel-lift.lock"
_BACKUPS = "backups.allowed_path"
_allowed: dict[str, str] = {}


@dataclass(slots=True)
class _Hold:
    """This process's claim on one folder, shared by all engines that were opened on it here."""

    file: int
    allowed: Mapping[str, str]
    users: int = 0


_guard = threading.Lock()
_holds: dict[Path, _Hold] = {}


def allow_backups(folder: Path) -> None:
    """Let the engine that this process starts next write backups below `folder`, and read them there; else it cannot.

    One that runs already goes on as it was started.
    """
    _allowed[_BACKUPS] = str(folder.resolve())


def engine_options(options: Mapping[str, str]) -> dict[str, str]:
    """Answer the options of a connection to the engine: those of a DSN, and what was allowed when it was started."""
    allowed = next((hold.allowed for hold in _holds.values()), _allowed)
    return {**options, **allowed}


@dataclass(slots=True)
class EmbeddedEngine:
    """The engine over one folder, kept running until `close` by a connection that does nothing else."""

    path: Path
    options: Mapping[str, str] = field(default_factory=dict)
    _anchor: Any = None

    def open(self) -> None:
        """Start the engine.

        Raises `StoreUnavailableError` if another process has the folder, `StoreError` if this process already runs the
        engine on another folder or if an option is none of the engine's server settings.
        """
        self.path = self.path.resolve()
        with _guard:
            _claim(self.path)
            try:
                self._anchor = _connect(self.connection_string)
                self._check_options()
            except BaseException:
                self._release()
                raise

    @property
    def connection_string(self) -> str:
        """What the engine's own `connect` takes; it must be the same for all connections of a process."""
        options = engine_options(self.options)
        return f"{self.path}?{urlencode(options)}" if options else str(self.path)

    def connect(self) -> Any:
        """Open one more raw connection, with settings of its own; the caller closes it. Takes less than 1 ms."""
        return _connect(self.connection_string)

    def execute(self, sql: str) -> int:
        """Run one statement in a connection of its own; answers how many rows it read."""
        connection = self.connect()
        try:
            return int(connection.query(sql, "TabSeparated").rows_read())
        finally:
            connection.close()

    def close(self) -> None:
        """Let the engine go; it ends when the process's last connection to it is closed."""
        with _guard:
            self._release()

    def _release(self) -> None:
        if self._anchor is not None:
            self._anchor.close()
            self._anchor = None
        _disclaim(self.path)

    def _check_options(self) -> None:
        # The engine takes unknown options in silence, so a misspelt memory limit would be none at all.
        if not self.options:
            return
        names = ", ".join(f"'{name}'" for name in self.options if name.isidentifier())
        known = self._anchor.query(f"SELECT name FROM system.server_settings WHERE name IN ({names})", "TSV")  # noqa: S608  # identifiers only
        unknown = set(self.options) - set(known.bytes().decode().split())
        if unknown:
            raise StoreError(f"the store's DSN has options that the engine does not know: {', '.join(sorted(unknown))}")


def _connect(connection_string: str) -> Any:
    # Imported here: 270 MB of memory, spent only by a process that runs the engine. By name, since two distributions
    # (chdb and chdb-core) bring this package and only one of them types it.
    chdb: Any = import_module("chdb")
    # Its crash handler can hang for minutes instead of ending the process, and would replace our own handlers.
    chdb._chdb.set_signal_handlers_enabled(0)  # noqa: SLF001  # chdb offers it nowhere else
    with mapped_errors():
        return chdb.connect(connection_string)


def _claim(path: Path) -> None:
    if path not in _holds:
        for other in _holds:
            raise StoreError(
                f"this process already runs the embedded store on {other}; one process can have one folder"
            )
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(path / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(file, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(file)
            raise StoreUnavailableError(
                f"the embedded store {path} is open in another process (pid {owner}); "
                "query it through that process's SQL endpoint, or stop it first"
            ) from error
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        _holds[path] = _Hold(file, dict(_allowed))
    _holds[path].users += 1


def _disclaim(path: Path) -> None:
    hold = _holds.get(path)
    if hold is None:
        return
    hold.users -= 1
    if not hold.users:
        del _holds[path]
        os.close(hold.file)
