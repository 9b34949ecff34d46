"""Every place of an OTLP export request where a client's text can stand, from the protocol's own descriptors."""

from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from otel_lift.batch import MetricKind, Signal

__all__ = [
    "IDS",
    "NUMBERS",
    "Position",
    "attributes_of",
    "leaves",
    "new_record",
    "positions",
    "put",
    "read",
]

Position = tuple[str, ...]
"""The names of the fields from the request down to a text."""

IDS = frozenset({"trace_id", "span_id", "parent_span_id"})
"""Bytes of a fixed length that are no text."""
NUMBERS = frozenset({"int_value", "double_value"})
"""Values that are numbers, of which some are personal (a card's)."""

_RECORDS = {
    Signal.TRACES: ("resource_spans", "scope_spans", "spans"),
    Signal.LOGS: ("resource_logs", "scope_logs", "log_records"),
    Signal.METRICS: ("resource_metrics", "scope_metrics", "metrics"),
}
_KINDS = frozenset(kind.name.lower() for kind in MetricKind)
_DEPTH = 3  # values inside values
_TEXT = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)


def positions(request: Any, *, numbers: bool = False) -> list[Position]:
    """Answer the path of each string or bytes field below a request but ids, values inside values included.

    `request` is the descriptor of its message. With `numbers`, the values that are numbers too.
    """
    return [
        path
        for path, field in _leaves(request, 0)
        if (field.type in _TEXT and field.name not in IDS) or (numbers and field.name in NUMBERS)
    ]


def leaves(request: Any) -> list[tuple[Position, Any]]:
    """Answer the path and the descriptor of each field below a request that is no message, values included."""
    return list(_leaves(request, 0))


def _leaves(message: Any, depth: int) -> Iterator[tuple[Position, Any]]:
    depth += message.name == "AnyValue"
    if depth > _DEPTH:
        return
    for field in message.fields:
        if field.message_type is None:
            yield (field.name,), field
        else:
            yield from (((field.name, *rest), leaf) for rest, leaf in _leaves(field.message_type, depth))


def new_record(
    request: Any, signal: Signal, number: int, time_unix_nano: int, kind: str | None = None
) -> tuple[Any, Any, Any]:
    """Add a record in a resource and a scope of its own; answers (resource group, scope group, record).

    The number is its trace id; of a data point, which is of a metric of `kind` (``gauge`` by default), the second of
    its start.
    """
    groups, parts, records = _RECORDS[signal]
    group = getattr(request, groups).add()
    part = getattr(group, parts).add()
    record = getattr(part, records).add()
    if signal is Signal.METRICS:
        record = getattr(record, kind or "gauge").data_points.add()
        record.start_time_unix_nano, record.time_unix_nano = number * 10**9, time_unix_nano
        return group, part, record
    record.trace_id, record.span_id = number.to_bytes(16), number.to_bytes(8)
    if signal is Signal.TRACES:
        record.start_time_unix_nano = time_unix_nano
    else:
        record.time_unix_nano, record.severity_number = time_unix_nano, 17
    return group, part, record


def attributes_of(message: Any) -> Any:
    """Answer the attributes of a message of any level."""
    return getattr(
        message, {"Metric": "metadata", "Exemplar": "filtered_attributes"}.get(message.DESCRIPTOR.name, "attributes")
    )


def put(request: Any, signal: Signal, position: Position, value: Any, number: int, time_unix_nano: int) -> None:
    """Add a numbered record, in a resource of its own, with a value in one position.

    A position of bytes takes a text in UTF-8, and one of a number the number that a text's digits are. Raises
    ValueError where the text has none.
    """
    kind = next(iter(_KINDS.intersection(position)), None)
    group, _, _ = new_record(request, signal, number, time_unix_nano, kind)
    _put(group, position[1:], value)


def _put(message: Any, path: Sequence[str], value: Any) -> None:
    name, *rest = path
    field = message.DESCRIPTOR.fields_by_name[name]
    if rest:
        child = getattr(message, name)
        if field.is_repeated:
            child = child[0] if len(child) else child.add()
        child.SetInParent()
        if child.DESCRIPTOR.name == "KeyValue":
            child.key = "note"
            child.value.string_value = "x"
        _put(child, rest, value)
        return
    if isinstance(value, str) and field.type == field.TYPE_BYTES:
        value = value.encode()
    elif isinstance(value, str) and name in NUMBERS:
        digits = "".join(one for one in value if one.isdecimal())
        value = int(digits) if name == "int_value" else float(digits)
    if field.is_repeated:
        getattr(message, name).append(value)
    else:
        setattr(message, name, value)


def read(message: Any, path: Sequence[str]) -> list[Any]:
    """Answer the values at a position of a request or of a message below it, none of a field it does not have."""
    name, *rest = path
    if name not in message.DESCRIPTOR.fields_by_name:
        return []
    field, value = message.DESCRIPTOR.fields_by_name[name], getattr(message, name)
    found = list(value) if field.is_repeated else [value]
    if rest:
        return [value for one in found for value in read(one, rest)]
    return found
