"""`ControlServer`: the store process's side of the control socket."""

import logging
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from otel_lift.errors import ConfigError, OtelLiftError, PermanentError, ShuttingDownError
from otel_lift.jobs.job import JobContext, Operation
from otel_lift.jobs.running import find, operate, told, user_name
from otel_lift.jobs.wire import LONGEST_REQUEST, SOCKET, address, line, read, written

__all__ = ["ControlServer"]

logger = logging.getLogger(__name__)

_AT_ONCE = 8  # operations; further clients wait
_PATIENCE = 60.0  # seconds for a client to ask, and to take an answer: one that is stopped must not hold up exports


class _GoneError(Exception):
    """The client went away, or has stopped to listen."""


class ControlServer:
    """Answers commands on ``run/control.sock`` of the data folder, mode 0600; each operation runs in a thread."""

    def __init__(
        self, data: Path, gateway: str, operations: Mapping[str, Operation], context: Callable[[], JobContext]
    ) -> None:
        """`context` answers what operations work with, and may take its time or raise."""
        self._folder = data / "run"
        self._gateway = gateway
        self._operations = operations
        self._context = context
        self._stopping = threading.Event()
        self._listener: socket.socket | None = None
        self._threads = [
            threading.Thread(target=self._accept, name=f"control-{number}", daemon=True) for number in range(_AT_ONCE)
        ]

    def start(self) -> None:
        """Listen, in the place of a process that is gone; raises ConfigError if the folder takes no socket."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        making = f".{SOCKET}.{os.getpid()}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._folder / making).unlink(missing_ok=True)
            with address(self._folder, making) as path:
                listener.bind(path)
            listener.listen()
            # It has its name only when nobody else may use it, and clients are taken.
            (self._folder / making).chmod(0o600)
            (self._folder / making).rename(self._folder / SOCKET)
        except OSError as error:
            listener.close()
            raise ConfigError(
                f"no control socket in {self._folder} ({error.strerror}), so no command can ask this gateway"
            ) from error
        self._listener = listener
        for thread in self._threads:
            thread.start()

    def tell_to_stop(self) -> None:
        """Take no more clients, and end what runs at its next answer."""
        self._stopping.set()
        if self._listener is not None:
            (self._folder / SOCKET).unlink(missing_ok=True)
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # wakes those that wait for a client; closing does not
            self._listener.close()

    def stop(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for what runs; answers whether all ended in time."""
        self.tell_to_stop()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(deadline - time.monotonic(), 0.0))
        return not any(thread.is_alive() for thread in self._threads)

    def _accept(self) -> None:
        assert self._listener is not None, "start comes first"
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError as error:
                if not self._stopping.wait(0.1):
                    logger.warning("the control socket takes no client: %s", error.strerror)
                continue
            with connection, suppress(_GoneError):
                connection.settimeout(_PATIENCE)
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        _send(connection, {"gateway": self._gateway})
        try:
            self._carry_out(connection, _request(connection))
            last: dict[str, Any] = {"done": True}
        except OtelLiftError as error:
            last = {"error": written(error)}
        except _GoneError:
            raise
        except Exception as error:  # noqa: BLE001 - an operation's mistake must not end what serves the others
            logger.error("an operation failed: %s", told(error))  # noqa: TRY400 - a message can hold personal data
            failure = PermanentError(f"the gateway failed at this ({type(error).__name__}); its log says where")
            last = {"error": written(failure)}
        _send(connection, last)

    def _carry_out(self, connection: socket.socket, request: Mapping[str, Any]) -> None:
        arguments = request.get("arguments")
        if not isinstance(arguments, dict):
            raise PermanentError("a request to a gateway has arguments")
        operation = find(self._operations, str(request.get("operation")))
        with closing(operate(self._context(), operation, arguments, _peer(connection))) as answers:
            for answer in answers:
                _send(connection, {"value": answer})
                if self._stopping.is_set():
                    raise ShuttingDownError("the gateway stops; ask again when it runs, or when it has ended")


def _send(connection: socket.socket, message: Mapping[str, Any]) -> None:
    try:
        connection.sendall(line(message))
    except OSError as error:
        raise _GoneError from error


def _request(connection: socket.socket) -> dict[str, Any]:
    try:
        with connection.makefile("rb") as file:
            request = read(file, LONGEST_REQUEST)
    except OSError as error:
        raise _GoneError from error
    except ValueError as error:
        raise PermanentError(f"a request to a gateway is one line of JSON, at most {LONGEST_REQUEST} bytes") from error
    if request is None:
        raise _GoneError
    return request


def _peer(connection: socket.socket) -> str:
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", credentials)
    return user_name(uid)
