"""Reliability P1: every signal, transport, coding and outcome."""

import json
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from otlp_clients import COMPRESS, JSON, JSON_REQUESTS, PROTOBUF, REQUESTS, RESPONSES, Served

from otel_lift.kernel import Outcome

MESSAGES: dict[str, Any] = {
    "traces": ExportTraceServiceRequest,
    "logs": ExportLogsServiceRequest,
    "metrics": ExportMetricsServiceRequest,
}
ANSWERS: dict[str, Any] = {
    "traces": ExportTraceServiceResponse,
    "logs": ExportLogsServiceResponse,
    "metrics": ExportMetricsServiceResponse,
}
COUNTS = {"traces": "rejected_spans", "logs": "rejected_log_records", "metrics": "rejected_data_points"}
PARTIAL = Outcome(accepted=1, rejected=2, message="2 records have no ids")
SIGNALS = pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
CODINGS = pytest.mark.parametrize("coding", COMPRESS)
GRPC_CODINGS = pytest.mark.parametrize("coding", [grpc.Compression.NoCompression, grpc.Compression.Gzip])


def rejected(signal: str, body: bytes) -> tuple[int, str]:
    """Read the count and message of a protobuf response."""
    partial = ANSWERS[signal].FromString(body).partial_success
    return getattr(partial, COUNTS[signal]), partial.error_message


@SIGNALS
@GRPC_CODINGS
def test_grpc_success(served: Served, signal: str, coding: grpc.Compression) -> None:
    """A gRPC export hands on the very bytes that were sent, and succeeds with an empty response."""
    assert served.export(signal, REQUESTS[signal], compression=coding) == b""
    (request,) = served.sink.requests
    assert (request.signal, request.payload) == (signal, REQUESTS[signal])


@SIGNALS
@GRPC_CODINGS
def test_grpc_empty(served: Served, signal: str, coding: grpc.Compression) -> None:
    """An empty gRPC export succeeds."""
    assert served.export(signal, b"", compression=coding) == b""
    assert served.sink.requests[0].payload == b""


@SIGNALS
@GRPC_CODINGS
def test_grpc_partial(served: Served, signal: str, coding: grpc.Compression) -> None:
    """Rejected records of a gRPC export are told by count and message."""
    served.sink.answer = PARTIAL
    answer = served.export(signal, REQUESTS[signal], compression=coding)
    assert rejected(signal, answer) == (2, PARTIAL.message)


@SIGNALS
@CODINGS
def test_http_protobuf_success(served: Served, signal: str, coding: str) -> None:
    """A protobuf export over HTTP hands on the uncompressed bytes, and succeeds with an empty protobuf response."""
    body = COMPRESS[coding](REQUESTS[signal])
    reply = served.post(f"/v1/{signal}", body, content_encoding=coding)
    assert (reply.status, reply.headers["content-type"], reply.body) == (200, PROTOBUF, b"")
    (request,) = served.sink.requests
    assert (request.signal, request.payload) == (signal, REQUESTS[signal])


@SIGNALS
@CODINGS
def test_http_protobuf_empty(served: Served, signal: str, coding: str) -> None:
    """An empty protobuf export over HTTP succeeds."""
    reply = served.post(f"/v1/{signal}", COMPRESS[coding](b""), content_encoding=coding)
    assert (reply.status, reply.body) == (200, b"")
    assert served.sink.requests[0].payload == b""


@SIGNALS
@CODINGS
def test_http_protobuf_partial(served: Served, signal: str, coding: str) -> None:
    """Rejected records of a protobuf export over HTTP are told in a protobuf response."""
    served.sink.answer = PARTIAL
    reply = served.post(f"/v1/{signal}", COMPRESS[coding](REQUESTS[signal]), content_encoding=coding)
    assert (reply.status, reply.headers["content-type"]) == (200, PROTOBUF)
    assert rejected(signal, reply.body) == (2, PARTIAL.message)


@SIGNALS
@CODINGS
def test_http_json_success(served: Served, signal: str, coding: str) -> None:
    """A JSON export over HTTP hands on the same message as protobuf, and succeeds with an empty JSON object."""
    body = COMPRESS[coding](JSON_REQUESTS[signal])
    reply = served.post(f"/v1/{signal}", body, f"{JSON}; charset=utf-8", content_encoding=coding)
    assert (reply.status, reply.headers["content-type"], reply.body) == (200, JSON, b"{}")
    (request,) = served.sink.requests
    assert MESSAGES[signal].FromString(request.payload) == MESSAGES[signal].FromString(REQUESTS[signal])


@SIGNALS
@CODINGS
def test_http_json_empty(served: Served, signal: str, coding: str) -> None:
    """An empty JSON export over HTTP succeeds."""
    reply = served.post(f"/v1/{signal}", COMPRESS[coding](b"{}"), JSON, content_encoding=coding)
    assert (reply.status, reply.body) == (200, b"{}")
    assert served.sink.requests[0].payload == b""


@SIGNALS
@CODINGS
def test_http_json_partial(served: Served, signal: str, coding: str) -> None:
    """Rejected records of a JSON export are told in JSON, with the count as OTLP JSON writes 64-bit integers."""
    served.sink.answer = PARTIAL
    reply = served.post(f"/v1/{signal}", COMPRESS[coding](JSON_REQUESTS[signal]), JSON, content_encoding=coding)
    expected = {"partialSuccess": {RESPONSES[signal]: "2", "errorMessage": PARTIAL.message}}
    assert (reply.status, reply.headers["content-type"], json.loads(reply.body)) == (200, JSON, expected)
