"""Texts that came without telemetry around them, carried as the bodies of log records."""

from collections.abc import Sequence
from typing import Protocol

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from otel_lift.batch import Batch, Level, RequestContext, Signal
from otel_lift.kernel import decode
from otel_lift_redaction.outcome import Outcome
from otel_lift_redaction.summary import Summary

__all__ = ["Finder", "batch_of", "redact_texts"]


class Finder(Protocol):
    """What finds, as the processor does."""

    def find(self, batch: Batch, summary: Summary) -> Outcome:
        """Answer what the rules find in a batch with records."""
        ...


def batch_of(texts: Sequence[str]) -> Batch:
    """Answer a batch of log records, each with one of the texts as its body."""
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for text in texts:
        records.add().body.string_value = text
    return decode(Signal.LOGS, [request.SerializeToString()], RequestContext(), 0).batch


def redact_texts(finder: Finder, texts: Sequence[str]) -> list[str]:
    """Answer the texts after the detectors; nothing is counted."""
    if not texts:
        return []
    batch = batch_of(texts)
    unread = Summary(batch, ())
    redacted: list[str] = finder.find(batch, unread).applied(unread).column(Level.RECORD, "body").to_pylist()
    return redacted
