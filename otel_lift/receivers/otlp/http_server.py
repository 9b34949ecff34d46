"""The HTTP server of the receiver."""

from granian.http import HTTP1Settings

from otel_lift.net import AsgiThread, cannot_listen, listen
from otel_lift.receivers.otlp.config import HttpConfig
from otel_lift.receivers.otlp.http_app import HttpApp

__all__ = ["HttpServer"]

_THREADS = 2  # for decompression and JSON; each holds at most one body more


class HttpServer:
    """Serves the application at one endpoint; `path` is where the user wrote the endpoint."""

    def __init__(self, config: HttpConfig, app: HttpApp, path: str, *, reuse_port: bool) -> None:
        self._config = config
        self._app = app
        self._path = path
        self._reuse_port = reuse_port
        self._server: AsgiThread | None = None
        self.port: int | None = None

    def start(self) -> None:
        """Listen; raises ConfigError if the endpoint cannot be had."""
        config = self._config
        try:
            listener = listen(config.endpoint, reuse_port=self._reuse_port)
        except OSError as error:
            raise cannot_listen(config.endpoint, error, self._path) from error
        self.port = listener.getsockname()[1]
        self._server = AsgiThread(
            "otlp-http",
            listener,
            self._app,
            threads=_THREADS,
            backpressure=config.max_connections,
            http1_settings=HTTP1Settings(header_read_timeout=int(config.read_header_timeout * 1000)),
        )
        self._server.start()

    def stop(self, grace: float) -> None:
        """Close the listener, wait at most `grace` seconds for requests in flight, and close their connections."""
        if self._server is not None:
            self._server.stop(grace, self._app.abandon)
            self._server = None
