"""Reliability P1, P2, P3, P6: refusals, in the words of each protocol."""

import json
import logging
from collections import Counter
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from otlp_clients import JSON, JSON_REQUESTS, PROTOBUF, REQUESTS, Serve, Served, grpc_details, retry_delay, send

from otel_lift.batch import Signal
from otel_lift.errors import (
    BackpressureError,
    DecodeError,
    ProcessorError,
    ShuttingDownError,
    StoreUnavailableError,
    TooLargeError,
)
from otel_lift.kernel import Outcome
from otel_lift.pipeline import NullMeter
from otel_lift.testing.sinks import RecordingSink

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
ERRORS = [
    (BackpressureError("the spool is full", retry_after=2.5), UNAVAILABLE, 503, 2.5, "3"),
    (ShuttingDownError("stopping", retry_after=0.01), UNAVAILABLE, 503, 0.01, "1"),
    (StoreUnavailableError("no store"), UNAVAILABLE, 503, 1.0, "1"),
    (ProcessorError("redaction failed"), UNAVAILABLE, 503, 5.0, "5"),
    (TooLargeError("over the limit"), grpc.StatusCode.RESOURCE_EXHAUSTED, 413, None, None),
    (DecodeError("truncated"), grpc.StatusCode.INVALID_ARGUMENT, 400, None, None),
    (CancelledError(), UNAVAILABLE, 503, 1.0, "1"),
    (OSError("disk of jane@example.com"), UNAVAILABLE, 503, 5.0, "5"),
]
CASES = pytest.mark.parametrize(
    ("error", "code", "status", "delay", "header"), ERRORS, ids=[type(case[0]).__name__ for case in ERRORS]
)


def call_error(served: Served, signal: str = "traces", **kwargs: Any) -> Any:
    """Answer the error that a gRPC export meets."""
    with pytest.raises(grpc.RpcError) as caught:
        served.export(signal, REQUESTS.get(signal, b""), **kwargs)
    return caught.value


@CASES
def test_grpc_errors(
    served: Served, error: Exception, code: grpc.StatusCode, status: int, delay: float | None, header: str | None
) -> None:
    """A sink's error has its gRPC code, and `RetryInfo` exactly where the client should send again."""
    served.sink.answer = error
    met = call_error(served)
    details = grpc_details(met)
    assert (met.code(), details.code, details.message) == (code, code.value[0], met.details())
    assert retry_delay(details) == delay


@CASES
def test_http_errors(
    served: Served, error: Exception, code: grpc.StatusCode, status: int, delay: float | None, header: str | None
) -> None:
    """A sink's error has its HTTP status, `Retry-After` in whole seconds where retryable, and a `Status` body."""
    served.sink.answer = error
    reply = served.post("/v1/logs", REQUESTS["logs"])
    body = Status.FromString(reply.body)
    assert (reply.status, reply.headers["content-type"], body.code) == (status, PROTOBUF, code.value[0])
    assert (reply.headers["retry-after"], retry_delay(body)) == (header, delay)


def test_json_errors_are_json(served: Served) -> None:
    """The `Status` of a refused JSON request is JSON."""
    served.sink.answer = DecodeError("truncated")
    reply = served.post("/v1/logs", JSON_REQUESTS["logs"], JSON)
    assert (reply.status, reply.headers["content-type"]) == (400, JSON)
    assert json.loads(reply.body) == {"code": 3, "message": "truncated"}


def test_an_outcome_with_an_error_is_that_error(served: Served) -> None:
    """An outcome that carries a decode error is a refusal, not a success."""
    served.sink.answer = Outcome(error=DecodeError("not a request"))
    assert call_error(served).code() is grpc.StatusCode.INVALID_ARGUMENT
    assert served.post("/v1/traces", REQUESTS["traces"]).status == 400


def test_unexpected_errors_quote_nothing(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """The text of an error that nobody foresaw, which may quote data, is neither logged nor sent."""
    served.sink.answer = OSError("disk of jane@example.com")
    with caplog.at_level(logging.DEBUG):
        told = [call_error(served).details(), served.post("/v1/traces", REQUESTS["traces"]).message]
    assert "OSError" in caplog.text
    assert "jane" not in caplog.text + "".join(told)


def test_a_sink_that_raises_at_once(serve: Serve) -> None:
    """A sink may raise from `submit` itself."""

    class Refusing(RecordingSink):
        def submit(self, request: Any, answer: Any) -> None:
            raise BackpressureError("full", retry_after=1)

    served = serve(sink=Refusing())
    assert retry_delay(grpc_details(call_error(served))) == 1
    assert served.post("/v1/traces", REQUESTS["traces"]).headers["retry-after"] == "1"


def test_not_durable_in_time(serve: Serve) -> None:
    """A request that is not durable by `ack_timeout` is to be sent again, and the sink's future is left alone."""
    served = serve(grpc={"ack_timeout": "50ms"}, http={"ack_timeout": "50ms"})
    served.sink.answer = None
    assert call_error(served).code() is UNAVAILABLE
    assert served.post("/v1/traces", REQUESTS["traces"]).status == 503
    served.sink.release(Outcome(accepted=1))  # would raise on a cancelled future


@pytest.mark.parametrize("signal", ["logs", "metrics"])
def test_a_signal_without_pipeline(serve: Serve, signal: str) -> None:
    """A signal that no pipeline takes is refused by name on both protocols; the other one is served."""
    served = serve(sink=RecordingSink(frozenset({Signal.TRACES})))
    met = call_error(served, signal)
    assert met.code() is grpc.StatusCode.UNIMPLEMENTED
    assert signal in met.details()
    reply = served.post(f"/v1/{signal}", REQUESTS[signal])
    assert (reply.status, reply.message) == (404, met.details())
    assert served.post("/v1/events", b'{"event": "page_load"}', JSON).status == 404
    assert served.export("traces", b"") == b""


@pytest.mark.parametrize("content_type", ["text/html", "application/protobuf-x", "", "application/json2"])
def test_wrong_content_type(served: Served, content_type: str) -> None:
    """A Content-Type that is not OTLP's is 415, with the ones that are."""
    reply = served.post("/v1/traces", b"x", content_type)
    assert (reply.status, reply.headers["content-type"]) == (415, PROTOBUF)
    assert "application/x-protobuf" in reply.message


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE", "OPTIONS"])
def test_wrong_method(served: Served, method: str) -> None:
    """Any method but POST is 405 with the allowed one."""
    reply = send(served.connect(), method, "/v1/traces", None, {})
    assert (reply.status, reply.headers["allow"]) == (405, "POST")
    assert "POST" in reply.message


def test_wrong_path(served: Served) -> None:
    """A path that is not served is 404, with those that are."""
    reply = served.post("/v1/trace", b"")
    assert reply.status == 404
    assert "/v1/traces" in reply.message


@pytest.mark.parametrize(
    ("coding", "status"), [("br", 415), ("gzip, gzip", 400), ("gzip,zstd", 400), ("GZIP", 200), ("", 200)]
)
def test_content_encodings(served: Served, coding: str, status: int) -> None:
    """One known coding in any case is taken; an unknown one is 415 with the known ones, several are 400."""
    import gzip

    body = gzip.compress(b"") if coding == "GZIP" else b""
    reply = served.post("/v1/traces", body, content_encoding=coding)
    assert reply.status == status
    assert ("gzip" in reply.headers.get("accept-encoding", "")) is (status != 200)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
def test_broken_compression(served: Served, coding: str) -> None:
    """A body that is not what its Content-Encoding says is 400 with a protobuf `Status`."""
    reply = served.post("/v1/traces", b"not compressed at all", content_encoding=coding)
    assert (reply.status, reply.headers["content-type"]) == (400, PROTOBUF)
    assert coding in reply.message


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"null", b'{"resourceSpans": 3}', b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"X"}]}]}]}'],
)
def test_bad_json(served: Served, body: bytes) -> None:
    """JSON that is not OTLP, enum names included, is 400 with a JSON `Status`."""
    reply = served.post("/v1/traces", body, JSON)
    assert reply.status == 400
    assert json.loads(reply.body)["code"] == 3
    assert served.sink.requests == []


def test_big_json_is_converted_too(served: Served) -> None:
    """A JSON body that is too big for the event loop is converted all the same."""
    body = JSON_REQUESTS["traces"].replace(b"checkout", b"c" * 100_000)
    assert served.post("/v1/traces", body, JSON).status == 200
    assert b"c" * 100_000 in served.sink.requests[0].payload
    assert served.post("/v1/traces", body[:-1], JSON).status == 400


def test_the_connection_lives_on(served: Served) -> None:
    """One connection carries every kind of refusal and then a success."""
    connection = served.connect()
    protobuf, payload = {"content-type": PROTOBUF}, REQUESTS["traces"]
    statuses = [
        send(connection, "POST", "/v1/traces", payload, {"content-type": "text/html"}).status,
        send(connection, "PATCH", "/v1/traces", payload, protobuf).status,
        send(connection, "POST", "/v1/none", payload, protobuf).status,
        send(connection, "POST", "/v1/traces", payload, {**protobuf, "content-encoding": "gzip"}).status,
        send(connection, "POST", "/v1/traces", b"{", {"content-type": JSON}).status,
        send(connection, "POST", "/v1/traces", payload, {**protobuf, "content-encoding": "br"}).status,
    ]
    opened = connection.sock
    assert send(connection, "POST", "/v1/traces", payload, protobuf).status == 200
    assert connection.sock is opened
    assert statuses == [415, 405, 404, 400, 400, 415]


def test_privacy_signal(served: Served) -> None:
    """`Sec-GPC: 1` marks the request on both protocols, and nothing else does."""
    served.export("traces", b"", metadata=(("sec-gpc", "1"),))
    served.export("traces", b"", metadata=(("sec-gpc", "0"),))
    served.post("/v1/traces", b"", sec_gpc="1")
    served.post("/v1/traces", b"", sec_gpc="0")
    assert [request.context.denied_by_header for request in served.sink.requests] == [True, False, True, False]


def test_grpc_bytes_in_flight(serve: Serve) -> None:
    """Messages beyond the bytes that may be in flight are held back, and not refused."""
    served = serve(grpc={"max_receiving_calls": 1, "max_in_flight_size": 1500})
    served.sink.answer = None
    export = served.channel().unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
    calls = [export.future(b"x" * 1000, timeout=20) for _ in range(40)]
    assert len(served.sink.wait(2)) == 2
    served.sink.answer = Outcome()
    served.sink.release(Outcome())
    assert [call.result() for call in calls] == [b""] * 40


def test_too_many_bytes_in_flight(serve: Serve) -> None:
    """HTTP requests that together hold more than the limit are to be sent again later."""
    served = serve(http={"max_request_body_size": 1000, "max_in_flight_size": 2000})
    served.sink.answer = None
    with ThreadPoolExecutor(2) as pool:
        held = [pool.submit(served.post, "/v1/traces", b"x" * 1000) for _ in range(2)]
        served.sink.wait(2)
        refused = served.post("/v1/traces", b"y")
        served.sink.answer = Outcome()
        served.sink.release(Outcome())
        assert [reply.result().status for reply in held] == [200, 200]
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert served.post("/v1/traces", b"z" * 1000).status == 200
    assert len(served.sink.requests) == 3


@pytest.mark.parametrize(
    "span",
    [
        b'"traceId":"0102030405060708090A0b0C0d0e0F10","spanId":"AbCdEf0102030405"',
        b'"traceId":"0102030405060708090a0B0c0D0E0f10","spanId":"abcdef0102030405","unheardOf":{"a":[1]}',
    ],
    ids=["hex in both cases", "unknown field"],
)
@pytest.mark.parametrize("start", [b'"1700000000000000001"', b"1700000000000000001"], ids=["text", "number"])
def test_json_readings(served: Served, span: bytes, start: bytes) -> None:
    """OTLP JSON may write hex in any case and 64-bit integers in two ways, and unknown fields are passed over."""
    body = b'{"resourceSpans":[{"scopeSpans":[{"spans":[{%s,"startTimeUnixNano":%s}]}]}]}' % (span, start)
    assert served.post("/v1/traces", body, JSON).status == 200
    message = ExportTraceServiceRequest.FromString(served.sink.requests[0].payload)
    read = message.resource_spans[0].scope_spans[0].spans[0]
    assert (read.trace_id, read.span_id) == (bytes(range(1, 17)), bytes.fromhex("abcdef0102030405"))
    assert read.start_time_unix_nano == 1700000000000000001


def test_requests_are_counted(serve: Serve) -> None:
    """Every request is counted by transport, signal and result, with labels that no client can invent."""
    counts: Counter[tuple[str, ...]] = Counter()

    class Counting(NullMeter):
        def count(self, name: str, amount: float = 1, **labels: str) -> None:
            counts[name, *labels.values()] += int(amount)

    served = serve(meter=Counting(), sink=RecordingSink(frozenset({Signal.TRACES, Signal.LOGS})))
    served.export("traces", b"")
    served.post("/v1/logs", b"")
    served.post("/v1/made-up", b"")
    served.post("/v1/logs", b"{", JSON)
    served.sink.answer = BackpressureError("full")
    call_error(served, "logs")
    call_error(served, "metrics")
    assert counts == {
        ("receiver_requests", "grpc", "traces", "OK"): 1,
        ("receiver_requests", "http", "logs", "OK"): 1,
        ("receiver_requests", "http", "", "NOT_FOUND"): 1,
        ("receiver_requests", "http", "logs", "BAD_REQUEST"): 1,
        ("receiver_requests", "grpc", "logs", "UNAVAILABLE"): 1,
        ("receiver_requests", "grpc", "", "UNIMPLEMENTED"): 1,
    }
