"""The app's side of OpenTelemetry: the SDK's providers and exporters, and how a Lift event is sent through them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from opentelemetry._logs import Logger, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider, UpDownCounter
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    MetricExporter,
    MetricExportResult,
    MetricsData,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.metrics.view import View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, Tracer

from otel_lift.semconv import LiftEvent, to_attributes

__all__ = ["Count", "Telemetry"]

_SEND_EVERY = 500.0  # milliseconds


@dataclass(slots=True)
class Count:
    """Records of one signal (of metrics: data points): handed to an exporter, and acknowledged by the gateway."""

    sent: int = 0
    acknowledged: int = 0


class Telemetry:
    """Traces over OTLP/gRPC, logs and metrics over OTLP/HTTP to one gateway, with a count of what was sent.

    `grpc` and `http` are the gateway's endpoints as ``host:port``.
    """

    def __init__(self, grpc: str, http: str) -> None:
        resource = Resource.create(
            {"service.name": "lift-notes", "service.version": "3.2.0", "deployment.environment.name": "demo"}
        )
        self.spans, self.logs, self.points = Count(), Count(), Count()
        self.tracer_provider = TracerProvider(resource=resource)
        self.tracer_provider.add_span_processor(
            BatchSpanProcessor(
                _CountingSpans(OTLPSpanExporter(endpoint=grpc, insecure=True), self.spans),
                schedule_delay_millis=_SEND_EVERY,
            )
        )
        self._logger_provider = LoggerProvider(resource=resource, shutdown_on_exit=False)
        self._logger_provider.add_log_record_processor(
            BatchLogRecordProcessor(
                _CountingLogs(OTLPLogExporter(endpoint=f"http://{http}/v1/logs"), self.logs),
                schedule_delay_millis=_SEND_EVERY,
            )
        )
        self.meter_provider = MeterProvider(
            [
                PeriodicExportingMetricReader(
                    _CountingPoints(OTLPMetricExporter(endpoint=f"http://{http}/v1/metrics"), self.points),
                    export_interval_millis=_SEND_EVERY,
                )
            ],
            resource,
            shutdown_on_exit=False,
            # who it was is no label of the series, and so comes along with its exemplars
            views=[View(instrument_name="sign_ins", attribute_keys={"outcome"})],
        )
        meter = self.meter_provider.get_meter("lift-notes")
        self.sign_ins = meter.create_counter("sign_ins", unit="1", description="attempts to sign in")
        self.payments = meter.create_histogram("payments", unit="EUR", description="amounts that were to be paid")
        self.tracer: Tracer = self.tracer_provider.get_tracer("lift-notes")
        self._logger: Logger = self._logger_provider.get_logger("lift-notes")

    def emit(
        self, event: LiftEvent, attributes: Mapping[str, Any], *, hours_ago: float = 0.0, failed: bool = False
    ) -> None:
        """Send an event as a log record that happened `hours_ago`, with further attributes beside its fields."""
        now = time.time_ns()
        self._logger.emit(
            timestamp=now - int(hours_ago * 3.6e12),
            observed_timestamp=now,
            severity_number=SeverityNumber.ERROR if failed else SeverityNumber.INFO,
            severity_text="ERROR" if failed else "INFO",
            attributes={**attributes, **to_attributes(event)},
            event_name=f"lift.{event.spec.name}",
        )

    def log(self, text: str, attributes: Mapping[str, Any]) -> None:
        """Send an ordinary log line."""
        self._logger.emit(
            timestamp=time.time_ns(),
            severity_number=SeverityNumber.WARN,
            severity_text="WARN",
            body=text,
            attributes=dict(attributes),
        )

    @staticmethod
    def mark(span: Span, event: LiftEvent) -> None:
        """Make a span itself carry an event."""
        span.set_attributes({"lift.event": event.spec.name, **to_attributes(event)})

    @staticmethod
    def add(span: Span, event: LiftEvent) -> None:
        """Add an event to a span."""
        span.add_event("lift.event", {"lift.event": event.spec.name, **to_attributes(event)})

    def flush(self) -> None:
        """Send all that waits, and come back when it is acknowledged or given up."""
        self.tracer_provider.force_flush()
        self._logger_provider.force_flush()
        self.meter_provider.force_flush()

    def close(self) -> None:
        """Flush and end the exporters' threads."""
        self.tracer_provider.shutdown()
        self._logger_provider.shutdown()
        self.meter_provider.shutdown()

    def counts(self) -> dict[str, dict[str, int]]:
        """Answer what was sent and acknowledged, by signal."""
        return {
            signal: {"sent": count.sent, "acknowledged": count.acknowledged}
            for signal, count in (("traces", self.spans), ("logs", self.logs), ("metrics", self.points))
        }


class _CountingSpans(SpanExporter):
    def __init__(self, exporter: SpanExporter, count: Count) -> None:
        self._exporter = exporter
        self._count = count

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self._count.sent += len(spans)
        result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            self._count.acknowledged += len(spans)
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


class _CountingLogs(LogRecordExporter):
    def __init__(self, exporter: LogRecordExporter, count: Count) -> None:
        self._exporter = exporter
        self._count = count

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        self._count.sent += len(batch)
        result = self._exporter.export(batch)
        if result is LogRecordExportResult.SUCCESS:
            self._count.acknowledged += len(batch)
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()  # type: ignore[no-untyped-call]  # the SDK left its type out

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


class _CountingPoints(MetricExporter):
    """Sends what happened since the last time: what did not change is not sent again, so that counts come to rest."""

    def __init__(self, exporter: MetricExporter, count: Count) -> None:
        since: dict[type, AggregationTemporality] = dict.fromkeys(
            (Counter, UpDownCounter, Histogram), AggregationTemporality.DELTA
        )
        super().__init__(preferred_temporality=since)
        self._exporter = exporter
        self._count = count

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> MetricExportResult:
        points = sum(
            len(metric.data.data_points)
            for resource in metrics_data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        )
        self._count.sent += points
        result = self._exporter.export(metrics_data, timeout_millis, **kwargs)
        if result is MetricExportResult.SUCCESS:
            self._count.acknowledged += points
        return result

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        self._exporter.shutdown(timeout_millis, **kwargs)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return self._exporter.force_flush(timeout_millis)
