"""Batches as rows of the store's tables."""

import io
from typing import Any

import numpy as np
import privacy_rows as rows
import pyarrow as pa
import pytest

from otel_lift.batch import SCHEMAS, Level, Signal
from otel_lift.pipeline.recognise import recognise
from otel_lift.semconv import COLUMNS
from otel_lift.tables import TimeWindow, to_tables

TRACE, SPAN = bytes(range(16)), bytes(range(8))


def _tables(signal: Signal, records: list[dict[str, Any]], **levels: Any) -> dict[str, list[dict[str, Any]]]:
    batch = recognise(rows.batch(signal, records, **levels))
    tables = {table.table: table.rows for table in to_tables(batch, TimeWindow())}
    for table in tables.values():
        table.validate(full=True)
    return {name: [_plain(row) for row in table.to_pylist()] for name, table in tables.items()}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        key: dict(value) if key.endswith(("Attributes", "properties")) and "." not in key else value
        for key, value in row.items()
    }


def _span(**changes: Any) -> dict[str, Any]:
    span = {
        "trace_id": TRACE,
        "span_id": SPAN,
        "trace_state": "a=1",
        "name": "GET /notes",
        "kind": 2,
        "start_time_unix_nano": rows.NOW,
        "end_time_unix_nano": rows.NOW + 5_000_000,
        "status_code": 2,
        "status_message": "boom",
        "flags": 1,
    }
    return span | changes


def _log(**changes: Any) -> dict[str, Any]:
    log = {
        "time_unix_nano": rows.NOW,
        "observed_time_unix_nano": 0,
        "severity_number": 9,
        "severity_text": "",
        "body_type": 1,
        "body": "",
        "flags": 0,
        "event_name": "",
    }
    return log | changes


def test_a_span_becomes_a_row_in_the_collectors_columns() -> None:
    """A span stands in `otel_traces` under the Collector's names, with its resource, scope, events and links."""
    tables = _tables(
        Signal.TRACES,
        [_span(attributes={"http.route": "/notes"})],
        resources=[{"attributes": {"service.name": "shop"}, "schema_url": "s"}],
        scopes=[{"name": "lib", "version": "1"}],
        events=[{"record": 0, "time_unix_nano": rows.NOW, "name": "retry", "attributes": {"n": 2}}],
        links=[{"record": 0, "trace_id": TRACE, "span_id": SPAN, "trace_state": "b=2", "attributes": {"k": "v"}}],
    )

    (row,) = tables["otel_traces"]
    assert row["Timestamp"].value == rows.NOW
    assert (row["TraceId"], row["SpanId"], row["ParentSpanId"]) == (TRACE.hex(), SPAN.hex(), "")
    assert (row["SpanName"], row["SpanKind"], row["ServiceName"]) == ("GET /notes", "Server", "shop")
    assert (row["ScopeName"], row["ScopeVersion"], row["TraceState"]) == ("lib", "1", "a=1")
    assert (row["Duration"], row["StatusCode"], row["StatusMessage"]) == (5_000_000, "Error", "boom")
    assert row["ResourceAttributes"] == {"service.name": "shop"}
    assert row["SpanAttributes"] == {"http.route": "/notes"}
    assert (row["Events.Name"], row["Events.Attributes"]) == (["retry"], [[("n", "2")]])
    assert (row["Links.TraceId"], row["Links.SpanId"]) == ([TRACE.hex()], [SPAN.hex()])
    assert (row["Links.TraceState"], row["Links.Attributes"]) == (["b=2"], [[("k", "v")]])
    assert "lift_events" not in tables


def test_events_and_links_stand_with_their_own_span() -> None:
    """Each span's row lists its own events and links and no other's."""
    tables = _tables(
        Signal.TRACES,
        [_span(), _span(), _span()],
        events=[
            {"record": record, "time_unix_nano": rows.NOW, "name": name}
            for record, name in [(0, "a"), (2, "b"), (2, "c")]
        ],
        links=[{"record": 1, "trace_id": TRACE, "span_id": SPAN}],
    )

    assert [row["Events.Name"] for row in tables["otel_traces"]] == [["a"], [], ["b", "c"]]
    assert [len(row["Links.SpanId"]) for row in tables["otel_traces"]] == [0, 1, 0]


def test_a_log_record_becomes_a_row_in_the_collectors_columns() -> None:
    """A log record stands in `otel_logs`; without a time of its own it has the time at which it was observed."""
    record = {
        "observed_time_unix_nano": rows.NOW,
        "severity_number": 17,
        "severity_text": "ERROR",
        "body": "it broke",
        "trace_id": TRACE,
        "flags": 257,
        "event_name": "device.started",
        "attributes": [("k", "first"), ("k", "second"), ("a", 1)],
    }

    (row,) = _tables(Signal.LOGS, [_log(**record, time_unix_nano=0)])["otel_logs"]

    assert row["Timestamp"].value == rows.NOW
    assert (row["SeverityText"], row["SeverityNumber"], row["TraceFlags"]) == ("ERROR", 17, 1)
    assert (row["Body"], row["EventName"], row["TraceId"]) == ("it broke", "device.started", TRACE.hex())
    assert row["LogAttributes"] == {"a": "1", "k": "first"}


def test_what_the_gateway_knows_is_stored_except_the_person() -> None:
    """Subject, template, fingerprint and redaction marks become attributes; the stable `lift.person` never does."""
    record = {
        "lift.subject": "5" * 32,
        "lift.person": "7" * 32,
        "lift.fingerprint": "f" * 64,
        "lift.redaction.count": 2,
        "lift.redaction.rules": "email",
        "attributes": {"lift.fingerprint": "forged"},
    }

    (row,) = _tables(Signal.LOGS, [_log(**record)])["otel_logs"]

    assert row["LogAttributes"]["lift.subject"] == "5" * 32
    assert row["LogAttributes"]["lift.fingerprint"] == "f" * 64
    assert row["LogAttributes"]["lift.redaction.count"] == "2"
    assert "7" * 32 not in str(row)


def test_a_record_from_1970_keeps_its_claim_in_an_attribute() -> None:
    """A time outside the accepted window is stored as the receive time, with the original beside it."""
    (row,) = _tables(Signal.TRACES, [_span(start_time_unix_nano=1_000, end_time_unix_nano=2_000)])["otel_traces"]

    assert row["Timestamp"].value == rows.NOW
    assert row["SpanAttributes"]["lift.time.original"] == "1000"
    assert row["Duration"] == 1_000


def test_a_lift_event_becomes_a_typed_row() -> None:
    """A Lift log record has a row in `lift_events`: attributes in typed columns and units, the rest as properties."""
    record = {
        "event_name": "lift.api_error",
        "body": "upstream failed",
        "lift.subject": "5" * 32,
        "lift.consent": "granted",
        "attributes": {
            "http.route": "/notes",
            "http.response.status_code": 503,
            "lift.response_time": 12.5,
            "lift.event_id": "client-made",
            "shoe.size": 44,
        },
    }

    tables = _tables(Signal.LOGS, [_log(), _log(**record)], resources=[{"attributes": {"service.name": "shop"}}])

    (row,) = tables["lift_events"]
    assert len(tables["otel_logs"]) == 2
    assert set(COLUMNS) <= set(row)
    assert (row["event"], row["category"], row["priority"]) == ("api_error", "failures", "high")
    assert (row["endpoint"], row["status"], row["duration_ms"]) == ("/notes", 503, 12.5)
    assert (row["event_id"], row["service"], row["message"]) == ("client-made", "shop", "upstream failed")
    assert (row["subject"], row["consent"]) == ("5" * 32, "granted")
    assert row["properties"] == {"shoe.size": "44"}


@pytest.mark.parametrize(
    ("sent", "stored"), [("503", 503), ("not a number", 0), ("-1", 0), ("70000", 0), ("5.5e2", 550), ("", 0)]
)
def test_a_value_that_its_column_cannot_hold_leaves_zero(sent: str, stored: int) -> None:
    """A number that does not fit the typed column is zero there; it fails no batch."""
    record = {"event_name": "lift.api_error", "attributes": {"http.response.status_code": sent}}

    (row,) = _tables(Signal.LOGS, [_log(**record)])["lift_events"]

    assert row["status"] == stored


def test_a_span_and_its_event_have_rows_of_their_own() -> None:
    """A span event that is a Lift event inherits subject and attributes from its span, and has its own time."""
    tables = _tables(
        Signal.TRACES,
        [_span(**{"attributes": {"lift.event": "slow_endpoint", "http.route": "/notes"}, "lift.subject": "5" * 32})],
        events=[{"record": 0, "time_unix_nano": rows.NOW + 7, "name": "x", "attributes": {"lift.event": "ai_failure"}}],
    )

    by_event = {row["event"]: row for row in tables["lift_events"]}
    assert set(by_event) == {"slow_endpoint", "ai_failure"}
    assert by_event["ai_failure"]["event_time"].value == rows.NOW + 7
    assert by_event["ai_failure"]["endpoint"] == "/notes"
    assert by_event["ai_failure"]["subject"] == "5" * 32
    assert by_event["slow_endpoint"]["duration_ms"] == 5.0


def test_events_without_an_id_get_distinct_uuids() -> None:
    """An event that its client gave no id gets a random UUID, so that rows can be told apart."""
    from uuid import UUID

    records = [_log(event_name="lift.user_login")] * 50

    found = {row["event_id"] for row in _tables(Signal.LOGS, records)["lift_events"]}

    assert len(found) == 50
    assert {UUID(event_id).version for event_id in found} == {4}


@pytest.mark.parametrize("signal", [Signal.TRACES, Signal.LOGS])
def test_what_dropped_rows_said_is_nowhere_in_the_rows_bytes(signal: Signal) -> None:
    """Names, keys and resources of dropped records leave with them, dictionaries included."""
    needle = "dropped-with-its-record"
    dropped = {
        "name": needle,
        "severity_text": needle,
        "event_name": f"lift.{needle}",
        "attributes": {needle: needle, "lift.event": needle},
        "resource": 1,
        "scope": 1,
    }
    make = _span if signal is Signal.TRACES else _log
    kept = (
        make(event_name="lift.user_login") if signal is Signal.LOGS else make(attributes={"lift.event": "user_login"})
    )
    fields = SCHEMAS[signal][Level.RECORD].names
    batch = rows.batch(
        signal,
        [kept, make(**{name: value for name, value in dropped.items() if name in fields})],
        resources=[{}, {"attributes": {"service.name": needle, needle: ""}, "schema_url": needle}],
        scopes=[{}, {"resource": 1, "name": needle, "version": needle, "attributes": {needle: needle}}],
    )

    tables = to_tables(recognise(batch).filter(np.array([True, False])), TimeWindow())

    assert [table.rows.num_rows for table in tables] == [1, 1]
    for table in tables:
        stream = io.BytesIO()
        with pa.ipc.new_stream(stream, table.rows.schema) as writer:
            writer.write_batch(table.rows)
        assert needle.encode() not in stream.getvalue()


def test_the_number_of_calls_does_not_grow_with_the_rows() -> None:
    """Building the tables of 10,000 records takes as many Python calls as of 10."""
    record = _log(event_name="lift.api_error", attributes={"b": "x", "a": 1})
    small = recognise(rows.batch(Signal.LOGS, [record] * 10))
    large = recognise(rows.batch(Signal.LOGS, [record] * 10_000))
    to_tables(small, TimeWindow())

    calls = [rows.calls(lambda batch=batch: to_tables(batch, TimeWindow())) for batch in (small, large)]  # type: ignore[misc]

    assert calls[1] <= calls[0] * 1.05
    assert large.tables[Level.RECORD].num_rows == 10_000
