"""Rotel's Python processor: it loads this file and calls these functions with the records of each batch."""

import re
from typing import Any

from rotel_sdk.open_telemetry.common.v1 import AnyValue  # type: ignore[import-not-found]  # the agent brings it

from benchmarks.peers.expression import PERSONAL

__all__ = ["process_logs", "process_spans"]

_FIND = re.compile(PERSONAL)


def process_spans(resource_spans: Any) -> None:
    """Redact the attribute values of spans."""
    for scope_spans in resource_spans.scope_spans:
        for span in scope_spans.spans:
            for entry in span.attributes:
                _redact(entry.value)


def process_logs(resource_logs: Any) -> None:
    """Redact the bodies and attribute values of log records."""
    for scope_logs in resource_logs.scope_logs:
        for record in scope_logs.log_records:
            if record.body is not None:
                _redact(record.body)
            for entry in record.attributes:
                _redact(entry.value)


def _redact(value: Any) -> None:
    text = value.value
    if isinstance(text, str):
        clean = _FIND.sub("[REDACTED]", text)
        if clean != text:
            value.value = AnyValue(clean)
