"""The app as a process of the demo: ``python -m otel_lift.demo.server GRPC HTTP``, with the gateway's endpoints."""

import asyncio
import os
import signal
import sys
from typing import Any

from otel_lift.demo.child import say_ready, stop_with_parent
from otel_lift.net import AsgiServer, listen

__all__ = ["main"]


async def _serve(app: Any) -> None:
    listener = listen("127.0.0.1:0", reuse_port=False)
    port = listener.getsockname()[1]
    server: Any = AsgiServer(listener, app)
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
