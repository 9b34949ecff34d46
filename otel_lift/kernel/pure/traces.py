"""Spans, span events and links."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otel_lift.batch import SCHEMAS, Batch, Level, Signal
from otel_lift.kernel.outcome import Outcome
from otel_lift.kernel.pure.codec import Codec
from otel_lift.kernel.pure.columns import AttributeColumn, ChildWriter, MessageWriter, build_table
from otel_lift.kernel.pure.contexts import Contexts, write_groups

__all__ = ["CODEC"]


class _SpanRows:
    def __init__(self) -> None:
        self._contexts = Contexts()
        self._spans: list[tuple[Any, ...]] = []
        self._span_attributes = AttributeColumn()
        self._events: list[tuple[Any, ...]] = []
        self._event_attributes = AttributeColumn()
        self._links: list[tuple[Any, ...]] = []
        self._link_attributes = AttributeColumn()

    def read(self, request: ExportTraceServiceRequest) -> Outcome:
        accepted = rejected = 0
        for group in request.resource_spans:
            for part in group.scope_spans:
                spans = [span for span in part.spans if _is_valid(span)]
                accepted += len(spans)
                rejected += len(part.spans) - len(spans)
                if not spans:
                    continue
                context = self._contexts.add(group.resource, group.schema_url, part.scope, part.schema_url)
                for span in spans:
                    self._add(context, span)
        return Outcome(accepted, rejected, _explain(rejected))

    def _add(self, context: tuple[int, int], span: Span) -> None:
        row = len(self._spans)
        status = span.status
        self._spans.append(
            (
                *context,
                span.trace_id,
                span.span_id,
                span.parent_span_id or None,
                span.trace_state,
                span.flags,
                span.name,
                span.kind,
                span.start_time_unix_nano,
                span.end_time_unix_nano,
                span.dropped_attributes_count,
                span.dropped_events_count,
                span.dropped_links_count,
                status.message,
                status.code,
            )
        )
        self._span_attributes.add(span.attributes)
        for event in span.events:
            self._events.append((row, event.time_unix_nano, event.name, event.dropped_attributes_count))
            self._event_attributes.add(event.attributes)
        for link in span.links:
            trace_id = link.trace_id if len(link.trace_id) == 16 else None
            span_id = link.span_id if len(link.span_id) == 8 else None
            self._links.append((row, trace_id, span_id, link.trace_state, link.dropped_attributes_count, link.flags))
            self._link_attributes.add(link.attributes)

    def tables(self) -> Mapping[Level, Any]:
        schemas = SCHEMAS[Signal.TRACES]
        return {
            **self._contexts.tables(Signal.TRACES),
            Level.RECORD: build_table(schemas[Level.RECORD], self._spans, self._span_attributes),
            Level.EVENT: build_table(schemas[Level.EVENT], self._events, self._event_attributes),
            Level.LINK: build_table(schemas[Level.LINK], self._links, self._link_attributes),
        }


def _is_valid(span: Span) -> bool:
    return len(span.trace_id) == 16 and len(span.span_id) == 8 and len(span.parent_span_id) in {0, 8}


def _explain(rejected: int) -> str:
    if not rejected:
        return ""
    spans = "1 span" if rejected == 1 else f"{rejected} spans"
    return f"{spans} rejected: trace_id must be 16 bytes, span_id 8, parent_span_id 8 or none"


def _encode(batch: Batch) -> bytes:
    request = ExportTraceServiceRequest()
    spans = MessageWriter(batch.records, Span)
    messages = batch.column(Level.RECORD, "status_message").to_pylist()
    codes = batch.column(Level.RECORD, "status_code").to_pylist()
    events = ChildWriter(batch, Level.EVENT, Span.Event)
    links = ChildWriter(batch, Level.LINK, Span.Link)

    def fill(span: Span, row: int) -> None:
        spans.fill(span, row)
        if messages[row]:
            span.status.message = messages[row]
        if codes[row]:
            span.status.code = codes[row]
        events.fill(span.events, row)
        links.fill(span.links, row)

    write_groups(batch, request.resource_spans, "scope_spans", "spans", fill)
    payload: bytes = request.SerializeToString()
    return payload


CODEC = Codec(_SpanRows, _encode)
