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
    "fields",
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
    return list(_paths(request, 0, numbers))


def _paths(message: Any, depth: int, numbers: bool) -> Iterator[Position]:
    depth += message.name == "AnyValue"
    if depth > _DEPTH:
        return
    for field in message.fields:
        if field.message_type is not None:
            yield from ((field.name, *rest) for rest in _paths(field.message_type, depth, numbers))
        elif (field.type in _TEXT and field.name not in IDS) or (numbers and field.name in NUMBERS):
            yield (field.name,)


def fields(request: Any) -> list[str]:
    """Answer all fields of all messages below a request, sorted: ``opentelemetry.proto.trace.v1.Span.name: string``.

    A field's type is protobuf's own name of it, a message's its name, after "repeated" if there can be several.
    """
    seen: dict[str, Any] = {}
    waiting = [request]
    while waiting:
        message = waiting.pop()
        if message.full_name not in seen:
            seen[message.full_name] = message
            waiting += [field.message_type for field in message.fields if field.message_type is not None]
    return sorted(
        f"{message.full_name}.{field.name} = {field.number}: {_type(field)}"
        for message in seen.values()
        for field in message.fields
    )


def _type(field: Any) -> str:
    inner = field.message_type or field.enum_type
    name = inner.full_name if inner else _SCALARS[field.type]
    return f"repeated {name}" if field.is_repeated else name


_SCALARS = {
    value: name.removeprefix("TYPE_").lower()
    for name, value in vars(FieldDescriptor).items()
    if name.startswith("TYPE_")
}


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


def put(request: Any, signal: Signal, position: Position, text: str, number: int, time_unix_nano: int) -> None:
    """Add a numbered record, in a resource of its own, with a text in one position.

    A position of a number takes the number in the text. Raises ValueError where the text has none.
    """
    kind = next(iter(_KINDS.intersection(position)), None)
    group, _, _ = new_record(request, signal, number, time_unix_nano, kind)
    _put(group, position[1:], text)


def _put(message: Any, path: Sequence[str], text: str) -> None:
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
        _put(child, rest, text)
    elif field.is_repeated:
        getattr(message, name).append(text.encode() if field.type == field.TYPE_BYTES else text)
    elif field.type == field.TYPE_BYTES:
        setattr(message, name, text.encode())
    elif name in NUMBERS:
        digits = "".join(one for one in text if one.isdecimal())
        setattr(message, name, int(digits) if name == "int_value" else float(digits))
    else:
        setattr(message, name, text)


def read(message: Any, path: Sequence[str]) -> list[str]:
    """Answer the texts at a position of a request or of a message below it."""
    name, *rest = path
    if name not in message.DESCRIPTOR.fields_by_name:
        return []
    field, value = message.DESCRIPTOR.fields_by_name[name], getattr(message, name)
    found = list(value) if field.is_repeated else [value]
    if rest:
        return [text for one in found for text in read(one, rest)]
    return [one.decode(errors="replace") if isinstance(one, bytes) else str(one) for one in found]
