"""The typed columns of `lift_events`, each with the attributes that fill it.

A field goes to a column by naming it (`Attr.column`); a field that names none goes to the map `properties`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from otel_lift.semconv.declare import Privacy
from otel_lift.semconv.registry import ATTRIBUTES, privacy_class

__all__ = ["COLUMNS", "Column", "ColumnType", "Source"]

ColumnType = Literal[
    "bool", "float64", "int64", "lowcardinality", "string", "timestamp_ns", "uint16", "uint32", "uint64", "uint8"
]
"""What a column holds, in no engine's words; `lowcardinality` is a string of few distinct values."""

_MILLISECONDS = {"ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Source:
    """An attribute that fills a column; its number times `scale` is in the column's unit."""

    attribute: str
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Column:
    """A typed column. The first of `sources` that a record has fills it; without sources the gateway itself does."""

    name: str
    type: ColumnType
    doc: str
    privacy: Privacy
    unit: str = ""
    sources: tuple[Source, ...] = ()


# What the gateway itself knows of an event, with the privacy class of what it writes.
_GATEWAY: tuple[tuple[str, ColumnType, str, Privacy], ...] = (
    ("event", "lowcardinality", "Bare name of the event.", Privacy.PUBLIC),
    ("event_time", "timestamp_ns", "When it happened, by the client's clock.", Privacy.PUBLIC),
    ("receive_time", "timestamp_ns", "When the gateway received it, by its own clock.", Privacy.PUBLIC),
    ("priority", "lowcardinality", "How soon a person should look.", Privacy.PUBLIC),
    ("category", "lowcardinality", "The event's group in the catalogue.", Privacy.PUBLIC),
    ("subject", "string", "Pseudonym of the person, of the key's epoch.", Privacy.PSEUDONYM),
    ("subject_key", "lowcardinality", "Id of the key that made the subject.", Privacy.PUBLIC),
    ("tenant", "lowcardinality", "Whose app it is.", Privacy.PUBLIC),
    ("service", "lowcardinality", "The resource's `service.name`.", Privacy.PUBLIC),
    ("trace_id", "string", "Trace in which it happened, hexadecimal.", Privacy.PUBLIC),
    ("span_id", "string", "Span in which it happened, hexadecimal.", Privacy.PUBLIC),
    ("template", "string", "The message with its parameters as placeholders.", Privacy.PUBLIC),
    ("fingerprint", "string", "The error pattern, 64 hexadecimal digits.", Privacy.PUBLIC),
    ("sampled", "bool", "The payload of this event was sampled away.", Privacy.PUBLIC),
    (
        "consent",
        "lowcardinality",
        "The decision on consent: granted, granted_by_record, denied or not_required.",
        Privacy.PUBLIC,
    ),
    ("validation", "lowcardinality", "What is wrong with the event, empty where nothing is.", Privacy.PUBLIC),
)

# Columns that attributes fill: name, type, unit, and attributes that come after the registry's own.
_FILLED: tuple[tuple[str, ColumnType, str, tuple[str, ...]], ...] = (
    ("event_id", "string", "", ("log.record.uid",)),
    ("severity", "lowcardinality", "", ()),
    ("session_id", "string", "", ()),
    ("address", "string", "", ()),
    ("environment", "lowcardinality", "", ("deployment.environment",)),
    ("app_version", "lowcardinality", "", ()),
    ("platform", "lowcardinality", "", ()),
    ("device_type", "lowcardinality", "", ()),
    ("user_type", "lowcardinality", "", ()),
    ("locale", "lowcardinality", "", ("browser.language",)),
    ("endpoint", "lowcardinality", "", ("url.template",)),
    ("method", "lowcardinality", "", ("http.method",)),
    ("status", "uint16", "", ("http.status_code",)),
    ("error_type", "lowcardinality", "", ("exception.type",)),
    ("error_code", "lowcardinality", "", ("db.response.status_code",)),
    ("message", "string", "", ("error.message",)),
    ("page", "lowcardinality", "", ()),
    ("from_page", "lowcardinality", "", ()),
    ("action", "lowcardinality", "", ()),
    ("feature", "lowcardinality", "", ()),
    ("reason", "lowcardinality", "", ()),
    ("outcome", "lowcardinality", "", ()),
    ("duration_ms", "float64", "ms", ()),
    ("retry_count", "uint32", "", ()),
    ("attempts", "uint32", "", ()),
    ("fallback_used", "lowcardinality", "", ()),
    ("cache_key", "lowcardinality", "", ()),
    ("cache_hit", "bool", "", ()),
    ("db_operation", "lowcardinality", "", ()),
    ("db_table", "lowcardinality", "", ()),
    ("channel", "lowcardinality", "", ()),
    ("provider", "lowcardinality", "", ()),
    ("entity", "lowcardinality", "", ()),
    ("user_blocked", "bool", "", ()),
    ("workflow_failed", "bool", "", ()),
    ("data_loss", "bool", "", ()),
    ("recovery_attempted", "bool", "", ()),
    ("recovery_successful", "bool", "", ()),
    ("recovery_method", "lowcardinality", "", ()),
    ("workflow_id", "string", "", ()),
    ("agent_id", "lowcardinality", "", ()),
    ("ai_provider", "lowcardinality", "", ("gen_ai.system",)),
    ("ai_model", "lowcardinality", "", ("gen_ai.response.model",)),
    ("conversation_id", "string", "", ()),
    ("input_tokens", "uint64", "{token}", ()),
    ("output_tokens", "uint64", "{token}", ()),
    ("cost_usd", "float64", "USD", ()),
    ("helpful", "bool", "", ()),
    ("trial_type", "lowcardinality", "", ()),
    ("days_used", "uint32", "d", ()),
    ("converted", "bool", "", ()),
    ("pages_visited", "uint32", "", ()),
    ("api_calls", "uint32", "", ()),
    ("errors_encountered", "uint32", "", ()),
    ("form", "lowcardinality", "", ()),
    ("job", "lowcardinality", "", ()),
    ("source", "lowcardinality", "", ()),
    ("round", "uint8", "", ()),
    ("phase", "lowcardinality", "", ()),
    ("mood", "uint8", "", ()),
    ("microact_category", "lowcardinality", "", ()),
    ("wave_id", "string", "", ()),
    ("rating", "uint32", "", ()),
    ("interaction_type", "lowcardinality", "", ()),
    ("flow", "lowcardinality", "", ()),
    ("step", "lowcardinality", "", ()),
    ("completed", "bool", "", ()),
    ("accepted", "bool", "", ()),
    ("score", "float64", "", ()),
    ("score_before", "float64", "", ()),
    ("stakeholder", "lowcardinality", "", ()),
    ("experiment", "lowcardinality", "", ()),
    ("variant", "lowcardinality", "", ()),
)

_STRICTEST = tuple(Privacy)


def _filled(name: str, kind: ColumnType, unit: str, also: tuple[str, ...]) -> Column:
    own = [attr for attr in ATTRIBUTES.values() if attr.column == name]
    sources = [Source(attr.name, _scale(attr.unit) if unit == "ms" else 1.0) for attr in own]
    classes = [attr.privacy for attr in own] + [privacy_class(key) or Privacy.PERSONAL for key in also]
    return Column(
        name,
        kind,
        own[0].doc,
        max(classes, key=_STRICTEST.index),
        unit,
        (*sources, *(Source(key) for key in also)),
    )


def _scale(unit: str) -> float:
    return _MILLISECONDS[unit]


COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        column.name: column
        for column in (
            *(Column(name, kind, doc, privacy) for name, kind, doc, privacy in _GATEWAY),
            *(_filled(*declared) for declared in _FILLED),
        )
    }
)
"""The typed columns by name, in the order of the table; `properties` (a map) takes the rest."""
