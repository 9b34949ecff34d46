"""OTLP over gRPC: raw bytes in and constant answers out, for all calls in one thread."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import cast

from otel_lift.batch import RequestContext, Signal
from otel_lift.errors import ShuttingDownError
from otel_lift.kernel import Outcome
from otel_lift.net import cannot_listen
from otel_lift.pipeline import Meter
from otel_lift.pipeline.sink import Request, Sink
from otel_lift.receivers.otlp.config import GrpcConfig
from otel_lift.receivers.otlp.grpc_calls import Call, CallServer
from otel_lift.receivers.otlp.statuses import Code, failure_of, partial_success

__all__ = ["GrpcServer"]

_PACKAGE = "opentelemetry.proto.collector"
_METHODS = {
    f"/{_PACKAGE}.trace.v1.TraceService/Export".encode(): Signal.TRACES,
    f"/{_PACKAGE}.logs.v1.LogsService/Export".encode(): Signal.LOGS,
    f"/{_PACKAGE}.metrics.v1.MetricsService/Export".encode(): Signal.METRICS,
}
_DETAILS = "grpc-status-details-bin"
_PRIVATE = ("sec-gpc", "1")
_LAST_REPLIES = 1.0  # seconds for the replies to calls that did not finish in time


class GrpcServer:
    """Serves the export calls of one endpoint.

    Memory is bounded: the messages of at most `max_receiving` calls are on their way at a time, and none is asked for
    while those that wait for the disk hold `max_in_flight_size` bytes; what is not asked for is held back by flow
    control. No limit on calls is set in grpcio itself, as it would refuse with RESOURCE_EXHAUSTED without a delay,
    upon which clients drop their data.

    A call is in one of three places, and whoever takes it out of there answers it: `_held_back` before its message is
    asked for, `_receiving`, and `_waiting` for its acknowledgement. The latter two are in the order of their deadlines.
    """

    def __init__(
        self, config: GrpcConfig, tenant: str, sink: Sink, meter: Meter, path: str, *, reuse_port: bool
    ) -> None:
        self._config = config
        self._open, self._denied = RequestContext(tenant), RequestContext(tenant, denied_by_header=True)
        self._sink = sink
        self._meter = meter
        self._path = path
        self._reuse_port = reuse_port
        self._signals = {method: signal for method, signal in _METHODS.items() if signal in sink.signals}
        self._server: CallServer | None = None
        self._held_back: deque[Call] = deque()
        self._receiving: dict[Call, float] = {}
        self._waiting: dict[Call, tuple[float, int]] = {}
        self._held = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._watchdog = threading.Thread(target=self._watch, name="otlp-grpc-watchdog", daemon=True)
        self.port: int | None = None

    def start(self) -> None:
        """Listen; raises ConfigError if the endpoint cannot be had."""
        server = CallServer(_options(self._config, reuse_port=self._reuse_port), self._opened)
        try:
            self.port = server.listen(self._config.endpoint)
        except RuntimeError as error:
            raise cannot_listen(self._config.endpoint, error, self._path) from error
        self._server = server
        server.start()
        self._watchdog.start()

    def stop(self, grace: float) -> None:
        """Send GOAWAY, wait at most `grace` seconds for calls in flight, and close."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        if not server.wait(grace):
            self._give_up()
            if not server.wait(_LAST_REPLIES):
                server.cancel_all()
            while not server.wait(_LAST_REPLIES):
                self._give_up()  # what has arrived since
        self._stopped.set()
        self._watchdog.join()

    def _opened(self, call: Call) -> None:
        if call.method not in self._signals:
            self._count("", Code.UNIMPLEMENTED.name)
            call.refuse(Code.UNIMPLEMENTED, self._not_served(call.method))
        else:
            self._held_back.append(call)
            self._admit()

    def _admit(self) -> None:
        """Ask for the messages of calls that are held back, as far as the limits allow."""
        config = self._config
        while True:
            with self._lock:
                full = len(self._receiving) >= config.max_receiving_calls or self._held >= config.max_in_flight_size
                if full or not self._held_back:
                    return
                call = self._held_back.popleft()
                self._receiving[call] = time.monotonic() + config.body_timeout
            call.receive(self._received)

    def _received(self, call: Call, payload: bytes | None) -> None:
        if payload is None:
            del self._receiving[call]
            # also where grpcio itself refused the message by its size, and has answered already
            call.refuse(Code.INVALID_ARGUMENT, "the call has no message")
        else:
            size = len(payload)
            with self._lock:
                del self._receiving[call]
                self._held += size
                self._waiting[call] = (time.monotonic() + self._config.ack_timeout, size)
            context = self._denied if _PRIVATE in call.metadata else self._open
            try:
                self._sink.submit(Request(self._signals[call.method], payload, context), partial(self._answer, call))
            except Exception as error:  # noqa: BLE001 - whatever a sink raises, the client must learn to send again
                self._answer(call, error)
        if self._held_back:
            self._admit()

    def _answer(self, call: Call, result: Outcome | BaseException) -> None:
        with self._lock:
            _, size = self._waiting.pop(call, (0.0, None))
            self._held -= size or 0
        if size is None:
            return  # it was late, and is answered already
        signal = self._signals[call.method]
        error = result if isinstance(result, BaseException) else result.error
        if error is None:
            self._count(signal, "OK")
            call.answer(partial_success(signal, cast("Outcome", result)))
        else:
            failure = failure_of(error)
            self._count(signal, failure.code.name)
            call.refuse(failure.code, failure.message, ((_DETAILS, failure.status()),))
        if self._held_back:
            self._admit()

    def _not_served(self, method: bytes) -> str:
        if method in _METHODS:
            return f"no pipeline takes {_METHODS[method]} from this receiver"
        return "nothing is served under this method"

    def _count(self, signal: str, result: str) -> None:
        self._meter.count("receiver_requests", transport="grpc", signal=signal, result=result)

    def _give_up(self) -> None:
        """Let the clients of calls that wait send them again."""
        error = ShuttingDownError("the gateway stopped; send it again")
        while self._held_back:
            call = self._held_back.popleft()
            self._waiting[call] = (0.0, 0)
        for call in list(self._waiting):
            self._answer(call, error)

    def _watch(self) -> None:
        """End the calls whose time is over: grpcio itself waits for a message for as long as the connection lives."""
        period = min(self._config.ack_timeout, self._config.body_timeout) / 4
        while not self._stopped.wait(period):
            now = time.monotonic()
            for call in [call for call, deadline in list(self._receiving.items()) if deadline <= now]:
                call.cancel()
            for call in [call for call, (deadline, _) in list(self._waiting.items()) if deadline <= now]:
                self._answer(call, TimeoutError())


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
