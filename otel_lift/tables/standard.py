"""The standard tables: `otel_traces` and `otel_logs` in the OpenTelemetry Collector's columns."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.batch import INTERNED, Batch, Level
from otel_lift.tables.columns import MAP, compact, hexadecimal, interned, lists, no_children, sorted_map
from otel_lift.tables.parents import Parents, lift_attributes
from otel_lift.tables.window import TimeWindow

__all__ = ["logs_table", "traces_table"]

# The Collector's names of SpanKind and StatusCode; a number that OTLP does not define has none.
_KINDS = pa.array(["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer", ""])
_STATUS_CODES = pa.array(["Unset", "Ok", "Error", ""])

# What most spans have none of: the columns of the children, without a row.
_EVENT_FIELDS = {
    "Events.Timestamp": pa.array([], pa.timestamp("ns")),
    "Events.Name": pa.array([], INTERNED),
    "Events.Attributes": pa.array([], MAP),
}
_LINK_FIELDS = {
    "Links.TraceId": pa.array([], pa.string()),
    "Links.SpanId": pa.array([], pa.string()),
    "Links.TraceState": pa.array([], pa.string()),
    "Links.Attributes": pa.array([], MAP),
}


def traces_table(batch: Batch, window: TimeWindow) -> Any:
    """Rows of `otel_traces`, one a span."""
    spans = batch.records
    times = window.place(spans.column("start_time_unix_nano").to_numpy(), batch.received)
    resource, scope = Parents(batch, Level.RESOURCE), Parents(batch, Level.SCOPE)
    return pa.RecordBatch.from_pydict(
        {
            "Timestamp": times.column(),
            "TraceId": hexadecimal(spans.column("trace_id")),
            "SpanId": hexadecimal(spans.column("span_id")),
            "ParentSpanId": hexadecimal(spans.column("parent_span_id")),
            "TraceState": spans.column("trace_state"),
            "SpanName": compact(spans.column("name")),
            "SpanKind": _named(spans.column("kind"), _KINDS),
            "ServiceName": resource.attribute("service.name"),
            "ResourceAttributes": resource.attributes(),
            "ScopeName": scope.column("name"),
            "ScopeVersion": scope.column("version"),
            "SpanAttributes": sorted_map(
                batch.attributes(Level.RECORD), [*lift_attributes(batch, Level.RECORD), times.moved]
            ),
            "Duration": _durations(spans),
            "StatusCode": _named(spans.column("status_code"), _STATUS_CODES),
            "StatusMessage": spans.column("status_message"),
            **_events(batch, window),
            **_links(batch),
        }
    )


def logs_table(batch: Batch, window: TimeWindow) -> Any:
    """Rows of `otel_logs`, one a log record; a record without a time has its observed time, else the receive time."""
    logs = batch.records
    sent = logs.column("time_unix_nano").to_numpy()
    observed = logs.column("observed_time_unix_nano").to_numpy()
    times = window.place(np.where(sent == 0, observed, sent), batch.received)
    resource, scope = Parents(batch, Level.RESOURCE), Parents(batch, Level.SCOPE)
    return pa.RecordBatch.from_pydict(
        {
            "Timestamp": times.column(),
            "TraceId": hexadecimal(logs.column("trace_id")),
            "SpanId": hexadecimal(logs.column("span_id")),
            "TraceFlags": pc.bit_wise_and(logs.column("flags"), pa.scalar(0xFF, pa.uint32())).cast(pa.uint8()),
            "SeverityText": compact(logs.column("severity_text")),
            "SeverityNumber": pc.max_element_wise(
                pc.min_element_wise(logs.column("severity_number"), pa.scalar(255, pa.int32())),
                pa.scalar(0, pa.int32()),
            ).cast(pa.uint8()),
            "ServiceName": resource.attribute("service.name"),
            "Body": logs.column("body"),
            "ResourceSchemaUrl": resource.column("schema_url"),
            "ResourceAttributes": resource.attributes(),
            "ScopeSchemaUrl": scope.column("schema_url"),
            "ScopeName": scope.column("name"),
            "ScopeVersion": scope.column("version"),
            "ScopeAttributes": scope.attributes(),
            "LogAttributes": sorted_map(
                batch.attributes(Level.RECORD), [*lift_attributes(batch, Level.RECORD), times.moved]
            ),
            "EventName": compact(logs.column("event_name")),
        }
    )


def _events(batch: Batch, window: TimeWindow) -> dict[str, Any]:
    events, parents, spans = batch.tables[Level.EVENT], batch.parents(Level.EVENT), len(batch)
    if not len(parents):
        return no_children(spans, _EVENT_FIELDS)
    times = window.place(events.column("time_unix_nano").to_numpy(), batch.received)
    attributes = sorted_map(batch.attributes(Level.EVENT), [*lift_attributes(batch, Level.EVENT), times.moved])
    return {
        "Events.Timestamp": lists(parents, spans, times.column()),
        "Events.Name": lists(parents, spans, compact(events.column("name"))),
        "Events.Attributes": lists(parents, spans, attributes),
    }


def _links(batch: Batch) -> dict[str, Any]:
    links, parents, spans = batch.tables[Level.LINK], batch.parents(Level.LINK), len(batch)
    if not len(parents):
        return no_children(spans, _LINK_FIELDS)
    return {
        "Links.TraceId": lists(parents, spans, hexadecimal(links.column("trace_id"))),
        "Links.SpanId": lists(parents, spans, hexadecimal(links.column("span_id"))),
        "Links.TraceState": lists(parents, spans, links.column("trace_state")),
        "Links.Attributes": lists(parents, spans, sorted_map(batch.attributes(Level.LINK))),
    }


def _durations(spans: Any) -> Any:
    """End less start in nanoseconds; zero where the end is missing or before the start."""
    start = spans.column("start_time_unix_nano").to_numpy()
    end = spans.column("end_time_unix_nano").to_numpy()
    return pa.array(np.where(end > start, end - start, np.uint64(0)))


def _named(numbers: Any, names: Any) -> Any:
    # seen as unsigned, a negative number is a large one; the last name is that of all others
    numbers = numbers.fill_null(-1) if numbers.null_count else numbers
    codes = np.minimum(numbers.to_numpy().view(np.uint32), np.uint32(len(names) - 1))
    return interned(codes.view(np.int32), names)
