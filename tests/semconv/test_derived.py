"""What is derived from the registry and kept in the repository is up to date."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from otel_lift.semconv import ATTRIBUTES, COLUMNS, EVENTS, attributes, fields_of
from otel_lift.semconv.documents import attributes_module, json_schema, reference_page

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("path", "make"),
    [
        ("otel_lift/semconv/attributes.py", attributes_module),
        ("docs/reference/events.md", reference_page),
        ("docs/reference/events.schema.json", json_schema),
    ],
)
def test_a_derived_file_is_up_to_date(path: str, make: Callable[[], str]) -> None:
    """The committed file is what the registry makes now; if not, run `make docs`."""
    assert (ROOT / path).read_text(encoding="utf-8") == make()


def test_each_attribute_has_a_constant() -> None:
    """The constants module names every attribute of the registry, and no other."""
    assert {getattr(attributes, name) for name in attributes.__all__} == set(ATTRIBUTES)
    assert attributes.HTTP_ROUTE == "http.route"


def test_the_page_shows_every_event_field_and_column() -> None:
    """The reference page has a heading an event, and a row for each of its attributes and for each column."""
    page = reference_page()
    for name, event in EVENTS.items():
        assert f"### {name}\n" in page
        assert all(f"| `{field.attr.name}` |" in page for field in fields_of(event))
    assert all(f"| `{name}` | {column.type} |" in page for name, column in COLUMNS.items())


def test_the_schema_describes_every_event() -> None:
    """The JSON Schema has a variant an event, whose data needs exactly the required fields."""
    schema = json.loads(json_schema())
    variants = {variant["properties"]["event"]["const"]: variant for variant in schema["oneOf"]}
    assert set(variants) == set(EVENTS)
    for name, event in EVENTS.items():
        data = schema["$defs"][event.__name__]
        required = [field.name for field in fields_of(event) if field.required]
        assert sorted(data.get("required", [])) == sorted(required)
        assert ("data" in variants[name]["required"]) == bool(required)
        assert data["unevaluatedProperties"] is False


def test_the_schema_keeps_privacy_classes_and_units() -> None:
    """A property of the JSON Schema says by which attribute it travels, its privacy class and its unit."""
    amount = json.loads(json_schema())["$defs"]["PaymentError"]["properties"]["amount"]["anyOf"][0]
    assert amount["x-attribute"] == "lift.amount"
    assert amount["x-privacy"] == "pseudonym"
    assert amount["x-unit"] == "{cent}"
    assert amount["x-buckets"][0] == 0
