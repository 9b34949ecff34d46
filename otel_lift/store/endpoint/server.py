"""The endpoint's HTTP server."""

from otel_lift.endpoints import is_loopback
from otel_lift.errors import ConfigError
from otel_lift.net import AsgiThread, cannot_listen, listen
from otel_lift.store.endpoint.app import EndpointApp
from otel_lift.store.endpoint.session import EndpointLimits, Session
from otel_lift.store.store import Store

__all__ = ["Endpoint", "serve_endpoint"]

_STOP_SECONDS = 5


class Endpoint:
    """A running endpoint. `port` is the one it listens on."""

    def __init__(self, app: EndpointApp, host: str, port: int) -> None:
        """Listen at once; raises `ConfigError` if the address cannot be had."""
        endpoint = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            listener = listen(endpoint, reuse_port=False)
        except OSError as error:
            raise cannot_listen(endpoint, error, "the SQL endpoint") from error
        self.host = host
        self.port: int = listener.getsockname()[1]
        self._app = app
        self._server = AsgiThread("sql-endpoint", listener, app)
        self._server.start()

    def stop(self) -> None:
        """Close the listener, let running queries end for a few seconds, and close all connections."""
        self._server.stop(_STOP_SECONDS)
        self._app.close()


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
    if token is None and not is_loopback(host):
        raise ConfigError(f"the SQL endpoint on {host} needs a token; without one it may listen on 127.0.0.1 only")
    session = Session(store.engine, store.dsn.database, limits or EndpointLimits(), write=write)
    return Endpoint(EndpointApp(session, token=token), host, port)
