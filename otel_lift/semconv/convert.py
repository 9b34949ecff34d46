"""Events to OTLP attributes and back."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from pydantic import ValidationError

from otel_lift.errors import DecodeError
from otel_lift.semconv.common import LiftEvent
from otel_lift.semconv.registry import EVENTS, fields_of

__all__ = ["AttributeValue", "from_attributes", "to_attributes"]

AttributeValue = str | bool | int | float | Sequence[str]
"""What the value of an event's attribute can be."""


def to_attributes(event: LiftEvent) -> dict[str, AttributeValue]:
    """Answer the attributes that carry an event's fields (not its name); a field that is not set has none."""
    attributes: dict[str, AttributeValue] = {}
    for spec in fields_of(type(event)):
        value = getattr(event, spec.name)
        if value is not None:
            attributes[spec.attr.name] = str(value) if isinstance(value, UUID) else value
    return attributes


def from_attributes(name: str, attributes: Mapping[str, object]) -> LiftEvent:
    """Make the event `name` (bare, or as ``lift.<event>``) from the attributes of a record; others are passed over.

    Raises `DecodeError`, which names the attributes that are wrong but never a value, if the event is unknown or a
    required attribute is missing or a value is not what its field takes.
    """
    bare = name.removeprefix("lift.")
    known = EVENTS.get(bare)
    if known is None:
        raise DecodeError("no such event; the names are the keys of otel_lift.semconv.EVENTS")
    specs = fields_of(known)
    values = {spec.name: attributes[spec.attr.name] for spec in specs if spec.attr.name in attributes}
    try:
        return known.model_validate(values)
    except ValidationError as error:
        names = {spec.name: spec.attr.name for spec in specs}
        wrong = "; ".join(f"{names[str(item['loc'][0])]}: {item['type']}" for item in error.errors())
        # The chain is cut because pydantic's message can quote a part of what was sent.
        raise DecodeError(f"not a valid {bare} event: {wrong}") from None
