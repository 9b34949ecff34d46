"""From bytes to messages, as strict as OTLP is."""

from typing import Any

from google.protobuf.message import DecodeError as ForeignDecodeError
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from otel_lift.errors import DecodeError

__all__ = ["parse"]


def parse(request: type[Message], payload: bytes) -> Any:
    """Read an export request, or raise DecodeError. Fields that are unknown are dropped.

    Protobuf takes a known field of a wrong wire type for an unknown one. To drop it would lose data in silence, so it
    is refused here; unknown fields are rare, so only their presence, which shows in the size, pays for the search.
    """
    message = _read(request, payload)
    size = message.ByteSize()
    message.DiscardUnknownFields()
    if message.ByteSize() != size:
        _refuse_wrong_types(_read(request, payload))
    return message


def _read(request: type[Message], payload: bytes) -> Message:
    try:
        return request.FromString(payload)
    except ForeignDecodeError as error:
        raise DecodeError(f"not a valid {request.DESCRIPTOR.name}: {error}") from error


def _refuse_wrong_types(message: Message) -> None:
    descriptor = message.DESCRIPTOR
    unknown_fields: Any = UnknownFieldSet(message)
    for unknown in unknown_fields:
        known = descriptor.fields_by_number.get(unknown.field_number)
        if known is not None:
            raise DecodeError(f"field {descriptor.name}.{known.name} has the wrong wire type {unknown.wire_type}")
    for field, value in message.ListFields():
        if field.message_type is not None:
            for child in value if field.is_repeated else (value,):
                _refuse_wrong_types(child)
