"""The API as the store process serves it."""

import time

from granian.http import HTTP1Settings

from otel_lift.api.app import make_app
from otel_lift.api.backend import Backend
from otel_lift.api.service import Parts
from otel_lift.net import AsgiThread, cannot_listen, listen

__all__ = ["ApiServer"]

_HEAD = 30_000  # milliseconds for a request's head; a connection that waits longer is closed, idle or not
_LAST_ANSWERS = 5.0  # seconds for requests that are answered when it ends


class ApiServer:
    """Listens and answers, in a thread of its own."""

    def __init__(self, backend: Backend) -> None:
        """Listen at `start`."""
        self._parts = Parts.of(backend)
        self._endpoint = backend.config.endpoint
        self._server: AsgiThread | None = None

    def start(self) -> None:
        """Begin to answer; raises ConfigError if the address cannot be had."""
        try:
            listener = listen(self._endpoint, reuse_port=False)
        except OSError as error:
            raise cannot_listen(self._endpoint, error, "service.api.endpoint") from error
        app = make_app(self._parts)
        patience = HTTP1Settings(header_read_timeout=_HEAD)
        self._server = AsgiThread(
            "api", listener, app, lifespan=True, websockets=True, threads=2, http1_settings=patience
        )
        self._server.start()

    def stop(self, timeout: float) -> bool:
        """Take no more requests, and end; answers whether all that asks a store ended within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        if self._server is not None:
            self._server.stop(min(timeout / 2, _LAST_ANSWERS))
        return self._parts.close(max(deadline - time.monotonic(), 0.0))
