"""What is written from the registry and kept in the repository: constants, the reference page and the JSON Schema."""

import inspect
import json
import re
from typing import Any

from pydantic.json_schema import models_json_schema

from otel_lift.semconv.columns import COLUMNS, Column
from otel_lift.semconv.common import LiftEvent
from otel_lift.semconv.declare import Group
from otel_lift.semconv.registry import ATTRIBUTES, EVENTS, FieldSpec, fields_of

__all__ = ["attributes_module", "json_schema", "reference_page"]

_KINDS = {str: "string", int: "int", float: "double", bool: "bool", tuple: "string[]"}

_PAGE_HEAD = """\
# Events and attributes

Written from the registry `otel_lift.semconv` by `make docs`; a test fails when it is out of date.

An event travels as an OTLP log record with `event_name` = `lift.<event>`, or as a span or span event with the
attribute `lift.event` = `<event>`. Attributes are OpenTelemetry's own where one exists. Privacy classes: `public`
values are kept on an anonymised record; `pseudonym`, `personal` and `secret` ones are not. A unit is a UCUM code. A
field goes to its column of `lift_events`, or without one to the map `properties`.
"""


def attributes_module() -> str:
    """Answer the source of `otel_lift.semconv.attributes`: one constant an attribute."""
    constants = {_constant(name): name for name in sorted(ATTRIBUTES)}
    exported = "\n".join(f'    "{constant}",' for constant in sorted(constants))
    lines = "\n".join(f'{constant}: Final = "{name}"' for constant, name in sorted(constants.items()))
    return (
        '"""Names of the attributes that carry the fields of Lift events.\n\n'
        "Written from the registry by `make docs`; edit the events instead.\n"
        '"""\n\n'
        "from typing import Final\n\n"
        f"__all__ = [\n{exported}\n]\n\n{lines}\n"
    )


def _constant(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "_", name).upper()


def json_schema() -> str:
    """Answer the JSON Schema (2020-12) of a plain JSON event: `event` names it, `data` holds its fields."""
    definitions = _definitions()
    variants = [
        {
            "type": "object",
            "description": _summary(event),
            "properties": {"event": {"const": name}, "data": {"$ref": f"#/$defs/{event.__name__}"}},
            "required": ["event"] + ["data"] * any(spec.required for spec in fields_of(event)),
            "x-priority": event.spec.priority or "by severity",
            "x-consent": event.spec.consent,
            "x-category": event.spec.group,
        }
        for name, event in EVENTS.items()
    ]
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Lift event",
        "oneOf": variants,
        "$defs": definitions,
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _definitions() -> dict[str, Any]:
    """Schemas of the events by class name; the common fields stand only in that of `LiftEvent`."""
    models: list[type[LiftEvent]] = [LiftEvent, *EVENTS.values()]
    definitions: dict[str, Any] = models_json_schema([(model, "validation") for model in models])[1]["$defs"]
    for definition in definitions.values():
        for described in (definition, *definition["properties"].values()):
            described.pop("title", None)
        del definition["additionalProperties"]
    common = definitions["LiftEvent"]["properties"]
    for name, definition in definitions.items():
        if name != "LiftEvent":
            own = {field: schema for field, schema in definition["properties"].items() if schema != common.get(field)}
            definition |= {"$ref": "#/$defs/LiftEvent", "properties": own, "unevaluatedProperties": False}
    return definitions


def reference_page() -> str:
    """Answer the Markdown page of all events, their fields and the columns of `lift_events`."""
    parts = [_PAGE_HEAD, "## Common to every event\n", _table(fields_of(LiftEvent))]
    for group in Group:
        parts.append(f"## {group.value.capitalize()}\n")
        parts += [_event(event) for event in EVENTS.values() if event.spec.group is group]
    parts += ["## Columns of `lift_events`\n", _columns()]
    return "\n".join(parts)


def _event(event: type[LiftEvent]) -> str:
    spec = event.spec
    priority = spec.priority.value if spec.priority else "by severity"
    common = LiftEvent.model_fields
    own = [field for field in fields_of(event) if field.required or field.name not in common]
    head = f"### {spec.name}\n\n{_summary(event)}\n\nPriority: {priority}. Consent: {spec.consent.value}.\n"
    return f"{head}\n{_table(own)}" if own else head


def _summary(event: type[LiftEvent]) -> str:
    return (inspect.getdoc(event) or "").replace("\n", " ")


def _table(fields: list[FieldSpec] | tuple[FieldSpec, ...]) -> str:
    rows = [
        "| field | attribute | type | unit | required | privacy | column | meaning |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for field in fields:
        attr = field.attr
        cells = (
            f"`{field.name}`",
            f"`{attr.name}`",
            _KINDS[field.kind],
            f"`{attr.unit}`" if attr.unit else "",
            "yes" if field.required else "",
            attr.privacy.value,
            f"`{attr.column}`" if attr.column else "",
            _meaning(field),
        )
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def _meaning(field: FieldSpec) -> str:
    attr = field.attr
    sentences = [attr.doc]
    if field.allowed:
        sentences.append("One of " + _listed(field.allowed) + ".")
    if attr.values:
        sentences.append("Known values: " + _listed(attr.values) + ".")
    if attr.limit:
        sentences.append(f"Cut after {attr.limit} characters.")
    if attr.buckets:
        sentences.append("Kept as the largest of " + ", ".join(map(str, attr.buckets)) + " that is not greater.")
    return " ".join(sentences)


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _columns() -> str:
    rows = ["| column | type | privacy | filled from | meaning |", "| --- | --- | --- | --- | --- |"]
    rows += [
        f"| `{column.name}` | {column.type} | {column.privacy.value} | {_sources(column)} | {column.doc} |"
        for column in COLUMNS.values()
    ]
    return "\n".join(rows) + "\n"


def _sources(column: Column) -> str:
    if not column.sources:
        return "the gateway"
    return ", ".join(
        f"`{source.attribute}`" + (f" x {source.scale:g}" if source.scale != 1 else "") for source in column.sources
    )
