"""The receiver `otlp`: OTLP over gRPC and over HTTP, for one sink."""

import threading

from otel_lift.errors import ConfigError
from otel_lift.pipeline import Services
from otel_lift.pipeline.sink import Sink
from otel_lift.receivers.otlp.config import OtlpConfig
from otel_lift.receivers.otlp.grpc_server import GrpcServer
from otel_lift.receivers.otlp.http_app import HttpApp
from otel_lift.receivers.otlp.http_server import HttpServer

__all__ = ["OtlpReceiver"]


class OtlpReceiver:
    """Serves the protocols that the configuration names.

    Where processes share their ports (`Services.shares_ports`), the kernel spreads connections over them; a port that
    another gateway has is then not noticed here, but by `ReceiverComponent.check` before.
    """

    def __init__(self, config: OtlpConfig, services: Services, sink: Sink) -> None:
        reuse_port = services.shares_ports
        grpc, http = config.protocols.grpc, config.protocols.http
        self._servers: dict[str, GrpcServer | HttpServer] = {}
        if grpc is not None:
            path = f"receivers.{services.name}.protocols.grpc.endpoint"
            self._servers["grpc"] = GrpcServer(grpc, config.tenant, sink, services.meter, path, reuse_port=reuse_port)
        if http is not None:
            path = f"receivers.{services.name}.protocols.http.endpoint"
            app = HttpApp(http, config.tenant, sink, services.meter)
            self._servers["http"] = HttpServer(http, app, path, reuse_port=reuse_port)

    @property
    def ports(self) -> dict[str, int]:
        """The ports that are listened on, by protocol (``grpc``, ``http``); empty before `start`."""
        return {name: server.port for name, server in self._servers.items() if server.port is not None}

    def start(self) -> None:
        """Listen on all endpoints; raises ConfigError if one cannot be had, and then none is open."""
        try:
            for server in self._servers.values():
                server.start()
        except ConfigError:
            self.stop(0)
            raise

    def stop(self, grace: float) -> None:
        """Close the ports, and let requests in flight finish, for at most `grace` seconds in all."""
        threads = [threading.Thread(target=server.stop, args=(grace,)) for server in self._servers.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
