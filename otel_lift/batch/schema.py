"""The Arrow schemas of a batch: one flat table per level of OTLP.

A level is a kind of message that carries attributes. Each level of a signal is one table with one row a message;
`record`, `metric`, `resource` and `scope` columns refer to rows of the parent level by index. So an operation that is
written for one level works on all of them, and no processor ever rebuilds a nested array.

A record of metrics is a data point, of whichever kind its metric is: the columns of other kinds are zero, null or empty
in its row. The attributes of a metric are its `metadata`, those of an exemplar its `filtered_attributes`.

Absent and empty are one thing for messages (a missing resource is an empty one) and for ids (null). Unsigned times are
Unix nanoseconds as sent.
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType

import pyarrow as pa

__all__ = ["ATTRIBUTES", "INTERNED", "LIFT_FIELDS", "SCHEMAS", "Level", "MetricKind", "Signal", "ValueType"]


class Signal(StrEnum):
    """The OTLP signals that the gateway carries; the value is the path segment of OTLP/HTTP."""

    TRACES = "traces"
    LOGS = "logs"
    METRICS = "metrics"


class Level(StrEnum):
    """The levels of OTLP at which attributes stand."""

    RESOURCE = "resource"
    SCOPE = "scope"
    METRIC = "metric"
    RECORD = "record"
    EVENT = "event"
    LINK = "link"
    EXEMPLAR = "exemplar"


class ValueType(IntEnum):
    """How a value in the `value` column was typed in OTLP; the numbers are those of `AnyValue`'s fields.

    The text of each: EMPTY ``""``; STRING itself; BOOL ``true`` or ``false``; INT decimal; DOUBLE the shortest
    decimal that reads back as the same bits, always with ``.``, an exponent, ``NaN`` or ``Infinity``; BYTES base64;
    ARRAY and KVLIST JSON (see `otel_lift.kernel.values`).
    """

    EMPTY = 0
    STRING = 1
    BOOL = 2
    INT = 3
    DOUBLE = 4
    ARRAY = 5
    KVLIST = 6
    BYTES = 7


class MetricKind(IntEnum):
    """The kinds of metric; the numbers are those of the fields of OTLP's `Metric`."""

    GAUGE = 5
    SUM = 7
    HISTOGRAM = 9
    EXPONENTIAL_HISTOGRAM = 10
    SUMMARY = 11


INTERNED = pa.dictionary(pa.int32(), pa.string())
"""A string column of few distinct values; the dictionary holds no duplicates and no nulls."""

ATTRIBUTES = pa.list_(
    pa.struct(
        [
            pa.field("key", INTERNED, nullable=False),
            pa.field("type", pa.uint8(), nullable=False),
            pa.field("value", pa.string(), nullable=False),
        ]
    )
)
"""The attributes of a message, in the order in which they were sent, duplicates included."""

_TRACE_ID = pa.binary(16)
_SPAN_ID = pa.binary(8)

LIFT_FIELDS = (
    # What the gateway itself knows of a message that can be a Lift event, or about a person. Null until the stage that
    # knows it.
    pa.field("lift.event", INTERNED),  # bare name of the Lift event, null for ordinary telemetry
    pa.field("lift.subject", pa.string()),  # pseudonym under the current epoch's key, 32 hex digits
    pa.field("lift.subject_key", INTERNED),  # id of the key that made lift.subject
    pa.field("lift.person", pa.string()),  # pseudonym under the stable ledger key; in memory only, never stored
    pa.field("lift.consent", INTERNED),  # the decision: granted, granted_by_record, denied, not_required
    pa.field("lift.anonymise", pa.bool_()),  # marked by consent; `anonymise` strips it before the disk
    pa.field("lift.validation", INTERNED),  # what is wrong with the event, null where nothing is
    pa.field("lift.template", pa.string()),  # the error message with its parameters as placeholders
    pa.field("lift.fingerprint", pa.string()),  # 64 hex digits
)

_REDACTION_FIELDS = (
    pa.field("lift.redaction.count", pa.uint32()),  # how many values were changed, children included
    pa.field("lift.redaction.rules", INTERNED),  # sorted names of the rules that matched, comma-separated
)

_RESOURCE = pa.schema(
    [
        ("attributes", ATTRIBUTES),
        ("dropped_attributes_count", pa.uint32()),
        (
            "entity_refs",
            pa.list_(
                pa.struct(
                    [
                        ("schema_url", pa.string()),
                        ("type", pa.string()),
                        ("id_keys", pa.list_(pa.string())),
                        ("description_keys", pa.list_(pa.string())),
                    ]
                )
            ),
        ),
        ("schema_url", pa.string()),
    ]
)
_SCOPE = pa.schema(
    [
        ("resource", pa.int32()),
        ("name", pa.string()),
        ("version", pa.string()),
        ("attributes", ATTRIBUTES),
        ("dropped_attributes_count", pa.uint32()),
        ("schema_url", pa.string()),
    ]
)
_SPAN = pa.schema(
    [
        pa.field("resource", pa.int32()),
        pa.field("scope", pa.int32()),
        pa.field("trace_id", _TRACE_ID),
        pa.field("span_id", _SPAN_ID),
        pa.field("parent_span_id", _SPAN_ID),
        pa.field("trace_state", pa.string()),
        pa.field("flags", pa.uint32()),
        pa.field("name", INTERNED),
        pa.field("kind", pa.int32()),
        pa.field("start_time_unix_nano", pa.uint64()),
        pa.field("end_time_unix_nano", pa.uint64()),
        pa.field("attributes", ATTRIBUTES),
        pa.field("dropped_attributes_count", pa.uint32()),
        pa.field("dropped_events_count", pa.uint32()),
        pa.field("dropped_links_count", pa.uint32()),
        pa.field("status_message", pa.string()),
        pa.field("status_code", pa.int32()),
        *LIFT_FIELDS,
        *_REDACTION_FIELDS,
    ]
)
_EVENT = pa.schema(
    [
        pa.field("record", pa.int32()),
        pa.field("time_unix_nano", pa.uint64()),
        pa.field("name", INTERNED),
        pa.field("attributes", ATTRIBUTES),
        pa.field("dropped_attributes_count", pa.uint32()),
        *LIFT_FIELDS,
    ]
)
_LINK = pa.schema(
    [
        ("record", pa.int32()),
        ("trace_id", _TRACE_ID),
        ("span_id", _SPAN_ID),
        ("trace_state", pa.string()),
        ("attributes", ATTRIBUTES),
        ("dropped_attributes_count", pa.uint32()),
        ("flags", pa.uint32()),
    ]
)
_LOG = pa.schema(
    [
        pa.field("resource", pa.int32()),
        pa.field("scope", pa.int32()),
        pa.field("time_unix_nano", pa.uint64()),
        pa.field("observed_time_unix_nano", pa.uint64()),
        pa.field("severity_number", pa.int32()),
        pa.field("severity_text", INTERNED),
        pa.field("body_type", pa.uint8()),
        pa.field("body", pa.string()),
        pa.field("attributes", ATTRIBUTES),
        pa.field("dropped_attributes_count", pa.uint32()),
        pa.field("flags", pa.uint32()),
        pa.field("trace_id", _TRACE_ID),
        pa.field("span_id", _SPAN_ID),
        pa.field("event_name", INTERNED),
        *LIFT_FIELDS,
        *_REDACTION_FIELDS,
    ]
)

_METRIC = pa.schema(
    [
        ("scope", pa.int32()),
        ("name", INTERNED),
        ("description", pa.string()),
        ("unit", INTERNED),
        ("kind", pa.uint8()),  # a MetricKind
        ("aggregation_temporality", pa.int32()),  # zero where the kind has none
        ("is_monotonic", pa.bool_()),  # false where the kind has none
        ("attributes", ATTRIBUTES),
    ]
)
_VALUE_FIELDS = (
    pa.field("value_type", pa.uint8()),  # ValueType.DOUBLE, INT, or EMPTY where no value was sent
    pa.field("value_double", pa.float64()),  # null but for DOUBLE
    pa.field("value_int", pa.int64()),  # null but for INT
)
_BUCKET_COUNTS = pa.list_(pa.uint64())
_DATA_POINT = pa.schema(
    [
        pa.field("resource", pa.int32()),
        pa.field("scope", pa.int32()),
        pa.field("metric", pa.int32()),
        pa.field("start_time_unix_nano", pa.uint64()),
        pa.field("time_unix_nano", pa.uint64()),
        pa.field("flags", pa.uint32()),
        pa.field("attributes", ATTRIBUTES),
        # gauge and sum
        *_VALUE_FIELDS,
        # histogram, exponential histogram and summary; what may be absent is null
        pa.field("count", pa.uint64()),
        pa.field("sum", pa.float64()),
        pa.field("min", pa.float64()),
        pa.field("max", pa.float64()),
        # histogram
        pa.field("bucket_counts", _BUCKET_COUNTS),
        pa.field("explicit_bounds", pa.list_(pa.float64())),
        # exponential histogram
        pa.field("scale", pa.int32()),
        pa.field("zero_count", pa.uint64()),
        pa.field("zero_threshold", pa.float64()),
        pa.field("positive_offset", pa.int32()),
        pa.field("positive_bucket_counts", _BUCKET_COUNTS),
        pa.field("negative_offset", pa.int32()),
        pa.field("negative_bucket_counts", _BUCKET_COUNTS),
        # summary
        pa.field("quantile_values", pa.list_(pa.struct([("quantile", pa.float64()), ("value", pa.float64())]))),
        *LIFT_FIELDS,
        *_REDACTION_FIELDS,
    ]
)
_EXEMPLAR = pa.schema(
    [
        pa.field("record", pa.int32()),
        pa.field("time_unix_nano", pa.uint64()),
        *_VALUE_FIELDS,
        pa.field("trace_id", _TRACE_ID),
        pa.field("span_id", _SPAN_ID),
        pa.field("attributes", ATTRIBUTES),
        *LIFT_FIELDS,
    ]
)

SCHEMAS: Mapping[Signal, Mapping[Level, pa.Schema]] = MappingProxyType(
    {
        Signal.TRACES: MappingProxyType(
            {
                Level.RESOURCE: _RESOURCE,
                Level.SCOPE: _SCOPE,
                Level.RECORD: _SPAN,
                Level.EVENT: _EVENT,
                Level.LINK: _LINK,
            }
        ),
        Signal.LOGS: MappingProxyType({Level.RESOURCE: _RESOURCE, Level.SCOPE: _SCOPE, Level.RECORD: _LOG}),
        Signal.METRICS: MappingProxyType(
            {
                Level.RESOURCE: _RESOURCE,
                Level.SCOPE: _SCOPE,
                Level.METRIC: _METRIC,
                Level.RECORD: _DATA_POINT,
                Level.EXEMPLAR: _EXEMPLAR,
            }
        ),
    }
)
"""The schema of each level's table, by signal."""
