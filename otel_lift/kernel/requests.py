"""The OTLP export request of each signal."""

from collections.abc import Mapping
from types import MappingProxyType

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otel_lift.batch import Signal

__all__ = ["REQUESTS"]

REQUESTS: Mapping[Signal, type[Message]] = MappingProxyType(
    {
        Signal.TRACES: ExportTraceServiceRequest,
        Signal.LOGS: ExportLogsServiceRequest,
        Signal.METRICS: ExportMetricsServiceRequest,
    }
)
"""The message that a client exports, by signal."""
