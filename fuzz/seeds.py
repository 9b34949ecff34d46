"""Where the valid requests come from."""

from contextlib import suppress
from typing import Any

from google.protobuf.message import Message
from hypothesis import HealthCheck, Phase, given, seed, settings
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link

from benchmarks.payloads import log_requests, span_requests
from otel_lift.batch import Signal
from otel_lift.testing.otlp import requests

__all__ = ["valid_requests"]

_EXAMPLES = 120  # of each signal's strategy


def valid_requests(start: int) -> dict[Signal, list[bytes]]:
    """Answer valid requests by signal; but for times, and the ids of the SDK's, they depend on `start` alone."""
    found = {signal: list(_examples(signal, start)) for signal in Signal}
    found[Signal.TRACES] += [*span_requests(3, 5, seed=start), _sdk_spans()]
    found[Signal.LOGS] += [*log_requests(3, 5, seed=start), _sdk_logs()]
    found[Signal.METRICS] += [_sdk_metrics()]
    return found


def _examples(signal: Signal, start: int) -> list[bytes]:
    found: list[bytes] = []

    @seed(start)
    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    @given(requests(signal))
    def collect(request: Message) -> None:
        found.append(request.SerializeToString())

    collect()
    return found


def _sdk_spans() -> bytes:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("shop", "1.0", attributes={"team": "checkout"})
    with tracer.start_as_current_span("GET /cart", attributes={"http.response.status_code": 200, "ok": True}) as span:
        span.add_event("cache miss", {"keys": ("a", "b"), "ratio": 0.5})
        with suppress(ValueError), tracer.start_as_current_span("pay", links=[Link(span.get_span_context())]):
            raise ValueError("no money")
    payload: bytes = encode_spans(exporter.get_finished_spans()).SerializeToString()
    return payload


def _sdk_logs() -> bytes:
    exporter: Any = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call] # the SDK has no types here
    provider = LoggerProvider()
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    logger = provider.get_logger("shop")
    logger.emit(body="hello", severity_text="INFO", attributes={"nested": {"a": [1, 2.5, None]}, "raw": b"\xff"})
    logger.emit(body={"event": "login", "tries": 3}, event_name="login")
    payload: bytes = encode_logs(exporter.get_finished_logs()).SerializeToString()
    return payload


def _sdk_metrics() -> bytes:
    reader = InMemoryMetricReader()
    views = [View(instrument_name="size", aggregation=ExponentialBucketHistogramAggregation())]
    meter = MeterProvider([reader], views=views).get_meter("shop")
    meter.create_counter("requests", "1").add(3, {"route": "/cart"})
    meter.create_up_down_counter("open").add(-2)
    meter.create_gauge("load").set(0.7)
    for number in range(40):
        meter.create_histogram("duration", "s").record(number / 7)
        meter.create_histogram("size", "By").record(number * 7)
    data = reader.get_metrics_data()
    assert data is not None
    payload: bytes = encode_metrics(data).SerializeToString()
    return payload
