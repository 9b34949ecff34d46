"""ASGI applications on granian, over sockets that are open already."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]  # exported, but not typed so
from granian.server.embed import Server

from otel_lift.net.sockets import BACKLOG

__all__ = ["AsgiServer", "AsgiThread"]

_log = logging.getLogger(__name__)

_LAST_REPLIES = 1.0  # seconds for the replies to requests that did not finish in time
_LOGGING: dict[str, Any] = {"incremental": True, "formatters": {}, "handlers": {}, "loggers": {"_granian": {}}}
"""Sets the level of granian's logger and nothing else; granian's own settings close the handlers of all others."""


class AsgiServer(Server):
    """granian over an open socket: its own would share the port with other programs, and hide which port it is."""

    def __init__(
        self, listener: socket.socket, app: Any, *, lifespan: bool = False, websockets: bool = False, **options: Any
    ) -> None:
        """Take the socket over; `lifespan` has the application told of start and end. Options are granian's."""
        super().__init__(
            app,
            interface=Interfaces.ASGI if lifespan else Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=websockets,
            backlog=BACKLOG,
            log_level=LogLevels.error,
            log_dictconfig=_LOGGING,
            **options,
        )
        self._listener = listener
        self._shd: Any = None

    def _init_shared_socket(self) -> None:
        # granian owns the descriptor from here, and closes it
        holder: Any = SocketHolder
        self._shd = holder(self._listener.detach(), False, BACKLOG)


class AsgiThread:
    """Serves an application in a thread of its own with its own event loop, named `name`.

    `threads` bounds the loop's executor; further options are granian's.
    """

    def __init__(self, name: str, listener: socket.socket, app: Any, *, threads: int = 1, **options: Any) -> None:
        self._name = name
        self._listener = listener
        self._app = app
        self._threads = threads
        self._options = options
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: Any = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to accept."""
        self._thread.start()
        self._ready.wait()

    def stop(self, grace: float, late: Callable[[], None] | None = None) -> None:
        """Close the listener, wait at most `grace` seconds for requests in flight, and close their connections.

        `late` is called in the loop when the time is over, so that the application can still answer them.
        """
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._begin_stop, grace, late)
        self._thread.join()

    def _begin_stop(self, grace: float, late: Callable[[], None] | None) -> None:
        assert self._loop is not None
        self._server.workers_kill_timeout = grace + (_LAST_REPLIES if late else 0)
        self._server.stop()
        if late:
            self._loop.call_later(grace, late)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except TimeoutError:
            _log.warning("%s: requests were still in flight when the time to stop was over", self._name)
        except Exception:  # noqa: BLE001 - the thread has nobody else to tell
            _log.exception("%s ended unexpectedly", self._name)
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(self._threads, thread_name_prefix=self._name))
        self._server = AsgiServer(self._listener, self._app, **self._options)
        self._loop.call_soon(self._ready.set)
        await self._server.serve()
