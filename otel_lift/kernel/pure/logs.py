"""Log records."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from otel_lift.batch import SCHEMAS, Batch, Level, Signal
from otel_lift.kernel.outcome import Outcome
from otel_lift.kernel.pure.codec import Codec
from otel_lift.kernel.pure.columns import AttributeColumn, MessageWriter, build_table, fill_value
from otel_lift.kernel.pure.contexts import Contexts, write_groups
from otel_lift.kernel.values import to_text

__all__ = ["CODEC"]


class _LogRows:
    def __init__(self) -> None:
        self._contexts = Contexts()
        self._logs: list[tuple[Any, ...]] = []
        self._attributes = AttributeColumn()

    def read(self, request: ExportLogsServiceRequest) -> Outcome:
        before = len(self._logs)
        for group in request.resource_logs:
            for part in group.scope_logs:
                if not part.log_records:
                    continue
                context = self._contexts.add(group.resource, group.schema_url, part.scope, part.schema_url)
                for log in part.log_records:
                    self._add(context, log)
        return Outcome(accepted=len(self._logs) - before)

    def _add(self, context: tuple[int, int], log: LogRecord) -> None:
        self._logs.append(
            (
                *context,
                log.time_unix_nano,
                log.observed_time_unix_nano,
                log.severity_number,
                log.severity_text,
                *to_text(log.body),
                log.dropped_attributes_count,
                log.flags,
                log.trace_id if len(log.trace_id) == 16 else None,
                log.span_id if len(log.span_id) == 8 else None,
                log.event_name,
            )
        )
        self._attributes.add(log.attributes)

    def tables(self) -> Mapping[Level, Any]:
        schema = SCHEMAS[Signal.LOGS][Level.RECORD]
        return {
            **self._contexts.tables(Signal.LOGS),
            Level.RECORD: build_table(schema, self._logs, self._attributes),
        }


def _encode(batch: Batch) -> bytes:
    request = ExportLogsServiceRequest()
    logs = MessageWriter(batch.records, LogRecord)
    body_types = batch.column(Level.RECORD, "body_type").to_pylist()
    bodies = batch.column(Level.RECORD, "body").to_pylist()

    def fill(log: LogRecord, row: int) -> None:
        logs.fill(log, row)
        fill_value(log.body, body_types[row], bodies[row])

    write_groups(batch, request.resource_logs, "scope_logs", "log_records", fill)
    payload: bytes = request.SerializeToString()
    return payload


CODEC = Codec(_LogRows, _encode)
