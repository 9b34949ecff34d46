"""The measured shapes are valid telemetry with the properties their names promise."""

import time

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from benchmarks.shapes import SHAPES
from benchmarks.traffic.files import STAMP
from otel_lift.batch import RequestContext
from otel_lift.kernel import decode


def _requests(name: str, requests: int, spans: int) -> list[ExportTraceServiceRequest]:
    """Make requests of a shape as the load generator sends them, each with its number for a stamp."""
    made = enumerate(SHAPES[name].make(requests, spans))
    return [ExportTraceServiceRequest.FromString(payload.replace(STAMP, b"%08x" % number)) for number, payload in made]


def _spans(requests: list[ExportTraceServiceRequest]) -> list[Span]:
    groups = [group for request in requests for group in request.resource_spans]
    return [span for group in groups for scope in group.scope_spans for span in scope.spans]


def _values(request: ExportTraceServiceRequest, key: str) -> set[str]:
    entries = (entry for span in _spans([request]) for entry in span.attributes)
    return {entry.value.string_value for entry in entries if entry.key == key}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_valid_telemetry(name: str) -> None:
    """The kernel takes each request of each shape and finds as many records in it as the shape says."""
    shape = SHAPES[name]
    records = min(shape.records, 100)
    decoded = decode(shape.signal, list(shape.make(3, records)), RequestContext(), time.time_ns())
    assert [(outcome.accepted, outcome.error) for outcome in decoded.outcomes] == [(records, None)] * 3
    assert len(decoded.batch) == 3 * records


@pytest.mark.parametrize(("name", "distinct"), [("traces", 12), ("keys 1", 12), ("keys 100", 111)])
def test_shapes_have_as_many_keys_as_they_say(name: str, distinct: int) -> None:
    """Twelve attributes a span, and over all spans the distinct keys of the shape's name."""
    spans = _spans(_requests(name, 5, 500))
    assert {len(span.attributes) for span in spans} == {12}
    assert len({entry.key for span in spans for entry in span.attributes}) == distinct


def test_no_value_comes_twice() -> None:
    """In the shape of distinct values no text is ever sent again, by any request."""
    spans = _spans(_requests("distinct", 4, 50))
    texts = [entry.value.string_value for span in spans for entry in span.attributes if entry.value.string_value]
    assert len(set(texts)) == len(texts) > 1_000
    assert len({span.trace_id for span in spans}) == 200


def test_sessions_are_new_while_people_come_again() -> None:
    """In the endless shape a request's sessions are its own, and its people are those of all requests."""
    first, second = _requests("endless", 2, 2_000)
    assert not _values(first, "session.id") & _values(second, "session.id")
    assert len(_values(first, "user.id") & _values(second, "user.id")) > 100


def test_errors_come_in_bursts_with_stacks() -> None:
    """Every span of the error shape failed, with an exception whose stack is about a kilobyte."""
    for span in _spans(_requests("errors", 1, 50)):
        (event,) = span.events
        said = {entry.key: entry.value.string_value for entry in event.attributes}
        assert said["exception.type"] in said["exception.message"]
        assert 800 < len(said["exception.stacktrace"]) < 2_000


def test_services_share_a_request() -> None:
    """A request of the services shape comes from a hundred services, each with its part of the spans."""
    (request,) = _requests("services", 1, 1_000)
    names = {group.resource.attributes[0].value.string_value for group in request.resource_spans}
    assert len(names) == 100
    assert {len(group.scope_spans[0].spans) for group in request.resource_spans} == {10}
