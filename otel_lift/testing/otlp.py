"""Hypothesis strategies for any valid OTLP export request, and what two of them have in common when they are equal.

Needs hypothesis, which is a development dependency.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import Message
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, EntityRef, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from otel_lift.batch import Signal

__all__ = ["any_values", "logs_requests", "normalise", "requests", "traces_requests"]

_PROFILES_ONLY = frozenset({"string_value_strindex", "key_strindex"})

_text = st.text(max_size=12)
_uint32 = st.integers(0, 2**32 - 1)
_uint64 = st.integers(0, 2**64 - 1)
_enum = st.one_of(st.integers(0, 24), st.integers(-(2**31), 2**31 - 1))
_trace_id = st.binary(min_size=16, max_size=16)
_span_id = st.binary(min_size=8, max_size=8)


def _messages(
    message: Callable[..., Any], required: Mapping[str, st.SearchStrategy[Any]], /, **fields: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    # every other field may be absent, so small examples are small
    return st.fixed_dictionaries(dict(required), optional=fields).map(lambda chosen: message(**chosen))


def _many(strategy: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, max_size=most)


def _optional_id(ids: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return st.one_of(st.just(b""), ids)


# few keys, so that some stand twice, and the ones that the text form of values must tell apart
_keys = st.one_of(st.sampled_from(["", "a", "b", "$a", "$bytes", "$double", "$kvlist", "service.name"]), _text)


def _pairs(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({"key": _keys}, optional={"value": values})


def _nested(values: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    arrays = st.fixed_dictionaries({"array_value": st.fixed_dictionaries({"values": _many(values)})})
    kvlists = st.fixed_dictionaries({"kvlist_value": st.fixed_dictionaries({"values": _many(_pairs(values))})})
    return st.one_of(arrays, kvlists)


_scalars = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"string_value": _text}),
    st.fixed_dictionaries({"bool_value": st.booleans()}),
    st.fixed_dictionaries({"int_value": st.integers(-(2**63), 2**63 - 1)}),
    st.fixed_dictionaries({"double_value": st.floats()}),
    st.fixed_dictionaries({"bytes_value": st.binary(max_size=8)}),
)
_values = st.recursive(_scalars, _nested, max_leaves=6).map(lambda fields: AnyValue(**fields))
_attributes = _many(_pairs(_values).map(lambda fields: KeyValue(**fields)))
_entities = _messages(EntityRef, {}, schema_url=_text, type=_text, id_keys=_many(_text), description_keys=_many(_text))
_resources = _messages(
    Resource, {}, attributes=_attributes, dropped_attributes_count=_uint32, entity_refs=_many(_entities, 2)
)
_scopes = _messages(
    InstrumentationScope, {}, name=_text, version=_text, attributes=_attributes, dropped_attributes_count=_uint32
)
_events = _messages(
    Span.Event, {}, time_unix_nano=_uint64, name=_text, attributes=_attributes, dropped_attributes_count=_uint32
)
_links = _messages(
    Span.Link,
    {},
    trace_id=_optional_id(_trace_id),
    span_id=_optional_id(_span_id),
    trace_state=_text,
    attributes=_attributes,
    dropped_attributes_count=_uint32,
    flags=_uint32,
)
_spans = _messages(
    Span,
    {"trace_id": _trace_id, "span_id": _span_id},
    trace_state=_text,
    parent_span_id=_optional_id(_span_id),
    flags=_uint32,
    name=_text,
    kind=_enum,
    start_time_unix_nano=_uint64,
    end_time_unix_nano=_uint64,
    attributes=_attributes,
    dropped_attributes_count=_uint32,
    events=_many(_events, 2),
    dropped_events_count=_uint32,
    links=_many(_links, 2),
    dropped_links_count=_uint32,
    status=_messages(Status, {}, message=_text, code=_enum),
)
_logs = _messages(
    LogRecord,
    {},
    time_unix_nano=_uint64,
    observed_time_unix_nano=_uint64,
    severity_number=_enum,
    severity_text=_text,
    body=_values,
    attributes=_attributes,
    dropped_attributes_count=_uint32,
    flags=_uint32,
    trace_id=_optional_id(_trace_id),
    span_id=_optional_id(_span_id),
    event_name=_text,
)


def any_values() -> st.SearchStrategy[AnyValue]:
    """Any attribute value, nested ones too."""
    return _values


def traces_requests() -> st.SearchStrategy[ExportTraceServiceRequest]:
    """Any valid `ExportTraceServiceRequest`; small, and all fields of OTLP occur."""
    parts = _messages(ScopeSpans, {}, scope=_scopes, spans=_many(_spans), schema_url=_text)
    groups = _messages(ResourceSpans, {}, resource=_resources, scope_spans=_many(parts, 2), schema_url=_text)
    return _many(groups).map(lambda chosen: ExportTraceServiceRequest(resource_spans=chosen))


def logs_requests() -> st.SearchStrategy[ExportLogsServiceRequest]:
    """Any valid `ExportLogsServiceRequest`; small, and all fields of OTLP occur."""
    parts = _messages(ScopeLogs, {}, scope=_scopes, log_records=_many(_logs), schema_url=_text)
    groups = _messages(ResourceLogs, {}, resource=_resources, scope_logs=_many(parts, 2), schema_url=_text)
    return _many(groups).map(lambda chosen: ExportLogsServiceRequest(resource_logs=chosen))


def requests(signal: Signal) -> st.SearchStrategy[Any]:
    """Any valid export request of a signal."""
    return {Signal.TRACES: traces_requests, Signal.LOGS: logs_requests}[signal]()


def normalise(request: Message) -> list[dict[str, Any]]:
    """Answer what a request says: each record in order, with its resource, scope and their schema URLs, as plain dicts.

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
            "record": _plain(record),
        }
        for group in getattr(request, groups)
        for part in getattr(group, parts)
        for record in getattr(part, records)
    ]


_LEVELS = {
    "ExportTraceServiceRequest": ("resource_spans", "scope_spans", "spans"),
    "ExportLogsServiceRequest": ("resource_logs", "scope_logs", "log_records"),
}


def _plain(message: Message) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for field, value in message.ListFields():
        if field.name in _PROFILES_ONLY:
            continue
        if field.message_type is None:
            plain[field.name] = list(value) if field.is_repeated else _scalar(value)
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
