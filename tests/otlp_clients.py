"""Plain OTLP clients, and small valid export requests."""

import gzip
import http.client
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc
import zstandard
from google.protobuf.json_format import MessageToJson
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otel_lift.receivers.otlp.receiver import OtlpReceiver
from otel_lift.testing.sinks import RecordingSink

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
SERVICES = {
    "traces": "opentelemetry.proto.collector.trace.v1.TraceService",
    "logs": "opentelemetry.proto.collector.logs.v1.LogsService",
    "metrics": "opentelemetry.proto.collector.metrics.v1.MetricsService",
}

TRACES = ExportTraceServiceRequest()
_SPAN = TRACES.resource_spans.add().scope_spans.add().spans.add()
_SPAN.name, _SPAN.trace_id, _SPAN.span_id = "checkout", b"\x01" * 16, b"\x02" * 8
LOGS = ExportLogsServiceRequest()
LOGS.resource_logs.add().scope_logs.add().log_records.add().body.string_value = "hello"
METRICS = ExportMetricsServiceRequest()
_METRIC = METRICS.resource_metrics.add().scope_metrics.add().metrics.add()
_METRIC.name = "checkouts"
_METRIC.sum.data_points.add().as_int = 3
REQUESTS = {
    "traces": TRACES.SerializeToString(),
    "logs": LOGS.SerializeToString(),
    "metrics": METRICS.SerializeToString(),
}
JSON_REQUESTS = {
    # OTLP JSON writes ids in hex, where protobuf's own mapping writes base64
    "traces": b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"'
    + b"01" * 16
    + b'","spanId":"'
    + b"02" * 8
    + b'","name":"checkout"}]}]}]}',
    "logs": MessageToJson(LOGS).encode(),
    "metrics": MessageToJson(METRICS).encode(),
}
RESPONSES = {"traces": "rejectedSpans", "logs": "rejectedLogRecords", "metrics": "rejectedDataPoints"}


@dataclass(frozen=True)
class Reply:
    """An HTTP response."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def message(self) -> str:
        """The message of the protobuf `Status` in the body."""
        return str(Status.FromString(self.body).message)


class Served:
    """A running receiver, its sink, and clients."""

    def __init__(self, receiver: OtlpReceiver, sink: RecordingSink) -> None:
        self.receiver = receiver
        self.sink = sink
        self._channels: list[Any] = []

    @property
    def ports(self) -> dict[str, int]:
        """The ports by protocol."""
        return self.receiver.ports

    def connect(self) -> http.client.HTTPConnection:
        """Open an HTTP connection."""
        return http.client.HTTPConnection("127.0.0.1", self.ports["http"], timeout=20)

    def post(self, path: str, body: Any, content_type: str = PROTOBUF, **headers: str) -> Reply:
        """Send a POST as `post` does."""
        return post(self.ports["http"], path, body, content_type, **headers)

    def channel(self, *options: tuple[str, int]) -> Any:
        """Open a gRPC channel with a connection of its own."""
        channel = grpc.insecure_channel(
            f"127.0.0.1:{self.ports['grpc']}", options=(("grpc.use_local_subchannel_pool", 1), *options)
        )
        self._channels.append(channel)
        return channel

    def export(self, signal: str, payload: bytes, **kwargs: Any) -> bytes:
        """Call a gRPC service's Export with raw bytes."""
        answer: bytes = self.channel().unary_unary(f"/{SERVICES[signal]}/Export")(payload, timeout=20, **kwargs)
        return answer

    def close(self) -> None:
        """Close the clients and stop the receiver."""
        for channel in self._channels:
            channel.close()
        self.receiver.stop(1)


def send(connection: http.client.HTTPConnection, method: str, path: str, body: Any, headers: dict[str, str]) -> Reply:
    """Send a request; a body that is an iterator goes out in chunks without a Content-Length."""
    connection.request(method, path, body, headers, encode_chunked=not isinstance(body, bytes | None))
    response = connection.getresponse()
    return Reply(response.status, response.headers, response.read())


def post(port: int, path: str, body: Any, content_type: str = PROTOBUF, **headers: str) -> Reply:
    """Send a POST over a connection of its own; `_` in the names of headers stands for `-`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        return send(connection, "POST", path, body, {"content-type": content_type, **named})
    finally:
        connection.close()


def grpc_details(error: Any) -> Status:
    """Answer the `google.rpc.Status` in a call's trailing metadata; an empty one if there is none."""
    return Status.FromString(dict(error.trailing_metadata()).get("grpc-status-details-bin", b""))


def retry_delay(status: Status) -> float | None:
    """Answer the delay of a status's `RetryInfo` in seconds, None without one."""
    for detail in status.details:
        info = RetryInfo()
        if detail.Unpack(info):
            return float(info.retry_delay.ToNanoseconds() / 1e9)
    return None


Serve = Callable[..., Served]
