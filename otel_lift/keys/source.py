"""Where a key ring comes from: the environment, a given file, or one that the gateway makes for itself."""

import fcntl
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from otel_lift.errors import ConfigError
from otel_lift.keys.config import KeysConfig
from otel_lift.keys.ring import KeyRing, key_line, ledger_line
from otel_lift.private_files import make_once, replace

__all__ = ["KeySource", "create", "destroy", "own_file", "rotate"]

_log = logging.getLogger(__name__)

_Stamp = tuple[int, int, int]

_HEADER = """\
# otel-lift pseudonym keys, one a line: <id>: <secret>, <created>
# The newest makes pseudonyms, the others find older rows; a line that is deleted makes its epoch's rows unlinkable.
# `ledger` is the stable key of the consent ledger: never change it.
"""


class KeySource:
    """Reads a ring, and reads it again when its file has changed."""

    def __init__(self, config: KeysConfig | None, data: Path) -> None:
        """Name the place of the keys; `data` is the gateway's data folder, for keys of its own."""
        self._env = config.env if config else None
        self._own = config is None
        self._file = own_file(data) if config is None else config.file
        self._seen: _Stamp | None = None

    def read(self) -> KeyRing:
        """Answer the ring, made first if the keys are the gateway's own and not there yet. Raises ConfigError."""
        if self._file is None:
            text = os.environ.get(self._env or "")
            if not text:
                raise ConfigError(f"the environment variable {self._env} holds no keys; set it, or use `keys.file`")
            return KeyRing.parse(text, f"environment variable {self._env}")
        if self._own and not self._file.exists() and create(self._file):
            _log.warning(
                "no pseudonym keys were given: made new ones in %s; back this file up, without it no row can be "
                "found by its person again",
                self._file,
            )
        ring, self._seen = _read(self._file)
        return ring

    def changed(self) -> bool:
        """Say whether the file is another than the one that was read; one `stat`."""
        if self._file is None:
            return False
        try:
            return _stamp(self._file.stat()) != self._seen
        except OSError:
            return False


def own_file(data: Path) -> Path:
    """Answer where a gateway keeps keys that it made itself."""
    return data / "keys" / "pseudonyms.keys"


def create(path: Path) -> bool:
    """Make a file of new keys, mode 0600 in a folder of mode 0700; False if another process was first.

    The file appears with all of its content or not at all, so processes that start together agree. Raises ConfigError.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        return make_once(path, (_HEADER + ledger_line() + _new_key(_today())).encode())
    except OSError as error:
        raise ConfigError(f"cannot make keys in {path}: {error.strerror}; make the folder writable") from error


def rotate(path: Path, today: date | None = None) -> str:
    """Add a new current key to a file of keys and answer its id; older keys stay. Raises ConfigError."""
    try:
        with _locked(path.parent):
            ring, _ = _read(path)
            created = max(today or _today(), ring.current.created)
            line = _new_key(created)
            text = path.read_text("utf-8")
            replace(path, (text + ("" if text.endswith("\n") else "\n") + line).encode())
    except OSError as error:
        raise ConfigError(f"cannot rotate the keys in {path}: {error.strerror}") from error
    return line.partition(":")[0]


def destroy(path: Path, key_id: str) -> None:
    """Take an old key out of a file of keys, for ever: nobody can relate what it made any more. Raises ConfigError."""
    try:
        with _locked(path.parent):
            ring, _ = _read(path)
            if key_id == ring.current.id:
                raise ConfigError(f"{key_id} is the current key of {path}: rotate first, then destroy it")
            if key_id not in {key.id for key in ring.keys}:
                raise ConfigError(f"{path} has no key {key_id!r}; `otel-lift keys list` shows those it has")
            lines = path.read_text("utf-8").splitlines(keepends=True)
            kept = [line for line in lines if line.partition(":")[0].strip() != key_id]
            old = path.stat().st_size
            before = os.open(path, os.O_WRONLY)
            try:
                replace(path, "".join(kept).encode())
                # what a disk keeps of a removed file is overwritten where the file system writes in place
                os.pwrite(before, secrets.token_bytes(old), 0)
                os.fsync(before)
            finally:
                os.close(before)
    except OSError as error:
        raise ConfigError(f"cannot destroy a key of {path}: {error.strerror}") from error


def _today() -> date:
    return datetime.now(UTC).date()


def _new_key(created: date) -> str:
    return key_line(f"{created.isoformat()}-{secrets.token_hex(3)}", created)


def _stamp(found: os.stat_result) -> _Stamp:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _read(path: Path) -> tuple[KeyRing, _Stamp]:
    try:
        with path.open(encoding="utf-8") as file:
            stamp = _stamp(os.fstat(file.fileno()))
            text = file.read()
    except OSError as error:
        raise ConfigError(f"cannot read the pseudonym keys in {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        # `from None`: the foreign error carries the file's bytes
        raise ConfigError(
            f"the pseudonym keys in {path} are not text; write one `<id>: <secret>, <created>` a line"
        ) from None
    return KeyRing.parse(text, str(path)), stamp


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
