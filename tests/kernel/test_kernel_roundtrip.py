"""Whatever is valid OTLP comes out of the columns as it went in."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels import each_kernel, export
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue,
    ArrayValue,
    EntityRef,
    InstrumentationScope,
    KeyValue,
    KeyValueList,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from otel_lift.batch import RequestContext, Signal
from otel_lift.kernel.interface import Kernel
from otel_lift.kernel.requests import REQUESTS
from otel_lift.testing.otlp import normalise, requests

_CONTEXT = RequestContext()
_UNKNOWN_ENUMS: tuple[Any, Any] = (-(2**31), 2**31 - 1)
each_signal = pytest.mark.parametrize("signal", list(Signal))


def _there_and_back(kernel: Kernel, signal: Signal, *messages: Any) -> Any:
    payloads = [message.SerializeToString() for message in messages]
    decoded = kernel.decode(signal, payloads, _CONTEXT, 0)
    assert [outcome.error for outcome in decoded.outcomes] == [None] * len(payloads)
    assert sum(outcome.rejected for outcome in decoded.outcomes) == 0
    return REQUESTS[signal].FromString(kernel.encode(decoded.batch))


@each_kernel
@each_signal
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_valid_request_survives_the_round_trip(kernel: Kernel, signal: Signal, data: st.DataObject) -> None:
    """Decoding and encoding any valid request keeps every record, field and context, in order."""
    message = data.draw(requests(signal))

    assert normalise(_there_and_back(kernel, signal, message)) == normalise(message)


@each_kernel
@each_signal
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_several_payloads_become_one_batch_in_their_order(kernel: Kernel, signal: Signal, data: st.DataObject) -> None:
    """A batch of several payloads says what they say one after the other."""
    messages = data.draw(st.lists(requests(signal), max_size=3))

    together = normalise(_there_and_back(kernel, signal, *messages))

    assert together == [record for message in messages for record in normalise(message)]


@each_kernel
@each_signal
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_the_columns_are_the_same_after_another_round(kernel: Kernel, signal: Signal, data: st.DataObject) -> None:
    """What is encoded decodes to equal tables, so a batch loses nothing by passing through OTLP."""
    first = kernel.decode(signal, [data.draw(requests(signal)).SerializeToString()], _CONTEXT, 7).batch

    second = kernel.decode(signal, [kernel.encode(first)], _CONTEXT, 7).batch

    for level in first.levels:
        # as text, in which NaN is equal to itself
        assert str(second.tables[level].to_pylist()) == str(first.tables[level].to_pylist())


@each_kernel
def test_the_extremes_of_every_field_of_a_span_survive(kernel: Kernel) -> None:
    """Largest and smallest numbers, NUL in strings, unknown enumeration numbers and zero ids stay what they are."""
    values = [
        AnyValue(int_value=-(2**63)),
        AnyValue(int_value=2**63 - 1),
        AnyValue(double_value=float("nan")),
        AnyValue(double_value=-0.0),
        AnyValue(double_value=float("-inf")),
        AnyValue(double_value=5e-324),
        AnyValue(double_value=1e16),
        AnyValue(bytes_value=bytes(range(256))),
        AnyValue(bytes_value=b""),
        AnyValue(string_value="\0nul\0\U0001f600\ufffe"),
        AnyValue(array_value=ArrayValue()),
        AnyValue(kvlist_value=KeyValueList()),
        AnyValue(),
    ]
    attributes = [KeyValue(key="twice", value=value) for value in values]
    lowest, highest = _UNKNOWN_ENUMS
    top32, top64 = 2**32 - 1, 2**64 - 1
    span = Span(
        trace_id=bytes(16),
        span_id=bytes(8),
        parent_span_id=bytes(8),
        trace_state="a=b,c=d",
        flags=top32,
        name="\0",
        kind=lowest,
        start_time_unix_nano=top64,
        end_time_unix_nano=top64,
        attributes=attributes,
        dropped_attributes_count=top32,
        events=[Span.Event(time_unix_nano=top64, name="", attributes=attributes, dropped_attributes_count=top32)],
        dropped_events_count=top32,
        links=[
            Span.Link(
                trace_id=b"t" * 16,
                span_id=b"s" * 8,
                trace_state="x=y",
                attributes=attributes,
                dropped_attributes_count=top32,
                flags=top32,
            )
        ],
        dropped_links_count=top32,
        status=Status(message="\0", code=highest),
    )
    entity = EntityRef(schema_url="e", type="host", id_keys=["", "host.id"], description_keys=["host.name"])
    resource = Resource(attributes=attributes, dropped_attributes_count=top32, entity_refs=[entity, EntityRef()])
    scope = InstrumentationScope(name="n", version="v", attributes=attributes, dropped_attributes_count=top32)
    part = ScopeSpans(scope=scope, spans=[span], schema_url="scope-url")
    message = ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=resource, scope_spans=[part], schema_url="resource-url")]
    )

    [record] = normalise(_there_and_back(kernel, Signal.TRACES, message))

    assert [record] == normalise(message)
    assert record["record"]["trace_id"] == bytes(16)
    assert len(record["record"]["attributes"]) == len(values)


@each_kernel
def test_the_extremes_of_every_field_of_a_log_record_survive(kernel: Kernel) -> None:
    """A log record's numbers, ids, event name and nested body stay what they are."""
    _, highest = _UNKNOWN_ENUMS
    body = AnyValue(
        kvlist_value=KeyValueList(
            values=[KeyValue(key="$bytes", value=AnyValue(string_value="no bytes")), KeyValue(key="")]
        )
    )
    log = LogRecord(
        time_unix_nano=2**64 - 1,
        observed_time_unix_nano=2**64 - 1,
        severity_number=highest,
        severity_text="\0",
        body=body,
        attributes=[KeyValue(key="", value=AnyValue(string_value=""))],
        dropped_attributes_count=2**32 - 1,
        flags=2**32 - 1,
        trace_id=bytes(16),
        span_id=bytes(8),
        event_name="lift.page_view",
    )
    message = ExportLogsServiceRequest(
        resource_logs=[ResourceLogs(scope_logs=[ScopeLogs(log_records=[log, LogRecord()])])]
    )

    records = normalise(_there_and_back(kernel, Signal.LOGS, message))

    assert records == normalise(message)
    assert records[0]["record"]["event_name"] == "lift.page_view"
    assert records[1]["record"] == {}


@each_kernel
def test_references_into_a_profile_are_empty(kernel: Kernel) -> None:
    """String table references, which mean nothing outside profiles, become an empty value and an empty key."""
    attribute = KeyValue(key_strindex=3, value=AnyValue(string_value_strindex=4))
    message = ExportLogsServiceRequest()
    message.resource_logs.add().scope_logs.add().log_records.add(attributes=[attribute])

    back = _there_and_back(kernel, Signal.LOGS, message)

    assert back.resource_logs[0].scope_logs[0].log_records[0].attributes[0] == KeyValue(key="")
    assert normalise(back) == normalise(message)


@each_kernel
def test_a_group_is_never_split_and_runs_are_never_merged_out_of_order(kernel: Kernel) -> None:
    """Encoding opens a group where the context changes, so order holds and there are no more groups than were sent."""
    message = ExportLogsServiceRequest()
    for name, records in (("a", 2), ("b", 1), ("a", 1)):
        part = message.resource_logs.add().scope_logs.add(scope={"name": name})
        part.log_records.extend(LogRecord(flags=number + 1) for number in range(records))

    back = _there_and_back(kernel, Signal.LOGS, message)

    [group] = back.resource_logs
    assert [(part.scope.name, len(part.log_records)) for part in group.scope_logs] == [("a", 2), ("b", 1), ("a", 1)]


def test_normalise_tells_apart_what_differs() -> None:
    """The oracle of these tests sees a sign of zero, an empty list as a value, a context and an order."""

    def log(**fields: Any) -> Any:
        return export(Signal.LOGS, {"scope_logs": [{"log_records": [fields]}]})

    assert normalise(log(body={"double_value": 0.0})) != normalise(log(body={"double_value": -0.0}))
    assert normalise(log(body={"array_value": {}})) != normalise(log(body={}))
    assert normalise(log(body={"string_value": ""})) != normalise(log(body={}))
    assert normalise(log(body={})) == normalise(log())
    with_url = log()
    with_url.resource_logs[0].schema_url = "u"
    assert normalise(with_url) != normalise(log())
