"""OTLP over gRPC: handlers that take and return raw bytes, on grpcio's threads."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

from otel_lift.batch import RequestContext, Signal
from otel_lift.net import cannot_listen
from otel_lift.pipeline import Meter
from otel_lift.pipeline.sink import Request, Sink
from otel_lift.receivers.otlp.config import GrpcConfig
from otel_lift.receivers.otlp.statuses import Code, failure_of, partial_success
from otel_lift.receivers.otlp.watchdog import Watchdog

__all__ = ["GrpcServer"]

_PACKAGE = "opentelemetry.proto.collector"
_SERVICES = {
    Signal.TRACES: f"{_PACKAGE}.trace.v1.TraceService",
    Signal.LOGS: f"{_PACKAGE}.logs.v1.LogsService",
    Signal.METRICS: f"{_PACKAGE}.metrics.v1.MetricsService",
}
_CODES = {code.value[0]: code for code in grpc.StatusCode}
_DETAILS = "grpc-status-details-bin"
_PRIVATE = ("sec-gpc", "1")

_Export = Callable[[Iterator[bytes], grpc.ServicerContext], bytes]


class GrpcServer:
    """Serves the export calls of one endpoint.

    Memory is bounded by `threads` requests: grpcio reads a call's message only once a thread takes the call, and holds
    further ones back by flow control. No limit on calls is set in grpcio itself, as it would refuse with
    RESOURCE_EXHAUSTED without a delay, upon which clients drop their data.
    """

    def __init__(self, config: GrpcConfig, sink: Sink, meter: Meter, path: str, *, reuse_port: bool) -> None:
        self._config = config
        self._sink = sink
        self._meter = meter
        self._path = path
        self._reuse_port = reuse_port
        self._server: Any = None
        self._watchdog = Watchdog(config.body_timeout)
        self.port: int | None = None

    def start(self) -> None:
        """Listen; raises ConfigError if the endpoint cannot be had."""
        server = grpc.server(
            ThreadPoolExecutor(self._config.threads, thread_name_prefix="otlp-grpc"),
            handlers=[_generic(service, export) for service, export in self._exports().items()],
            options=_options(self._config, reuse_port=self._reuse_port),
        )
        try:
            self.port = server.add_insecure_port(self._config.endpoint)
        except RuntimeError as error:
            raise cannot_listen(self._config.endpoint, error, self._path) from error
        self._watchdog.start()
        server.start()
        self._server = server

    def stop(self, grace: float) -> None:
        """Send GOAWAY, wait at most `grace` seconds for calls in flight, and close."""
        if self._server is not None:
            self._server.stop(grace).wait()
            self._watchdog.stop()
            self._server = None

    def _exports(self) -> dict[str, _Export]:
        exports: dict[str, _Export] = {}
        for signal, service in _SERVICES.items():
            if signal in self._sink.signals:
                exports[service] = self._export(signal)
            else:
                exports[service] = self._refuse(f"no pipeline takes {signal} from this receiver")
        return exports

    def _export(self, signal: Signal) -> _Export:
        def export(messages: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
            payload = self._receive(messages, context)
            request = Request(signal, payload, RequestContext(denied_by_header=_denied(context)))
            remaining = context.time_remaining()
            timeout = self._config.ack_timeout if remaining is None else min(remaining, self._config.ack_timeout)
            try:
                outcome = self._sink.submit(request).result(timeout)
                if outcome.error is not None:
                    raise outcome.error  # noqa: TRY301 - a sink may tell a malformed request in either way
            except Exception as error:  # noqa: BLE001 - whatever a sink raises, the client must learn to send again
                failure = failure_of(error)
                self._meter.count("receiver_requests", transport="grpc", signal=signal, result=failure.code.name)
                context.set_trailing_metadata(((_DETAILS, failure.status()),))
                context.abort(_CODES[failure.code], failure.message)
            self._meter.count("receiver_requests", transport="grpc", signal=signal, result="OK")
            return partial_success(signal, outcome)

        return export

    def _receive(self, messages: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        self._watchdog.watch(context)
        try:
            return next(messages)
        except StopIteration:
            # also where grpcio itself refused the message by its size, and has answered already
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the call has no message")
        finally:
            self._watchdog.release(context)

    def _refuse(self, message: str) -> _Export:
        def export(_messages: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
            self._meter.count("receiver_requests", transport="grpc", signal="", result=Code.UNIMPLEMENTED.name)
            context.abort(grpc.StatusCode.UNIMPLEMENTED, message)

        return export


def _denied(context: grpc.ServicerContext) -> bool:
    return any((key, value) == _PRIVATE for key, value in context.invocation_metadata())


def _generic(service: str, export: _Export) -> Any:
    # A unary call is a stream of one message on the wire; taken as such, it is ours while its message is on the way.
    return grpc.method_handlers_generic_handler(service, {"Export": grpc.stream_unary_rpc_method_handler(export)})


def _options(config: GrpcConfig, *, reuse_port: bool) -> Sequence[tuple[str, int]]:
    keepalive = config.keepalive
    options: dict[str, float | None] = {
        "grpc.so_reuseport": int(reuse_port),
        "grpc.max_receive_message_length": config.max_recv_msg_size_mib << 20,
        "grpc.max_concurrent_streams": config.max_concurrent_streams,
        "grpc.server_handshake_timeout_ms": config.handshake_timeout * 1000,
        "grpc.keepalive_time_ms": keepalive.time * 1000,
        "grpc.keepalive_timeout_ms": keepalive.timeout * 1000,
        "grpc.http2.min_ping_interval_without_data_ms": keepalive.min_time * 1000,
        "grpc.keepalive_permit_without_calls": 1,
        "grpc.max_connection_idle_ms": _ms(keepalive.max_connection_idle),
        "grpc.max_connection_age_ms": _ms(keepalive.max_connection_age),
        "grpc.max_connection_age_grace_ms": _ms(keepalive.max_connection_age_grace),
    }
    return [(name, int(value)) for name, value in options.items() if value is not None]


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000
