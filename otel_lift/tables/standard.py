"""The standard tables: `otel_traces` and `otel_logs` in the OpenTelemetry Collector's columns."""

from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.arrays import codes_or_less
from otel_lift.batch import INTERNED, Batch, Level
from otel_lift.tables.columns import MAP, childless, compact, hexadecimal, interned, lists, no_children, sorted_map
from otel_lift.tables.parents import Parents, lift_attributes
from otel_lift.tables.window import TimeWindow

__all__ = ["logs_table", "traces_table"]

# The Collector's names of SpanKind and StatusCode; a number that OTLP does not define has none.
_KINDS = pa.array(["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer", ""])
_STATUS_CODES = pa.array(["Unset", "Ok", "Error", ""])

# What most spans have none of: the columns of the children.
_NO_EVENTS = childless(
    {"Events.Timestamp": pa.timestamp("ns"), "Events.Name": INTERNED, "Events.Attributes": MAP},
)
_NO_LINKS = childless(
    {
        "Links.TraceId": pa.string(),
        "Links.SpanId": pa.string(),
        "Links.TraceState": pa.string(),
        "Links.Attributes": MAP,
    }
)


def traces_table(batch: Batch, window: TimeWindow) -> Any:
    """Rows of `otel_traces`, one a span."""
    spans = partial(batch.column, Level.RECORD)
    times = window.place(spans("start_time_unix_nano").to_numpy(), batch.received)
    resource, scope = Parents(batch, Level.RESOURCE), Parents(batch, Level.SCOPE)
    return pa.RecordBatch.from_pydict(
        {
            "Timestamp": times.column(),
            "TraceId": hexadecimal(spans("trace_id")),
            "SpanId": hexadecimal(spans("span_id")),
            "ParentSpanId": hexadecimal(spans("parent_span_id")),
            "TraceState": spans("trace_state"),
            "SpanName": compact(spans("name")),
            "SpanKind": _named(spans("kind"), _KINDS),
            "ServiceName": resource.attribute("service.name"),
            "ResourceAttributes": resource.attributes(),
            "ScopeName": scope.column("name"),
            "ScopeVersion": scope.column("version"),
            "SpanAttributes": sorted_map(
                batch.attributes(Level.RECORD), [*lift_attributes(batch, Level.RECORD), times.moved]
            ),
            "Duration": _durations(spans("start_time_unix_nano"), spans("end_time_unix_nano")),
            "StatusCode": _named(spans("status_code"), _STATUS_CODES),
            "StatusMessage": spans("status_message"),
            **_events(batch, window),
            **_links(batch),
        }
    )


def logs_table(batch: Batch, window: TimeWindow) -> Any:
    """Rows of `otel_logs`, one a log record; a record without a time has its observed time, else the receive time."""
    logs = partial(batch.column, Level.RECORD)
    sent = logs("time_unix_nano").to_numpy()
    observed = logs("observed_time_unix_nano").to_numpy()
    times = window.place(np.where(sent == 0, observed, sent), batch.received)
    resource, scope = Parents(batch, Level.RESOURCE), Parents(batch, Level.SCOPE)
    return pa.RecordBatch.from_pydict(
        {
            "Timestamp": times.column(),
            "TraceId": hexadecimal(logs("trace_id")),
            "SpanId": hexadecimal(logs("span_id")),
            "TraceFlags": pc.bit_wise_and(logs("flags"), pa.scalar(0xFF, pa.uint32())).cast(pa.uint8()),
            "SeverityText": compact(logs("severity_text")),
            "SeverityNumber": pc.max_element_wise(
                pc.min_element_wise(logs("severity_number"), pa.scalar(255, pa.int32())),
                pa.scalar(0, pa.int32()),
            ).cast(pa.uint8()),
            "ServiceName": resource.attribute("service.name"),
            "Body": logs("body"),
            "ResourceSchemaUrl": resource.column("schema_url"),
            "ResourceAttributes": resource.attributes(),
            "ScopeSchemaUrl": scope.column("schema_url"),
            "ScopeName": scope.column("name"),
            "ScopeVersion": scope.column("version"),
            "ScopeAttributes": scope.attributes(),
            "LogAttributes": sorted_map(
                batch.attributes(Level.RECORD), [*lift_attributes(batch, Level.RECORD), times.moved]
            ),
            "EventName": compact(logs("event_name")),
        }
    )


def _events(batch: Batch, window: TimeWindow) -> dict[str, Any]:
    if not batch.rows(Level.EVENT):
        return no_children(len(batch), _NO_EVENTS)
    events, parents, spans = batch.tables[Level.EVENT], batch.parents(Level.EVENT), len(batch)
    times = window.place(events.column("time_unix_nano").to_numpy(), batch.received)
    attributes = sorted_map(batch.attributes(Level.EVENT), [*lift_attributes(batch, Level.EVENT), times.moved])
    return {
        "Events.Timestamp": lists(parents, spans, times.column()),
        "Events.Name": lists(parents, spans, compact(events.column("name"))),
        "Events.Attributes": lists(parents, spans, attributes),
    }


def _links(batch: Batch) -> dict[str, Any]:
    if not batch.rows(Level.LINK):
        return no_children(len(batch), _NO_LINKS)
    links, parents, spans = batch.tables[Level.LINK], batch.parents(Level.LINK), len(batch)
    return {
        "Links.TraceId": lists(parents, spans, hexadecimal(links.column("trace_id"))),
        "Links.SpanId": lists(parents, spans, hexadecimal(links.column("span_id"))),
        "Links.TraceState": lists(parents, spans, links.column("trace_state")),
        "Links.Attributes": lists(parents, spans, sorted_map(batch.attributes(Level.LINK))),
    }


def _durations(starts: Any, ends: Any) -> Any:
    """End less start in nanoseconds; zero where the end is missing or before the start."""
    start, end = starts.to_numpy(), ends.to_numpy()
    return pa.array(np.where(end > start, end - start, np.uint64(0)))


def _named(numbers: Any, names: Any) -> Any:
    # seen as unsigned, a negative number is a large one; the last name is that of all others
    codes = np.minimum(codes_or_less(numbers).view(np.uint32), np.uint32(len(names) - 1))
    return interned(codes.view(np.int32), names)
