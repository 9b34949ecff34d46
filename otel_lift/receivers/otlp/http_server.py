"""The HTTP server: granian, embedded, in a thread of its own with its own event loop."""

import asyncio
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]  # exported, but not typed so
from granian.server.embed import Server

from otel_lift.receivers.endpoint import BACKLOG, cannot_listen, listen
from otel_lift.receivers.otlp.config import HttpConfig
from otel_lift.receivers.otlp.http_app import HttpApp

__all__ = ["HttpServer"]

_log = logging.getLogger(__name__)

_LAST_REPLIES = 1.0  # seconds for the replies to requests that did not finish in time
_THREADS = 2  # for decompression and JSON; each holds at most one body more


_LOGGING: dict[str, Any] = {"incremental": True, "formatters": {}, "handlers": {}, "loggers": {"_granian": {}}}
"""Sets the level of granian's logger and nothing else; granian's own settings close the handlers of all others."""


class HttpServer:
    """Serves the application at one endpoint."""

    def __init__(self, config: HttpConfig, app: HttpApp, path: str, *, reuse_port: bool) -> None:
        self._config = config
        self._app = app
        self._path = path
        self._reuse_port = reuse_port
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: Any = None
        self.port: int | None = None

    def start(self) -> None:
        """Listen; raises ConfigError if the endpoint cannot be had."""
        try:
            listener = listen(self._config.endpoint, reuse_port=self._reuse_port)
        except OSError as error:
            raise cannot_listen(self._config.endpoint, error, self._path) from error
        self.port = listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, args=(listener,), name="otlp-http", daemon=True)
        self._thread.start()
        self._ready.wait()

    def stop(self, grace: float) -> None:
        """Close the listener, wait at most `grace` seconds for requests in flight, and close their connections."""
        if self._thread is None or self._loop is None or not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._begin_stop, grace)
        self._thread.join()
        self._thread = None

    def _begin_stop(self, grace: float) -> None:
        assert self._loop is not None
        self._server.workers_kill_timeout = grace + _LAST_REPLIES
        self._server.stop()
        self._loop.call_later(grace, self._app.abandon)

    def _run(self, listener: socket.socket) -> None:
        try:
            asyncio.run(self._serve(listener))
        except TimeoutError:
            _log.warning("requests over HTTP were still in flight when the time to stop was over")
        except Exception:  # noqa: BLE001 - the thread has nobody else to tell
            _log.exception("the HTTP server ended unexpectedly")
        finally:
            self._ready.set()

    async def _serve(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="otlp-http"))
        self._server = _Server(listener, self._app, self._config)
        self._loop.call_soon(self._ready.set)
        await self._server.serve()


class _Server(Server):
    """granian over a socket that we opened: its own always shares the port, even with another program's."""

    def __init__(self, listener: socket.socket, app: HttpApp, config: HttpConfig) -> None:
        super().__init__(
            app,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            backlog=BACKLOG,
            backpressure=config.max_connections,
            http1_settings=HTTP1Settings(header_read_timeout=int(config.read_header_timeout * 1000)),
            log_level=LogLevels.error,
            log_dictconfig=_LOGGING,
        )
        self._listener = listener
        self._shd: Any = None

    def _init_shared_socket(self) -> None:
        # granian owns the descriptor from here, and closes it
        holder: Any = SocketHolder
        self._shd = holder(self._listener.detach(), False, BACKLOG)
