"""Events to attributes and back."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from otel_lift.errors import DecodeError
from otel_lift.semconv import (
    EVENTS,
    ApiError,
    ClientError,
    FieldSpec,
    LiftEvent,
    PaymentError,
    UserError,
    fields_of,
    from_attributes,
    to_attributes,
)


def _values(field: FieldSpec, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    schema = schema.get("anyOf", [schema])[0]
    low = schema.get("minimum", 0)
    high = schema.get("maximum", schema.get("exclusiveMaximum", 2**63) - 1)
    by_kind: dict[type, st.SearchStrategy[Any]] = {
        str: st.sampled_from(field.allowed) if field.allowed else st.text(max_size=20),
        int: st.integers(low, high),
        float: st.floats(low, schema.get("maximum"), allow_nan=False, allow_infinity=False),
        bool: st.booleans(),
        tuple: st.lists(st.text(max_size=5), max_size=3).map(tuple),
    }
    return st.uuids() if field.name == "event_id" else by_kind[field.kind]


@st.composite
def events(draw: st.DrawFn) -> LiftEvent:
    """Any event of the catalogue, with any of its optional fields."""
    event = draw(st.sampled_from(list(EVENTS.values())))
    schemas = event.model_json_schema()["properties"]
    values = {
        field.name: draw(_values(field, schemas[field.name]))
        for field in fields_of(event)
        if field.required or draw(st.booleans())
    }
    return event(**values)


@given(events())
def test_an_event_survives_its_way_as_attributes(event: LiftEvent) -> None:
    """What is made from an event's attributes equals the event, whichever it is."""
    assert from_attributes(event.spec.name, to_attributes(event)) == event


@given(events())
def test_attributes_are_what_otlp_can_carry(event: LiftEvent) -> None:
    """Each attribute of an event is text, a number, a bool, or a sequence of text, and none is null."""
    for value in to_attributes(event).values():
        assert isinstance(value, str | int | float | bool) or all(isinstance(item, str) for item in value)


def test_attributes_have_opentelemetrys_names() -> None:
    """A field travels under OpenTelemetry's own name where there is one."""
    event = ApiError(endpoint="/notes/{id}", method="GET", status_code=503, response_time=812.5)
    attributes = to_attributes(event)
    assert UUID(str(attributes.pop("lift.event_id"))) == event.event_id
    assert attributes == {
        "http.route": "/notes/{id}",
        "http.request.method": "GET",
        "http.response.status_code": 503,
        "lift.response_time": 812.5,
    }


def test_other_attributes_of_a_record_are_passed_over() -> None:
    """An event is found among attributes that are none of its own, under its bare or its full name."""
    made = from_attributes("lift.api_error", {"http.route": "/x", "thread.id": 7, "service.name": "web"})
    assert isinstance(made, ApiError)
    assert made.endpoint == "/x"


def test_a_wrong_event_is_refused_by_attribute_without_its_values() -> None:
    """The error names each attribute that is missing or wrong, and shows no value."""
    wrong = {"error.type": "anna@example.com", "lift.event_id": "qqq-secret", "lift.user_blocked": "perhaps"}
    with pytest.raises(DecodeError) as caught:
        from_attributes("user_error", wrong)
    message = str(caught.value)
    assert "error.type: literal_error" in message
    assert "lift.event_id: uuid_parsing" in message
    assert "lift.user_blocked: bool_parsing" in message
    assert not any(value in message for value in wrong.values())
    with pytest.raises(DecodeError, match=r"http\.route: missing"):
        from_attributes("api_error", {})


def test_an_unknown_event_is_refused() -> None:
    """A name that is not in the catalogue raises an error that says where the names are, and does not repeat it."""
    with pytest.raises(DecodeError, match="EVENTS") as caught:
        from_attributes("anna@example.com", {})
    assert "anna" not in str(caught.value)


def test_an_exact_amount_is_never_sent() -> None:
    """An amount becomes the lower bound of its bucket when the event is made, and stays it."""
    amounts = [PaymentError(error_type="declined", amount=cents).amount for cents in (0, 499, 500, 1999, 10**9)]
    assert amounts == [0, 0, 500, 1000, 100_000]


def test_long_text_is_cut() -> None:
    """A stack longer than its limit is cut rather than refused."""
    stack = ClientError(stack="x" * 100_000).stack
    assert stack is not None
    assert len(stack) == 16384


def test_events_are_frozen_and_refuse_what_they_do_not_know() -> None:
    """An event cannot be changed, and a field that it does not have is an error that hides the value."""
    event = UserError(type="validation")
    with pytest.raises(ValidationError):
        event.page = "home"
    with pytest.raises(ValidationError) as caught:
        UserError(type="validation", password="hunter2")  # type: ignore[call-arg]
    assert "hunter2" not in str(caught.value)
