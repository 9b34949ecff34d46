"""Pre-encoded OTLP requests in the shapes that are measured, from a seed."""

import random
import time
from collections.abc import Callable, Iterator

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import SeverityNumber
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from benchmarks.attributes import ROUTES, attribute, standard
from benchmarks.traffic.files import STAMP

__all__ = ["error_requests", "log_requests", "metric_requests", "span_requests"]

_START_AGE = 60_000_000_000  # nanoseconds before now
_FRAMES = 12
_ERRORS = ["TimeoutError", "IntegrityError", "KeyError", "PaymentDeclined", "ConnectionResetError"]
_BOUNDS = [5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0]

_Attributes = Callable[[random.Random, int], list[KeyValue]]


def span_requests(
    requests: int,
    spans: int,
    *,
    seed: int = 1,
    services: int = 1,
    attributes: _Attributes = standard,
    stamped: bool = False,
) -> Iterator[bytes]:
    """Yield encoded trace requests of `spans` spans each: by default 12 attributes and about 590 bytes a span.

    3 % are errors. The spans are spread over `services` resources. Where `stamped`, the load generator makes the trace
    ids of each request its own.
    """
    rng = random.Random(seed)
    now = time.time_ns() - _START_AGE
    for _ in range(requests):
        request = ExportTraceServiceRequest()
        for service in range(services):
            group = request.resource_spans.add(resource=_resource(service))
            scope = group.scope_spans.add()
            scope.scope.name, scope.scope.version = "opentelemetry.instrumentation.asgi", "0.59b0"
            for _ in range(spans // services):
                _span(scope.spans.add(), rng, now, attributes)
                if stamped:
                    scope.spans[-1].trace_id = STAMP + rng.randbytes(8)
        yield request.SerializeToString()


def error_requests(requests: int, spans: int, *, seed: int = 1) -> Iterator[bytes]:
    """Yield trace requests in which every span failed: each has an exception event with a stack of about 1 kB."""
    rng = random.Random(seed)
    for payload in span_requests(requests, spans, seed=seed):
        request = ExportTraceServiceRequest.FromString(payload)
        for span in request.resource_spans[0].scope_spans[0].spans:
            kind = rng.choice(_ERRORS)
            message = f"{kind}: order {rng.randrange(10**6)} of user {rng.randrange(5_000)} failed"
            span.status.code, span.status.message = Status.STATUS_CODE_ERROR, message
            frames = [
                f'  File "/srv/app/orders/{name}.py", line {rng.randrange(300)}, in {name}_{rng.randrange(4)}\n'
                f"    return await self.{name}.charge(order, amount={rng.randrange(9_000)})"
                for name in (f"layer{depth}" for depth in range(_FRAMES))
            ]
            stack = "\n".join(["Traceback (most recent call last):", *frames, message])
            event = span.events.add(time_unix_nano=span.end_time_unix_nano, name="exception")
            event.attributes.extend(
                [
                    attribute("exception.type", kind),
                    attribute("exception.message", message),
                    attribute("exception.stacktrace", stack),
                ]
            )
        yield request.SerializeToString()


def log_requests(requests: int, records: int, *, seed: int = 1) -> Iterator[bytes]:
    """Yield encoded log requests of `records` records each: 12 attributes and a body, 3 % Lift API errors."""
    rng = random.Random(seed)
    now = time.time_ns() - _START_AGE
    for _ in range(requests):
        request = ExportLogsServiceRequest()
        scope = request.resource_logs.add(resource=_resource(0)).scope_logs.add()
        scope.scope.name = "shop"
        for _ in range(records):
            person = rng.randrange(5_000)
            log = scope.log_records.add(
                time_unix_nano=now + rng.randrange(1_000_000_000),
                severity_number=SeverityNumber.SEVERITY_NUMBER_INFO,
                severity_text="INFO",
                trace_id=rng.randbytes(16),
                span_id=rng.randbytes(8),
                attributes=standard(rng, person),
            )
            log.body.string_value = f"request {rng.randrange(10**9)} of user {person} finished"
            if rng.random() < 0.03:
                log.event_name = "lift.api_error"
                log.severity_number, log.severity_text = SeverityNumber.SEVERITY_NUMBER_ERROR, "ERROR"
                log.attributes.append(attribute("exception.message", f"upstream timed out after {rng.random():.3f} s"))
        yield request.SerializeToString()


def metric_requests(requests: int, points: int, *, seed: int = 1) -> Iterator[bytes]:
    """Yield encoded metric requests of `points` points each: a third gauges, a third sums, a third histograms.

    A point has four attributes: method, route, status and host.
    """
    rng = random.Random(seed)
    now = time.time_ns() - _START_AGE
    delta = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
    for _ in range(requests):
        request = ExportMetricsServiceRequest()
        scope = request.resource_metrics.add(resource=_resource(0)).scope_metrics.add()
        scope.scope.name = "shop"
        gauge = scope.metrics.add(name="process.memory.usage", unit="By").gauge
        sums = scope.metrics.add(name="http.server.requests", unit="1").sum
        histogram = scope.metrics.add(name="http.server.request.duration", unit="ms").histogram
        sums.aggregation_temporality = histogram.aggregation_temporality = delta
        for number in range(points):
            said = {"start_time_unix_nano": now, "time_unix_nano": now + 10**9, "attributes": _dimensions(rng)}
            if number % 3 == 2:
                counts = [rng.randrange(100) for _ in range(len(_BOUNDS) + 1)]
                histogram.data_points.add(
                    **said, explicit_bounds=_BOUNDS, bucket_counts=counts, count=sum(counts), sum=rng.random() * 10**5
                )
            else:
                (gauge, sums)[number % 3].data_points.add(**said, as_int=rng.randrange(10**6))
        yield request.SerializeToString()


def _span(span: Span, rng: random.Random, now: int, attributes: _Attributes) -> None:
    start = now + rng.randrange(1_000_000_000)
    span.trace_id, span.span_id, span.parent_span_id = rng.randbytes(16), rng.randbytes(8), rng.randbytes(8)
    span.name, span.kind = rng.choice(ROUTES), Span.SPAN_KIND_SERVER
    span.start_time_unix_nano, span.end_time_unix_nano = start, start + rng.randrange(1_000_000, 900_000_000)
    span.attributes.extend(attributes(rng, rng.randrange(5_000)))
    if rng.random() < 0.03:
        span.status.code = Status.STATUS_CODE_ERROR
        span.status.message = f"upstream timed out after {rng.randrange(9_000)} ms"


def _resource(service: int) -> Resource:
    named = [
        attribute("service.name", f"shop-{service}" if service else "shop"),
        attribute("service.version", "2.4.1"),
        attribute("deployment.environment.name", "production"),
        attribute("telemetry.sdk.language", "python"),
    ]
    return Resource(attributes=named)


def _dimensions(rng: random.Random) -> list[KeyValue]:
    return [
        attribute("http.request.method", rng.choice(["GET", "POST"])),
        attribute("http.route", rng.choice(ROUTES)),
        attribute("http.response.status_code", rng.choice([200, 404, 500])),
        attribute("host.name", f"web-{rng.randrange(40)}"),
    ]
