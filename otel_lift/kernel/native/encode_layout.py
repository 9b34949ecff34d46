"""Which column each field of OTLP's messages is written from, worked out once from the schemas and the descriptors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pyarrow as pa
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Exemplar, Metric
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otel_lift.batch import SCHEMAS, Level, MetricKind, Signal
from otel_lift.kernel.native.encode_messages import Kind

__all__ = ["DATA", "METRIC_HEAD", "METRIC_TAIL", "RECORDS", "RESOURCE", "SCOPE", "FieldLayout", "Layout"]

_SCALARS = MappingProxyType(
    {
        FieldDescriptor.TYPE_UINT32: Kind.UINT32,
        FieldDescriptor.TYPE_ENUM: Kind.INT32,
        FieldDescriptor.TYPE_SINT32: Kind.SINT32,
        FieldDescriptor.TYPE_BOOL: Kind.BOOL,
        FieldDescriptor.TYPE_FIXED32: Kind.FIXED32,
        FieldDescriptor.TYPE_FIXED64: Kind.FIXED64,
        FieldDescriptor.TYPE_SFIXED64: Kind.FIXED64,
        FieldDescriptor.TYPE_DOUBLE: Kind.FIXED64,
        FieldDescriptor.TYPE_STRING: Kind.TEXT,
        FieldDescriptor.TYPE_BYTES: Kind.ID,
    }
)
_LISTS = MappingProxyType(
    {
        FieldDescriptor.TYPE_STRING: Kind.TEXTS,
        FieldDescriptor.TYPE_UINT64: Kind.PACKED_VARINTS,
        FieldDescriptor.TYPE_FIXED64: Kind.PACKED64,
        FieldDescriptor.TYPE_DOUBLE: Kind.PACKED64,
    }
)
_LENGTH_DELIMITED = frozenset(
    {
        Kind.TEXT,
        Kind.INTERNED,
        Kind.ID,
        Kind.MESSAGE,
        Kind.VALUE,
        Kind.TEXTS,
        Kind.PACKED_VARINTS,
        Kind.PACKED64,
        Kind.ENTRIES,
        Kind.ATTRIBUTES,
        Kind.CHILDREN,
    }
)
_FIXED64 = frozenset({Kind.FIXED64, Kind.OPTIONAL64})


@dataclass(frozen=True, slots=True)
class FieldLayout:
    """One field: its number, its columns by name, and for a message what is inside.

    The columns of VALUE are the type and the text; those of ENTRIES stand in the entries of one column; CHILDREN are
    the rows of a level.
    """

    number: int
    kind: Kind
    columns: tuple[str, ...] = ()
    inside: tuple["FieldLayout", ...] = ()
    level: Level | None = None

    @property
    def tag(self) -> int:
        """The number and the wire type as protobuf writes them."""
        if self.kind in _LENGTH_DELIMITED:
            wire_type = 2
        elif self.kind in _FIXED64:
            wire_type = 1
        else:
            wire_type = 5 if self.kind is Kind.FIXED32 else 0
        return self.number << 3 | wire_type


Layout = tuple[FieldLayout, ...]
"""The fields of a message, in the order of their numbers."""


def _layout(
    message: Descriptor,
    columns: Iterable[Any],
    *more: FieldLayout,
    renamed: Mapping[str, str] = MappingProxyType({}),
) -> Layout:
    """Lay out a message's fields over the columns of the same name; `renamed` has fields by the name of their column.

    Fields that are messages, but for attributes, come as `more`.
    """
    fields = list(more)
    for column in columns:
        known = message.fields_by_name.get(renamed.get(column.name, column.name))
        if known is None:
            continue
        if column.name == "attributes":
            fields.append(FieldLayout(known.number, Kind.ATTRIBUTES, (column.name,)))
        elif known.message_type is None:
            fields.append(FieldLayout(known.number, _kind(known, column.type), (column.name,)))
    return tuple(sorted(fields, key=lambda field: field.number))


def _kind(known: FieldDescriptor, column_type: Any) -> Kind:
    if known.is_repeated:
        return _LISTS[known.type]
    if pa.types.is_dictionary(column_type):
        return Kind.INTERNED
    kind = _SCALARS[known.type]
    return Kind.OPTIONAL64 if known.has_presence else kind


def _held(known: FieldDescriptor) -> Descriptor:
    """Answer the message that a field holds."""
    assert known.message_type is not None
    return known.message_type


def _children(message: Descriptor, name: str, level: Level, inside: Layout) -> FieldLayout:
    return FieldLayout(message.fields_by_name[name].number, Kind.CHILDREN, ("record",), inside, level)


def _entries(message: Descriptor, name: str, schema: Any) -> FieldLayout:
    known = message.fields_by_name[name]
    inside = _layout(_held(known), schema.field(name).type.value_type)
    return FieldLayout(known.number, Kind.ENTRIES, (name,), inside)


def _inside(message: Descriptor, name: str, schema: Any, renamed: Mapping[str, str]) -> FieldLayout:
    """Lay out a message whose fields stand in columns of the one that it is in."""
    known = message.fields_by_name[name]
    inside = _layout(_held(known), map(schema.field, renamed), renamed=renamed)
    return FieldLayout(known.number, Kind.MESSAGE, inside=inside)


def _span() -> Layout:
    schemas, span = SCHEMAS[Signal.TRACES], Span.DESCRIPTOR
    return _layout(
        span,
        schemas[Level.RECORD],
        _children(span, "events", Level.EVENT, _layout(Span.Event.DESCRIPTOR, schemas[Level.EVENT])),
        _children(span, "links", Level.LINK, _layout(Span.Link.DESCRIPTOR, schemas[Level.LINK])),
        _inside(span, "status", schemas[Level.RECORD], {"status_message": "message", "status_code": "code"}),
    )


def _log() -> Layout:
    log = LogRecord.DESCRIPTOR
    body = FieldLayout(log.fields_by_name["body"].number, Kind.VALUE, ("body_type", "body"))
    return _layout(log, SCHEMAS[Signal.LOGS][Level.RECORD], body)


def _points(kind: MetricKind) -> Layout:
    schemas, point = SCHEMAS[Signal.METRICS], _held(_data(kind).fields_by_name["data_points"])
    columns = schemas[Level.RECORD]
    more = []
    if "exemplars" in point.fields_by_name:
        renamed = {**_VALUES, "attributes": "filtered_attributes"}
        exemplars = _layout(Exemplar.DESCRIPTOR, schemas[Level.EXEMPLAR], renamed=renamed)
        more.append(_children(point, "exemplars", Level.EXEMPLAR, exemplars))
    if "quantile_values" in point.fields_by_name:
        more.append(_entries(point, "quantile_values", columns))
    for side in ("positive", "negative"):
        if side in point.fields_by_name:
            renamed = {f"{side}_{name}": name for name in ("offset", "bucket_counts")}
            more.append(_inside(point, side, columns, renamed))
    return _layout(point, columns, *more, renamed=_VALUES)


def _data(kind: MetricKind) -> Descriptor:
    return _held(Metric.DESCRIPTOR.fields_by_number[kind])


_VALUES = MappingProxyType({"value_double": "as_double", "value_int": "as_int"})
_RESOURCE = SCHEMAS[Signal.TRACES][Level.RESOURCE]
_METRIC = SCHEMAS[Signal.METRICS][Level.METRIC]

RESOURCE = _layout(Resource.DESCRIPTOR, _RESOURCE, _entries(Resource.DESCRIPTOR, "entity_refs", _RESOURCE))
SCOPE = _layout(InstrumentationScope.DESCRIPTOR, SCHEMAS[Signal.TRACES][Level.SCOPE])
_METRIC_FIELDS = _layout(Metric.DESCRIPTOR, _METRIC, renamed={"attributes": "metadata"})
# a metric's fields before and after the one of its data
METRIC_HEAD = tuple(field for field in _METRIC_FIELDS if field.number < min(MetricKind))
METRIC_TAIL = tuple(field for field in _METRIC_FIELDS if field.number > max(MetricKind))

RECORDS: Mapping[Signal | MetricKind, Layout] = MappingProxyType(
    {Signal.TRACES: _span(), Signal.LOGS: _log(), **{kind: _points(kind) for kind in MetricKind}}
)
"""A record's layout by its signal, or for a data point by its metric's kind."""

DATA: Mapping[MetricKind, Layout] = MappingProxyType({kind: _layout(_data(kind), _METRIC) for kind in MetricKind})
"""What stands beside the points in the message of a metric's kind."""
