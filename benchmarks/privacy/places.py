"""Texts in records, through the gateway, and what is stored of each."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.privacy.gateway import Gateway, texts_of
from otel_lift.batch import Level, Signal
from otel_lift.kernel.requests import REQUESTS
from otel_lift.synthetic import Position, put

__all__ = ["Stored", "send"]

_SPANS = ("resource_spans", "scope_spans", "spans")
_LOGS = ("resource_logs", "scope_logs", "log_records")
_PLACES: Sequence[tuple[Signal, Position]] = (
    (Signal.TRACES, (*_SPANS, "attributes", "value", "string_value")),
    (Signal.LOGS, (*_LOGS, "body", "string_value")),
    (Signal.TRACES, (*_SPANS, "events", "attributes", "value", "string_value")),
    (Signal.LOGS, (*_LOGS, "attributes", "value", "kvlist_value", "values", "value", "string_value")),
    (Signal.TRACES, (*_SPANS, "status", "message")),
    (Signal.LOGS, (*_LOGS, "attributes", "value", "string_value")),
)
_MANY = 500


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of a text's record: all texts of its rows, and the rules that redacted something in it."""

    texts: frozenset[str]
    rules: frozenset[str]


def send(gateway: Gateway, texts: Sequence[str]) -> list[Stored]:
    """Send each text in a record of its own, in one of some positions in turn; answer what is stored of each."""
    answers: dict[int, Stored] = {}
    for which, (signal, position) in enumerate(_PLACES):
        mine = range(which, len(texts), len(_PLACES))
        for start in range(0, len(mine), _MANY):
            chosen = mine[start : start + _MANY]
            answers |= _send(gateway, signal, position, {number + 1: texts[number] for number in chosen})
    return [answers[number + 1] for number in range(len(texts))]


def _send(gateway: Gateway, signal: Signal, position: Position, texts: dict[int, str]) -> dict[int, Stored]:
    request: Any = REQUESTS[signal]()
    for number, text in texts.items():
        put(request, signal, position, text, number, time.time_ns())
    batch = gateway.process(signal, request.SerializeToString())
    rules = batch.column(Level.RECORD, "lift.redaction.rules").to_pylist()
    # the ids are our own, and their zeros are in many a secret too
    rows = [{name: value for name, value in row.items() if name != "SpanId"} for _, row in gateway.rows(batch)]
    assert len(rows) == len(rules) == len(texts), "a record for each text, and a row for each record"
    return {
        int(row.pop("TraceId"), 16): Stored(frozenset(texts_of(row)), frozenset((named or "").split(",")) - {""})
        for row, named in zip(rows, rules, strict=True)
    }
