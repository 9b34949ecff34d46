"""Errors as an app would send them, through the real decoder and the real processor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue, KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from otel_lift_patterns import COMPONENT, PatternsConfig
from privacy_rows import Counts

from otel_lift.batch import Batch, Level, RequestContext, Signal
from otel_lift.kernel import decode
from otel_lift.pipeline import Services
from otel_lift.pipeline.recognise import recognise


@dataclass(frozen=True)
class Event:
    """A span event to send."""

    name: str = "exception"
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """A span or log record to send."""

    text: str | Mapping[str, str] = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    error: bool = True
    name: str = ""
    events: Sequence[Event] = ()


Pattern = tuple[str | None, str | None]


def _attributes(values: Mapping[str, str]) -> list[KeyValue]:
    return [KeyValue(key=key, value=AnyValue(string_value=value)) for key, value in values.items()]


def logs(records: Sequence[Record]) -> Batch:
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for record in records:
        body = (
            AnyValue(string_value=record.text)
            if isinstance(record.text, str)
            else AnyValue(kvlist_value=KeyValueList(values=_attributes(record.text)))
        )
        scope.log_records.add(
            severity_number=17 if record.error else 9,
            body=body,
            event_name=record.name,
            attributes=_attributes(record.attributes),
        )
    return recognise(decode(Signal.LOGS, [request.SerializeToString()], RequestContext(), 0).batch)


def spans(records: Sequence[Record]) -> Batch:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for number, record in enumerate(records, start=1):
        span = scope.spans.add(
            trace_id=number.to_bytes(16, "big"),
            span_id=number.to_bytes(8, "big"),
            name=record.name,
            attributes=_attributes(record.attributes),
        )
        span.status.code = Status.STATUS_CODE_ERROR if record.error else Status.STATUS_CODE_UNSET
        span.status.message = str(record.text)
        for event in record.events:
            span.events.add(name=event.name, attributes=_attributes(event.attributes))
    return recognise(decode(Signal.TRACES, [request.SerializeToString()], RequestContext(), 0).batch)


class Patterns:
    """A `patterns` processor and what it said of the records sent through it."""

    def __init__(self, **config: float) -> None:
        self.meter = Counts()
        services = Services("patterns", Path("unused"), self.meter)
        self.processor = COMPONENT.create(PatternsConfig.model_validate(config), services)

    def run(self, batch: Batch, level: Level = Level.RECORD) -> list[Pattern]:
        """Answer (template, fingerprint) of each row."""
        processed = self.processor.process(batch)
        assert processed is not None
        templates = processed.column(level, "lift.template").to_pylist()
        return list(zip(templates, processed.column(level, "lift.fingerprint").to_pylist(), strict=True))

    def logs(self, *records: Record) -> list[Pattern]:
        """Answer (template, fingerprint) of each log record."""
        return self.run(logs(records))

    def spans(self, *records: Record) -> list[Pattern]:
        """Answer (template, fingerprint) of each span."""
        return self.run(spans(records))
