"""Hypothesis strategies for any valid OTLP export request, and what two of them have in common when they are equal.

Needs hypothesis, which is a development dependency.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from google.protobuf.message import Message
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, ResourceMetrics, ScopeMetrics
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from otel_lift.batch import Signal
from otel_lift.testing import otlp_fields as fields
from otel_lift.testing.otlp_metrics import metrics

__all__ = ["any_values", "logs_requests", "metrics_requests", "normalise", "requests", "traces_requests"]

_PROFILES_ONLY = frozenset({"string_value_strindex", "key_strindex"})

_events = fields.messages(
    Span.Event,
    {},
    time_unix_nano=fields.uint64,
    name=fields.text,
    attributes=fields.attributes,
    dropped_attributes_count=fields.uint32,
)
_links = fields.messages(
    Span.Link,
    {},
    trace_id=fields.optional_id(fields.trace_id),
    span_id=fields.optional_id(fields.span_id),
    trace_state=fields.text,
    attributes=fields.attributes,
    dropped_attributes_count=fields.uint32,
    flags=fields.uint32,
)
_spans = fields.messages(
    Span,
    {"trace_id": fields.trace_id, "span_id": fields.span_id},
    trace_state=fields.text,
    parent_span_id=fields.optional_id(fields.span_id),
    flags=fields.uint32,
    name=fields.text,
    kind=fields.enum,
    start_time_unix_nano=fields.uint64,
    end_time_unix_nano=fields.uint64,
    attributes=fields.attributes,
    dropped_attributes_count=fields.uint32,
    events=fields.many(_events, 2),
    dropped_events_count=fields.uint32,
    links=fields.many(_links, 2),
    dropped_links_count=fields.uint32,
    status=fields.messages(Status, {}, message=fields.text, code=fields.enum),
)
_logs = fields.messages(
    LogRecord,
    {},
    time_unix_nano=fields.uint64,
    observed_time_unix_nano=fields.uint64,
    severity_number=fields.enum,
    severity_text=fields.text,
    body=fields.values,
    attributes=fields.attributes,
    dropped_attributes_count=fields.uint32,
    flags=fields.uint32,
    trace_id=fields.optional_id(fields.trace_id),
    span_id=fields.optional_id(fields.span_id),
    event_name=fields.text,
)


def any_values() -> st.SearchStrategy[AnyValue]:
    """Any attribute value, nested ones too."""
    return fields.values


def traces_requests() -> st.SearchStrategy[ExportTraceServiceRequest]:
    """Any valid `ExportTraceServiceRequest`; small, and all fields of OTLP occur."""
    parts = fields.messages(ScopeSpans, {}, scope=fields.scopes, spans=fields.many(_spans), schema_url=fields.text)
    groups = fields.messages(
        ResourceSpans, {}, resource=fields.resources, scope_spans=fields.many(parts, 2), schema_url=fields.text
    )
    return fields.many(groups).map(lambda chosen: ExportTraceServiceRequest(resource_spans=chosen))


def logs_requests() -> st.SearchStrategy[ExportLogsServiceRequest]:
    """Any valid `ExportLogsServiceRequest`; small, and all fields of OTLP occur."""
    parts = fields.messages(ScopeLogs, {}, scope=fields.scopes, log_records=fields.many(_logs), schema_url=fields.text)
    groups = fields.messages(
        ResourceLogs, {}, resource=fields.resources, scope_logs=fields.many(parts, 2), schema_url=fields.text
    )
    return fields.many(groups).map(lambda chosen: ExportLogsServiceRequest(resource_logs=chosen))


def metrics_requests() -> st.SearchStrategy[ExportMetricsServiceRequest]:
    """Any valid `ExportMetricsServiceRequest`; small, and all fields of OTLP occur."""
    parts = fields.messages(ScopeMetrics, {}, scope=fields.scopes, metrics=fields.many(metrics), schema_url=fields.text)
    groups = fields.messages(
        ResourceMetrics, {}, resource=fields.resources, scope_metrics=fields.many(parts, 2), schema_url=fields.text
    )
    return fields.many(groups).map(lambda chosen: ExportMetricsServiceRequest(resource_metrics=chosen))


def requests(signal: Signal) -> st.SearchStrategy[Any]:
    """Any valid export request of a signal."""
    by_signal: Mapping[Signal, Callable[[], st.SearchStrategy[Any]]] = {
        Signal.TRACES: traces_requests,
        Signal.LOGS: logs_requests,
        Signal.METRICS: metrics_requests,
    }
    return by_signal[signal]()


def normalise(request: Message) -> list[dict[str, Any]]:
    """Answer what a request says: each record in order, with its resource, scope and their schema URLs, as plain dicts.

    A record of metrics is a data point, and `metric` what its metric says besides, its kind included.

    Two requests that OTLP means to be the same are equal in this form: absent and empty messages are one, all NaNs are
    one, groups without a record say nothing, and it does not matter how records are grouped.
    """
    groups, parts, records = _LEVELS[request.DESCRIPTOR.name]
    return [
        {
            "resource": _plain(group.resource),
            "resource_schema_url": group.schema_url,
            "scope": _plain(part.scope),
            "scope_schema_url": part.schema_url,
            **metric,
            "record": _plain(record),
        }
        for group in getattr(request, groups)
        for part in getattr(group, parts)
        for metric, record in _records(getattr(part, records))
    ]


_LEVELS = {
    "ExportTraceServiceRequest": ("resource_spans", "scope_spans", "spans"),
    "ExportLogsServiceRequest": ("resource_logs", "scope_logs", "log_records"),
    "ExportMetricsServiceRequest": ("resource_metrics", "scope_metrics", "metrics"),
}


def _records(messages: Iterable[Message]) -> Iterator[tuple[dict[str, Any], Message]]:
    for message in messages:
        if not isinstance(message, Metric):
            yield {}, message
        elif (kind := message.WhichOneof("data")) is not None:
            data = getattr(message, kind)
            plain = _plain(message)
            plain[kind].pop("data_points", None)
            yield from (({"metric": plain}, point) for point in data.data_points)


def _plain(message: Message) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for field, value in message.ListFields():
        if field.name in _PROFILES_ONLY:
            continue
        if field.message_type is None:
            plain[field.name] = [_scalar(item) for item in value] if field.is_repeated else _scalar(value)
        elif field.is_repeated:
            plain[field.name] = [_plain(item) for item in value]
        # an empty message says something only where it is one of several that could be set
        elif (child := _plain(value)) or field.containing_oneof is not None:
            plain[field.name] = child
    return plain


def _scalar(value: Any) -> Any:
    # the text of a double: NaN is equal to itself, and -0.0 differs from 0.0
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else value.hex()
    return value
