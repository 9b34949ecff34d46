"""How an event and its fields are declared: the words of the registry."""

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

__all__ = ["Attr", "Consent", "EventSpec", "Group", "Priority", "Privacy", "Severity"]

Severity = Literal["low", "medium", "high", "critical"]
"""How much an event hurts the user it happened to."""


class Privacy(StrEnum):
    """What a value can tell about a person; only `PUBLIC` ones are kept on an anonymised record."""

    PUBLIC = "public"  # about the app, never about a person
    PSEUDONYM = "pseudonym"  # leads to a person only together with a key or another table
    PERSONAL = "personal"  # is, or can hold, personal data: raw ids, addresses, free text
    SECRET = "secret"  # noqa: S105 - the name of a class, not a secret


class Consent(StrEnum):
    """The consent categories; `ESSENTIAL` needs no consent but is anonymised without it."""

    ESSENTIAL = "essential"
    ANALYTICS = "analytics"
    PERSONALIZATION = "personalization"
    MARKETING = "marketing"


class Priority(StrEnum):
    """How soon a person should look: at once, soon, daily, weekly."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Group(StrEnum):
    """The catalogue's groups; the value stands in the column `category`."""

    FAILURES = "failures"
    BEHAVIOUR = "behaviour"
    PERFORMANCE = "performance"
    OUTCOMES = "outcomes"


@dataclass(frozen=True, slots=True)
class EventSpec:
    """What is known of an event besides its fields. A `priority` of None means that of the event's severity."""

    name: str
    group: Group
    priority: Priority | None
    consent: Consent


@dataclass(frozen=True, slots=True)
class Attr:
    """The attribute that carries a field; stands in the field's `Annotated` type.

    `unit` is a UCUM code. `column` is the typed column of `lift_events` that the attribute feeds (see
    `otel_lift.semconv.columns`); without one the value goes to `properties`. `values` are the known values of an open
    set (a closed set is a `Literal` type). A text longer than `limit` characters is cut there. A number with `buckets`
    (ascending) is replaced by the largest of them that is not greater, so that the exact number is never sent.
    """

    name: str
    doc: str
    privacy: Privacy = Privacy.PUBLIC
    unit: str = ""
    column: str = ""
    values: tuple[str, ...] = ()
    limit: int = 0
    buckets: tuple[int, ...] = ()

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Cut or bucket the value after pydantic has checked its type."""
        schema = handler(source)
        if self.limit:
            return core_schema.no_info_after_validator_function(self._cut, schema)
        if self.buckets:
            return core_schema.no_info_after_validator_function(self._bucket, schema)
        return schema

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add what JSON Schema has no word for as `x-` annotations."""
        described = handler(schema) | {
            "description": self.doc,
            "x-attribute": self.name,
            "x-privacy": self.privacy.value,
        }
        if self.values:
            described["examples"] = list(self.values)
        extras = {"x-unit": self.unit, "x-column": self.column, "x-limit": self.limit, "x-buckets": list(self.buckets)}
        return described | {name: value for name, value in extras.items() if value}

    def _cut(self, text: str) -> str:
        return text[: self.limit]

    def _bucket(self, number: int) -> int:
        return self.buckets[max(bisect_right(self.buckets, number) - 1, 0)]
