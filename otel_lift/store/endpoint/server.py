"""The endpoint's HTTP server: granian, embedded, in a thread of its own."""

import asyncio
import ipaddress
import socket
import threading
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]  # exported, but not typed so
from granian.server.embed import Server

from otel_lift.errors import ConfigError
from otel_lift.store.endpoint.app import EndpointApp
from otel_lift.store.endpoint.session import EndpointLimits, Session
from otel_lift.store.store import Store

__all__ = ["Endpoint", "serve_endpoint"]

_BACKLOG = 128
_STOP_SECONDS = 5


class Endpoint:
    """A running endpoint. `port` is the one it listens on."""

    def __init__(self, app: EndpointApp, host: str, port: int) -> None:
        """Listen at once; raises `ConfigError` if the address cannot be had."""
        try:
            self._socket = socket.create_server((host, port), backlog=_BACKLOG, family=_family(host))
        except OSError as error:
            raise ConfigError(
                f"the SQL endpoint cannot listen on {host}:{port} ({error.strerror or error}); choose another port"
            ) from error
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        self._app = app
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: _Server | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sql-endpoint", daemon=True)
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Close the listener, let running queries end for a few seconds, and close all connections."""
        if self._loop is not None and self._server is not None and self._thread.is_alive():
            self._server.workers_kill_timeout = _STOP_SECONDS
            self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join()
        self._app.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except TimeoutError:
            pass  # a query outlasted the grace; its connection is closed all the same
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._server = _Server(self._socket, self._app)
        self._loop.call_soon(self._ready.set)
        await self._server.serve()


class _Server(Server):
    """granian over a socket that is open already, since granian's own would share the port with other programs."""

    def __init__(self, listener: socket.socket, app: EndpointApp) -> None:
        super().__init__(
            app,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            backlog=_BACKLOG,
            log_level=LogLevels.critical,
        )
        self._listener = listener
        self._shd: Any = None

    def _init_shared_socket(self) -> None:
        holder: Any = SocketHolder
        self._shd = holder(self._listener.detach(), False, _BACKLOG)


def serve_endpoint(
    store: Store,
    host: str = "127.0.0.1",
    port: int = 8123,
    *,
    token: str | None = None,
    write: bool = False,
    limits: EndpointLimits | None = None,
) -> Endpoint:
    """Serve an embedded store to ClickHouse's HTTP clients, from inside the process that has it open.

    Without a token it listens on loopback addresses only, and `write` (statements of any kind) needs one elsewhere too:
    raises `ConfigError` else. Port 0 takes any free one.
    """
    if token is None and not _loopback(host):
        raise ConfigError(f"the SQL endpoint on {host} needs a token; without one it may listen on 127.0.0.1 only")
    session = Session(store.engine, store.dsn.database, limits or EndpointLimits(), write=write)
    return Endpoint(EndpointApp(session, token=token), host, port)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
