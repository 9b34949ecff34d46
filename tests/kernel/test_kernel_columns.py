"""What stands in the columns after decoding."""

from typing import Any

import pytest
from kernels import each_kernel, export

from otel_lift.batch import INTERNED, LIFT_FIELDS, SCHEMAS, Level, RequestContext, Signal, ValueType
from otel_lift.kernel.interface import Kernel

_TRACE_ID, _SPAN_ID = b"t" * 16, b"s" * 8


def _span(**fields: Any) -> dict[str, Any]:
    return {"trace_id": _TRACE_ID, "span_id": _SPAN_ID, **fields}


def _encoded(signal: Signal, *groups: dict[str, Any]) -> bytes:
    payload: bytes = export(signal, *groups).SerializeToString()
    return payload


def _traces(*groups: dict[str, Any]) -> bytes:
    return _encoded(Signal.TRACES, *groups)


def _attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"string_value": value}}


@each_kernel
@pytest.mark.parametrize("signal", list(Signal))
@pytest.mark.parametrize("payloads", [[], [b""], [b"", b""]])
def test_a_batch_without_records_has_the_schema_of_its_signal(
    kernel: Kernel, signal: Signal, payloads: list[bytes]
) -> None:
    """Empty requests, and no request at all, give empty tables in the fixed schemas, the context and the clock."""
    context = RequestContext(tenant="t")

    decoded = kernel.decode(signal, payloads, context, 42)

    assert len(decoded.batch) == 0
    assert decoded.batch.context is context
    assert decoded.batch.received == 42
    for level, schema in SCHEMAS[signal].items():
        assert decoded.batch.tables[level].schema.equals(schema)
        assert len(decoded.batch.attributes(level)) == 0
    assert [(outcome.accepted, outcome.rejected, outcome.message) for outcome in decoded.outcomes] == [
        (0, 0, "") for _ in payloads
    ]
    assert kernel.encode(decoded.batch) == b""


@each_kernel
def test_a_span_with_its_children_stands_in_the_columns(kernel: Kernel) -> None:
    """Each field of a span, an event and a link is in its own column, and children name their record's row."""
    first = _span(name="first")
    second = _span(
        parent_span_id=b"p" * 8,
        name="second",
        kind=2,
        start_time_unix_nano=5,
        attributes=[_attribute("k", "v"), {"key": "n", "value": {"int_value": 3}}],
        status={"code": 2, "message": "bad"},
        events=[{"name": "e", "time_unix_nano": 6, "attributes": [_attribute("ek", "ev")]}],
        links=[{"trace_id": _TRACE_ID, "flags": 1}, {"trace_id": b"short", "span_id": b"short"}],
    )
    payload = _traces({"scope_spans": [{"spans": [first, second]}]})

    batch = kernel.decode(Signal.TRACES, [payload], RequestContext(), 0).batch

    span = batch.records.slice(1).to_pylist()[0]
    assert (span["trace_id"], span["span_id"], span["parent_span_id"]) == (_TRACE_ID, _SPAN_ID, b"p" * 8)
    assert (span["name"], span["kind"], span["start_time_unix_nano"]) == ("second", 2, 5)
    assert (span["status_code"], span["status_message"]) == (2, "bad")
    assert span["attributes"] == [
        {"key": "k", "type": ValueType.STRING, "value": "v"},
        {"key": "n", "type": ValueType.INT, "value": "3"},
    ]
    assert batch.column(Level.RECORD, "parent_span_id").to_pylist()[0] is None
    [event] = batch.tables[Level.EVENT].to_pylist()
    assert (event["record"], event["name"], event["time_unix_nano"]) == (1, "e", 6)
    assert [entry["value"] for entry in event["attributes"]] == ["ev"]
    links = batch.tables[Level.LINK].to_pylist()
    assert [(link["record"], link["trace_id"], link["span_id"]) for link in links] == [
        (1, _TRACE_ID, None),
        (1, None, None),
    ]


@each_kernel
def test_a_log_record_keeps_its_place_though_its_ids_are_of_wrong_length(kernel: Kernel) -> None:
    """Ids are optional in a log record: one of wrong length becomes null and the record is accepted."""
    log = {"trace_id": b"short", "span_id": b"much too long", "body": {"bool_value": True}, "event_name": "e"}
    payload = _encoded(Signal.LOGS, {"scope_logs": [{"log_records": [log]}]})

    decoded = kernel.decode(Signal.LOGS, [payload], RequestContext(), 0)

    [row] = decoded.batch.records.to_pylist()
    assert (row["trace_id"], row["span_id"], row["event_name"]) == (None, None, "e")
    assert (row["body_type"], row["body"]) == (ValueType.BOOL, "true")
    assert (decoded.outcomes[0].accepted, decoded.outcomes[0].rejected) == (1, 0)


@each_kernel
def test_equal_resources_and_scopes_are_stored_once_over_all_payloads(kernel: Kernel) -> None:
    """Records of equal contexts, in one payload or several, refer to the same rows."""
    resource = {"attributes": [_attribute("service.name", "shop")], "entity_refs": [{"type": "service"}]}
    scopes = [{"scope": {"name": name}, "spans": [_span()]} for name in ("a", "b", "a")]
    payload = _traces({"resource": resource, "scope_spans": scopes}, {"resource": resource, "scope_spans": scopes})

    batch = kernel.decode(Signal.TRACES, [payload, payload], RequestContext(), 0).batch

    assert batch.tables[Level.RESOURCE].num_rows == 1
    assert batch.column(Level.SCOPE, "name").to_pylist() == ["a", "b"]
    assert batch.column(Level.RECORD, "resource").to_pylist() == [0] * 12
    assert batch.column(Level.RECORD, "scope").to_pylist() == [0, 1, 0] * 4
    assert batch.column(Level.RESOURCE, "entity_refs").to_pylist() == [
        [{"schema_url": "", "type": "service", "id_keys": [], "description_keys": []}]
    ]


@each_kernel
@pytest.mark.parametrize(
    "other",
    [
        {"resource": {"attributes": [_attribute("service.name", "other")]}},
        {"resource": {"attributes": [{"key": "service.name", "value": {"bytes_value": b"shop"}}]}},
        {"resource": {"attributes": [_attribute("service.name", "shop")], "dropped_attributes_count": 1}},
        {"resource": {"attributes": [_attribute("service.name", "shop")], "entity_refs": [{}]}},
        {"resource": {"attributes": [_attribute("service.name", "shop")]}, "schema_url": "u"},
        {},
    ],
)
def test_resources_that_differ_anywhere_are_two(kernel: Kernel, other: dict[str, Any]) -> None:
    """A difference in attributes, types, counts, entities or the schema URL makes another resource and scope row."""
    one = {"resource": {"attributes": [_attribute("service.name", "shop")]}}
    payload = _traces(*({**group, "scope_spans": [{"spans": [_span()]}]} for group in (one, other)))

    batch = kernel.decode(Signal.TRACES, [payload], RequestContext(), 0).batch

    assert batch.column(Level.RECORD, "resource").to_pylist() == [0, 1]
    assert batch.column(Level.SCOPE, "resource").to_pylist() == [0, 1]


@each_kernel
def test_a_context_without_an_accepted_record_is_not_stored(kernel: Kernel) -> None:
    """Resources and scopes of no record, or only of refused ones, leave no row."""
    resource = {"attributes": [_attribute("user", "nobody")]}
    payload = _traces(
        {"resource": resource},
        {"resource": resource, "scope_spans": [{"scope": {"name": "idle"}}, {"spans": [{"name": "no ids"}]}]},
    )

    decoded = kernel.decode(Signal.TRACES, [payload], RequestContext(), 0)

    assert decoded.batch.tables[Level.RESOURCE].num_rows == decoded.batch.tables[Level.SCOPE].num_rows == 0
    assert decoded.outcomes[0].rejected == 1


@each_kernel
def test_repeated_strings_stand_once_in_their_dictionary(kernel: Kernel) -> None:
    """Keys, span names and event names are dictionary-encoded without duplicates and nulls."""
    spans = [
        _span(name=f"n{index % 2}", attributes=[_attribute("k", str(index))], events=[{"name": "e"}])
        for index in range(6)
    ]

    batch = kernel.decode(Signal.TRACES, [_traces({"scope_spans": [{"spans": spans}]})] * 2, RequestContext(), 0).batch

    assert batch.column(Level.RECORD, "name").dictionary.to_pylist() == ["n0", "n1"]
    assert batch.column(Level.EVENT, "name").dictionary.to_pylist() == ["e"]
    assert batch.attributes(Level.RECORD).keys.to_pylist() == ["k"]


@each_kernel
@pytest.mark.parametrize("level", [Level.RECORD, Level.EVENT])
def test_what_only_later_stages_know_is_null(kernel: Kernel, level: Level) -> None:
    """Every `lift.*` column is null after decoding, and interned ones have an empty dictionary."""
    payload = _traces({"scope_spans": [{"spans": [_span(events=[{}])]}]})

    batch = kernel.decode(Signal.TRACES, [payload], RequestContext(), 0).batch

    for field in LIFT_FIELDS:
        column = batch.column(level, field.name)
        assert column.null_count == 1
        assert field.type != INTERNED or len(column.dictionary) == 0
