"""Plain JSON events."""

import json
import time
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from otlp_clients import JSON, Served

from otel_lift.batch import Signal
from otel_lift.errors import DecodeError
from otel_lift.receivers.otlp.events import events_to_protobuf


def converted(*events: Any) -> Any:
    """Convert events and read the request back."""
    body = json.dumps(events[0] if len(events) == 1 else events).encode()
    return ExportLogsServiceRequest.FromString(events_to_protobuf(body, max_events=10))


def records(*events: Any) -> list[Any]:
    """Answer the log records of events."""
    request = converted(*events)
    return [record for resource in request.resource_logs for record in resource.scope_logs[0].log_records]


def attributes(record: Any) -> dict[str, Any]:
    """Read a record's attributes."""
    return {
        pair.key: getattr(pair.value, pair.value.WhichOneof("value") or "string_value") for pair in record.attributes
    }


def test_over_http(served: Served) -> None:
    """An event that is posted arrives as a log record."""
    reply = served.post("/v1/events", b'{"event": "page_load"}', JSON)
    assert (reply.status, reply.body) == (200, b"{}")
    (request,) = served.sink.requests
    assert request.signal is Signal.LOGS
    message = ExportLogsServiceRequest.FromString(request.payload)
    assert message.resource_logs[0].scope_logs[0].log_records[0].event_name == "lift.page_load"


def test_names_of_attributes() -> None:
    """Fields of the catalogue become their attributes, dotted names stay, and others are of `lift`."""
    event = {
        "event": "api_error",
        "session_id": "s1",
        "user.id": "u1",
        "data": {"endpoint": "/cart", "status_code": 500, "colour": "red", "gone": None},
    }
    (record,) = records(event)
    found = attributes(record)
    UUID(found.pop("lift.event_id"))
    assert found == {
        "session.id": "s1",
        "user.id": "u1",
        "http.route": "/cart",
        "http.response.status_code": 500,
        "lift.colour": "red",
    }


def test_unknown_events_are_taken() -> None:
    """An event that the catalogue does not know is taken, with or without the prefix."""
    assert [record.event_name for record in records({"event": "lift.x"}, {"event": "x"})] == ["lift.x", "lift.x"]


def test_event_id_is_kept() -> None:
    """The client's own event id is kept, so that a repeated event is known as one."""
    event_id = "0190163d-8694-739b-aea5-966c26f8ad91"
    (record,) = records({"event": "page_load", "event_id": event_id})
    assert attributes(record)["lift.event_id"] == event_id


@pytest.mark.parametrize(
    ("timestamp", "nanos"),
    [
        ("2026-01-31T12:00:00Z", 1769860800_000_000_000),
        ("2026-01-31T13:00:00.000001+01:00", 1769860800_000_001_000),
        (1769860800123, 1769860800_123_000_000),
        (0, 0),
    ],
)
def test_timestamps(timestamp: Any, nanos: int) -> None:
    """A timestamp is ISO 8601 with a zone, or Unix milliseconds."""
    (record,) = records({"event": "page_load", "timestamp": timestamp})
    assert record.time_unix_nano == nanos


def test_without_timestamp() -> None:
    """An event without a time happened when it came."""
    before = time.time_ns()
    (record,) = records({"event": "page_load"})
    assert before <= record.time_unix_nano == record.observed_time_unix_nano <= time.time_ns()


def test_consent() -> None:
    """Consent is a list of categories, or an object that grants and denies."""
    listed, mapped = records(
        {"event": "page_load", "consent": ["analytics"]}, {"event": "page_load", "consent": {"analytics": False}}
    )
    assert attributes(listed)["lift.consent"].values[0].string_value == "analytics"
    assert attributes(mapped)["lift.consent.analytics"] is False


def test_services_are_resources() -> None:
    """Events are grouped by their service."""
    request = converted({"event": "a", "service": "web"}, {"event": "b"}, {"event": "c", "service": "web"})
    found = {
        "".join(pair.value.string_value for pair in resource.resource.attributes): [
            record.event_name for record in resource.scope_logs[0].log_records
        ]
        for resource in request.resource_logs
    }
    assert found == {"web": ["lift.a", "lift.c"], "": ["lift.b"]}


def test_nested_values() -> None:
    """Lists and objects stay what they are; an integer over 64 bits becomes text."""
    (record,) = records({"event": "x", "data": {"list": [1, "a", None], "object": {"b": True}, "big": 2**63}})
    found = attributes(record)
    assert [value.WhichOneof("value") for value in found["lift.list"].values] == ["int_value", "string_value", None]
    assert found["lift.object"].values[0].value.bool_value is True
    assert found["lift.big"] == str(2**63)


def deep(levels: int) -> Any:
    """Nest lists."""
    return [] if levels == 0 else [deep(levels - 1)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"3",
        b"[3]",
        b"{}",
        b'{"event": 3}',
        b'{"event": ""}',
        b'{"event": "Page Load"}',
        b'{"event": "x", "data": []}',
        b'{"event": "x", "service": 3}',
        b'{"event": "x", "consent": "all"}',
        b'{"event": "x", "timestamp": "2026-01-31T12:00:00"}',
        b'{"event": "x", "timestamp": "yesterday"}',
        b'{"event": "x", "timestamp": -1}',
        b'{"event": "x", "timestamp": 1e300}',
        b'{"event": "x", "timestamp": [1]}',
        b'{"event": "x", "data": {"a": NaN}}',
        b'{"event": "x", "data": {"a": "\\ud800"}}',
        b'{"event": "x", "data": {"\\ud800": 1}}',
        b'{"event": "x", "service": "\\ud800"}',
        json.dumps({"event": "x", "data": {"a": deep(17)}}).encode(),
        b'{"event": "x", "data": ' + b"[" * 100_000,
        json.dumps([{"event": "x"}] * 11).encode(),
    ],
)
def test_refusals(body: bytes) -> None:
    """What is no event is refused, and the message quotes nothing of it."""
    with pytest.raises(DecodeError) as caught:
        events_to_protobuf(body, max_events=10)
    assert "yesterday" not in str(caught.value)


def test_one_bad_event_refuses_all() -> None:
    """The message tells which event of an array is wrong."""
    with pytest.raises(DecodeError, match="event 1: `event` must be a name"):
        events_to_protobuf(b'[{"event": "x"}, {"event": "?"}]', max_events=10)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["event", "data", "timestamp", "service", "consent"]) | st.text(), VALUES))
def test_any_json_is_converted_or_refused(event: dict[str, Any]) -> None:
    """Any JSON object either becomes one valid record or is refused."""
    try:
        request = ExportLogsServiceRequest.FromString(
            events_to_protobuf(json.dumps({"event": "x", **event}).encode(), max_events=1)
        )
    except DecodeError:
        return
    assert len(request.resource_logs[0].scope_logs[0].log_records) == 1
