"""The registry: every event of the catalogue, its fields, and what is looked up by event or by attribute."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, ModuleType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from otel_lift.semconv import behaviour, community, failures, outcomes, performance, user_errors
from otel_lift.semconv.common import LiftEvent
from otel_lift.semconv.declare import Attr, Consent, Priority, Privacy
from otel_lift.semconv.standard import STANDARD

__all__ = [
    "ATTRIBUTES",
    "BAGGAGE_PREFIX",
    "BUCKETS",
    "EVENTS",
    "PUBLIC_ATTRIBUTES",
    "FieldSpec",
    "consent_category",
    "fields_of",
    "priority",
    "privacy_class",
]

_MODULES = (failures, user_errors, behaviour, community, performance, outcomes)


def _declared_in(module: ModuleType) -> Iterator[type[LiftEvent]]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, LiftEvent) and value is not LiftEvent:
            yield value


EVENTS: Mapping[str, type[LiftEvent]] = MappingProxyType(
    {event.spec.name: event for module in _MODULES for event in _declared_in(module)}
)
"""Every event by its bare name (`api_error`), in the catalogue's order."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field of an event: its name in the model, its attribute, and what its value may be.

    `kind` is the Python type on the wire: str, int, float, bool, or tuple (of str). `allowed` are the values of a
    closed set, empty where any value will do.
    """

    name: str
    attr: Attr
    kind: type
    required: bool
    allowed: tuple[str, ...] = ()


@cache
def fields_of(event: type[LiftEvent]) -> tuple[FieldSpec, ...]:
    """Answer the fields of an event, its own first and then those that every event has."""
    specs = [
        _field(name, info.annotation, info.metadata, required=info.is_required())
        for name, info in event.model_fields.items()
    ]
    return tuple(sorted(specs, key=lambda spec: spec.name in LiftEvent.model_fields and not spec.required))


def _field(name: str, annotation: Any, metadata: list[Any], *, required: bool) -> FieldSpec:
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(member for member in get_args(annotation) if member is not type(None))
    if get_origin(annotation) is Annotated:
        annotation, *metadata = get_args(annotation)
    attr = next(item for item in metadata if isinstance(item, Attr))
    if get_origin(annotation) is Literal:
        return FieldSpec(name, attr, str, required, get_args(annotation))
    kind = str if annotation is UUID else get_origin(annotation) or annotation
    return FieldSpec(name, attr, kind, required)


def _attributes() -> dict[str, Attr]:
    found: dict[str, Attr] = {}
    for event in EVENTS.values():
        for spec in fields_of(event):
            found.setdefault(spec.attr.name, spec.attr)
    return found


ATTRIBUTES: Mapping[str, Attr] = MappingProxyType(_attributes())
"""Every attribute that carries a field, by name; where events describe it differently, as its first event does."""

_PRIVACY: Mapping[str, Privacy] = {**STANDARD} | {name: attr.privacy for name, attr in ATTRIBUTES.items()}

PUBLIC_ATTRIBUTES: frozenset[str] = frozenset(name for name, privacy in _PRIVACY.items() if privacy is Privacy.PUBLIC)
"""The attributes that an anonymised record keeps: the registry's and OpenTelemetry's own of class `public`."""

BAGGAGE_PREFIX = "baggage."
"""What stands before an attribute's name where an app copied W3C baggage into attributes."""

BUCKETS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {name: attr.buckets for name, attr in ATTRIBUTES.items() if attr.buckets}
)
"""The attributes whose exact number is never stored, with the lower bounds of their buckets, ascending."""


def privacy_class(key: str) -> Privacy | None:
    """Answer the privacy class of an attribute, None if it is unknown; an unknown one is not to be taken as public."""
    return _PRIVACY.get(key)


def consent_category(event: str) -> Consent | None:
    """Answer the consent category that an event needs, None if it is unknown."""
    known = EVENTS.get(event)
    return known.spec.consent if known else None


def priority(event: str, severity: str | None = None) -> Priority | None:
    """Answer an event's priority, None if it is unknown; `severity` decides where the event leaves it open.

    An event whose priority is its severity, but that has no valid one, is `medium`.
    """
    known = EVENTS.get(event)
    if known is None:
        return None
    if known.spec.priority is not None:
        return known.spec.priority
    return Priority(severity) if severity in _PRIORITIES else Priority.MEDIUM


_PRIORITIES = frozenset(Priority)
