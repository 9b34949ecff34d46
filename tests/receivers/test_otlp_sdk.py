"""Real clients: the exporters of the OpenTelemetry Python SDK."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpanExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpanExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from otlp_clients import Served

from otel_lift.errors import BackpressureError
from otel_lift.kernel import Outcome

_PATHS: dict[Any, str] = {HttpSpanExporter: "v1/traces", HttpLogExporter: "v1/logs", HttpMetricExporter: "v1/metrics"}
EXPORTERS = pytest.mark.parametrize("transport", ["grpc", "grpc gzip", "http", "http gzip"])


def exporter(served: Served, transport: str, over_grpc: Callable[..., Any], over_http: Callable[..., Any]) -> Any:
    """Make an exporter as a user would."""
    protocol, _, gzip = transport.partition(" ")
    if protocol == "grpc":
        return over_grpc(
            endpoint=f"127.0.0.1:{served.ports['grpc']}",
            insecure=True,
            compression=grpc.Compression.Gzip if gzip else None,
        )
    path = _PATHS[over_http]
    return over_http(
        endpoint=f"http://127.0.0.1:{served.ports['http']}/{path}",
        compression=Compression.Gzip if gzip else Compression.NoCompression,
    )


def send_span(served: Served, transport: str) -> None:
    """Send one span through the SDK."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter(served, transport, GrpcSpanExporter, HttpSpanExporter)))
    provider.get_tracer("shop").start_span("checkout").end()
    provider.shutdown()


@EXPORTERS
def test_spans(served: Served, transport: str) -> None:
    """A span of the SDK arrives whole."""
    send_span(served, transport)
    (request,) = served.sink.requests
    message = ExportTraceServiceRequest.FromString(request.payload)
    assert message.resource_spans[0].scope_spans[0].spans[0].name == "checkout"


@EXPORTERS
def test_logs(served: Served, transport: str) -> None:
    """A log record of the SDK arrives whole."""
    provider = LoggerProvider()
    provider.add_log_record_processor(
        SimpleLogRecordProcessor(exporter(served, transport, GrpcLogExporter, HttpLogExporter))
    )
    provider.get_logger("shop").emit(body="hello")
    provider.shutdown()
    (request,) = served.sink.requests
    message = ExportLogsServiceRequest.FromString(request.payload)
    assert message.resource_logs[0].scope_logs[0].log_records[0].body.string_value == "hello"


@EXPORTERS
def test_metrics(served: Served, transport: str) -> None:
    """A counter of the SDK arrives whole."""
    reader = PeriodicExportingMetricReader(exporter(served, transport, GrpcMetricExporter, HttpMetricExporter))
    provider = MeterProvider([reader])
    provider.get_meter("shop").create_counter("checkouts").add(3)
    provider.shutdown()
    (request,) = served.sink.requests
    message = ExportMetricsServiceRequest.FromString(request.payload)
    metric = message.resource_metrics[0].scope_metrics[0].metrics[0]
    assert (metric.name, metric.sum.data_points[0].as_int) == ("checkouts", 3)


@EXPORTERS
def test_backpressure_is_survived(served: Served, transport: str) -> None:
    """A client that is told to come back later does, and its span arrives."""
    import threading

    served.sink.answer = BackpressureError("full", retry_after=0.05)
    client = threading.Thread(target=send_span, args=(served, transport))
    client.start()
    served.sink.wait(1)
    served.sink.answer = Outcome(accepted=1)
    refused = len(served.sink.requests)
    client.join(20)
    first, *_, last = served.sink.wait(refused + 1)
    assert first == last
