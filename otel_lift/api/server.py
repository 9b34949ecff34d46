"""The API as the store process serves it."""

from otel_lift.api.app import make_app
from otel_lift.api.backend import Backend
from otel_lift.net import AsgiThread, cannot_listen, listen

__all__ = ["ApiServer"]


class ApiServer:
    """Listens and answers, in a thread of its own."""

    def __init__(self, backend: Backend) -> None:
        """Listen at `start`."""
        self._backend = backend
        self._server: AsgiThread | None = None

    def start(self) -> None:
        """Begin to answer; raises ConfigError if the address cannot be had."""
        endpoint = self._backend.config.endpoint
        try:
            listener = listen(endpoint, reuse_port=False)
        except OSError as error:
            raise cannot_listen(endpoint, error, "service.api.endpoint") from error
        app = make_app(self._backend)
        self._server = AsgiThread("api", listener, app, lifespan=True, websockets=True, threads=2)
        self._server.start()

    def stop(self, grace: float) -> None:
        """Take no more requests, wait at most `grace` seconds for those that are answered, and end."""
        if self._server is not None:
            self._server.stop(grace)
