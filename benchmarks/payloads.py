"""Pre-encoded OTLP requests of known shapes, from a seed."""

import random
import time
from collections.abc import Iterator

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import SeverityNumber
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

__all__ = ["log_requests", "span_requests"]

_ROUTES = ["/api/notes", "/api/notes/{id}", "/api/career/plan", "/api/flashcards", "/api/login", "/api/checkout"]
_AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
]
_START_AGE = 60_000_000_000  # nanoseconds before now


def _attribute(key: str, value: str | int | bool) -> KeyValue:
    match value:
        case bool():
            return KeyValue(key=key, value=AnyValue(bool_value=value))
        case int():
            return KeyValue(key=key, value=AnyValue(int_value=value))
        case _:
            return KeyValue(key=key, value=AnyValue(string_value=value))


def _resource(request: ExportTraceServiceRequest | ExportLogsServiceRequest, service: str) -> None:
    groups = request.resource_spans if isinstance(request, ExportTraceServiceRequest) else request.resource_logs
    group = groups.add()
    group.resource.attributes.extend(
        [
            _attribute("service.name", service),
            _attribute("service.version", "2.4.1"),
            _attribute("deployment.environment.name", "production"),
            _attribute("telemetry.sdk.language", "python"),
        ]
    )


def _common(rng: random.Random, person: int) -> list[KeyValue]:
    """Twelve attributes; one record in five carries an e-mail address in its message, each one a client address."""
    route = rng.choice(_ROUTES)
    message = f"rendered in {rng.randrange(900)} ms after {rng.randrange(5)} queries"
    if rng.random() < 0.2:
        message = f"sent a reminder to person{person}@example.com after {rng.randrange(5)} queries"
    return [
        _attribute("http.request.method", rng.choice(["GET", "POST"])),
        _attribute("http.route", route),
        _attribute("url.path", route.replace("{id}", str(rng.randrange(100_000)))),
        _attribute("http.response.status_code", rng.choice([200, 200, 200, 201, 404, 500])),
        _attribute("server.address", "app.internal.example"),
        _attribute("client.address", f"203.0.113.{rng.randrange(256)}"),
        _attribute("user_agent.original", rng.choice(_AGENTS)),
        _attribute("user.id", f"user-{person}"),
        _attribute("session.id", f"{person:08x}{person * 2654435761 % 2**96:024x}"),
        _attribute("db.operation.name", "SELECT"),
        _attribute("app.cache.hit", rng.random() < 0.7),
        _attribute("app.message", message),
    ]


def span_requests(requests: int, spans: int, *, seed: int = 1) -> Iterator[bytes]:
    """Yield encoded trace requests of `spans` spans each: 12 attributes and about 580 bytes a span, 3 % errors."""
    rng = random.Random(seed)
    now = time.time_ns() - _START_AGE
    for _ in range(requests):
        request = ExportTraceServiceRequest()
        _resource(request, "shop")
        scope = request.resource_spans[0].scope_spans.add()
        scope.scope.name, scope.scope.version = "opentelemetry.instrumentation.asgi", "0.59b0"
        for _ in range(spans):
            start = now + rng.randrange(1_000_000_000)
            span = scope.spans.add(
                trace_id=rng.randbytes(16),
                span_id=rng.randbytes(8),
                parent_span_id=rng.randbytes(8),
                name=rng.choice(_ROUTES),
                kind=Span.SPAN_KIND_SERVER,
                start_time_unix_nano=start,
                end_time_unix_nano=start + rng.randrange(1_000_000, 900_000_000),
                attributes=_common(rng, rng.randrange(5_000)),
            )
            if rng.random() < 0.03:
                span.status.code = Status.STATUS_CODE_ERROR
                span.status.message = f"upstream timed out after {rng.randrange(9_000)} ms"
        yield request.SerializeToString()


def log_requests(requests: int, records: int, *, seed: int = 1) -> Iterator[bytes]:
    """Yield encoded log requests of `records` records each: 12 attributes and a body, 3 % Lift API errors."""
    rng = random.Random(seed)
    now = time.time_ns() - _START_AGE
    for _ in range(requests):
        request = ExportLogsServiceRequest()
        _resource(request, "shop")
        scope = request.resource_logs[0].scope_logs.add()
        scope.scope.name = "shop"
        for _ in range(records):
            person = rng.randrange(5_000)
            log = scope.log_records.add(
                time_unix_nano=now + rng.randrange(1_000_000_000),
                severity_number=SeverityNumber.SEVERITY_NUMBER_INFO,
                severity_text="INFO",
                trace_id=rng.randbytes(16),
                span_id=rng.randbytes(8),
                attributes=_common(rng, person),
            )
            log.body.string_value = f"request {rng.randrange(10**9)} of user {person} finished"
            if rng.random() < 0.03:
                log.event_name = "lift.api_error"
                log.severity_number, log.severity_text = SeverityNumber.SEVERITY_NUMBER_ERROR, "ERROR"
                log.attributes.append(_attribute("exception.message", f"upstream timed out after {rng.random():.3f} s"))
        yield request.SerializeToString()
