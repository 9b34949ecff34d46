"""Telemetry as columns: `Batch`, its levels and its attributes."""

from otel_lift.batch.attributes import Attributes, intern
from otel_lift.batch.batch import Batch, RequestContext
from otel_lift.batch.schema import ATTRIBUTES, INTERNED, LIFT_FIELDS, SCHEMAS, Level, MetricKind, Signal, ValueType

__all__ = [
    "ATTRIBUTES",
    "INTERNED",
    "LIFT_FIELDS",
    "SCHEMAS",
    "Attributes",
    "Batch",
    "Level",
    "MetricKind",
    "RequestContext",
    "Signal",
    "ValueType",
    "intern",
]
