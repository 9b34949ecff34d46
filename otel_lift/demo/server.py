"""The app as a process of the demo: ``python -m otel_lift.demo.server GRPC HTTP``, with the gateway's endpoints."""

import asyncio
import os
import signal
import socket
import sys
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]  # exported, but not typed so
from granian.server.embed import Server

from otel_lift.demo.child import say_ready, stop_with_parent

__all__ = ["main"]

_BACKLOG = 1024


class _Server(Server):
    """granian over a socket that is open already, so that the port is known before anybody asks."""

    def __init__(self, listener: socket.socket, app: Any) -> None:
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


async def _serve(app: Any) -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
    port = listener.getsockname()[1]
    server: Any = _Server(listener, app)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    loop.call_soon(lambda: say_ready(port=port))
    await server.serve()


def main(grpc: str, http: str) -> None:
    """Serve the app until told to stop; it says its port when it is ready."""
    stop_with_parent()
    # Read when the instrumentation is imported: the stable names of HTTP attributes.
    os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "http"
    from otel_lift.demo.app import make_app  # noqa: PLC0415 - as above
    from otel_lift.demo.telemetry import Telemetry  # noqa: PLC0415 - as above

    telemetry = Telemetry(grpc, http)
    try:
        asyncio.run(_serve(make_app(telemetry)))
    finally:
        telemetry.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
