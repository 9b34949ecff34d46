"""The server spans of the world's requests, as rows of `otel_traces`."""

from typing import Any

import numpy as np
import pyarrow as pa

from otel_lift.synthetic.world.arrow import hexadecimal, interned, timestamps
from otel_lift.synthetic.world.facts import Facts, Numbers, Texts
from otel_lift.synthetic.world.journeys import code_of
from otel_lift.synthetic.world.words import ENVIRONMENTS, ROUTES, SERVICES

__all__ = ["METHODS", "Spans", "span_rows"]

METHODS = ("GET", "POST", "PUT", "DELETE")
"""Methods of requests."""

_FAILED = ("api_error", "api_timeout")
_STATUS = ("Unset", "Error")
_KINDS = ("Server", "Client")
_RESOURCE = ("service.name", "deployment.environment.name")


class Spans:
    """The spans of those facts that have one, once each: arrays of k.

    `rows` are their places among the facts; `start` in Unix nanoseconds, `duration` in nanoseconds; `route`, `method`,
    `status` (HTTP), `failed` and `client` (a client's span, which no question about endpoints counts).
    """

    def __init__(self, facts: Facts) -> None:
        route = facts.told["http.route"]
        assert isinstance(route, Texts)
        self.rows = np.flatnonzero(facts.span & ~facts.again & (route.codes >= 0))
        event, first = facts.event[self.rows], facts.ids[self.rows, 0].astype(np.int64)
        self.route = route.codes[self.rows]
        self.failed = np.isin(event, [code_of(name) for name in _FAILED]) & (first % 5 > 0)
        self.client = first % 17 == 0
        self.method = facts.ids[self.rows, 1] % len(METHODS)
        self.status = np.where(self.failed, np.where(first % 2 == 0, 500, 503), np.where(first % 11 == 0, 404, 200))
        # some fail by their status alone
        self.error = self.failed & (first % 3 > 0)
        milliseconds = np.zeros(len(self.rows))
        for name in ("lift.response_time", "lift.duration_ms"):
            values = facts.told[name]
            assert isinstance(values, Numbers)
            mine = values.numbers[self.rows]
            milliseconds = np.where((milliseconds == 0) & ~np.isnan(mine), mine, milliseconds)
        milliseconds[milliseconds == 0] = 12.5
        self.duration = (milliseconds * 1e6).astype(np.int64)
        self.start = facts.time[self.rows] - self.duration
        self.traces = facts.traces[self.rows]
        self.service = facts.service[self.rows]
        self.environment = facts.environment[self.rows]


def span_rows(facts: Facts) -> Any:
    """Answer the rows of `otel_traces`, of the columns that say something."""
    spans = Spans(facts)
    names = [f"{method} {route}" for method in METHODS for route in ROUTES]
    statuses = sorted(set(spans.status.tolist()))
    words = [*ROUTES, *METHODS, *map(str, statuses)]
    values = np.stack(
        [
            spans.route,
            len(ROUTES) + spans.method,
            len(ROUTES) + len(METHODS) + np.searchsorted(statuses, spans.status),
        ],
        axis=1,
    )
    keys = ("http.route", "http.request.method", "http.response.status_code")
    resource = np.stack([spans.service, len(SERVICES) + spans.environment], axis=1)
    return pa.RecordBatch.from_pydict(
        {
            "Timestamp": timestamps(spans.start),
            "TraceId": hexadecimal(spans.traces),
            "SpanId": hexadecimal(spans.traces[:, :8]),
            "SpanName": interned(spans.method.astype(np.int32) * len(ROUTES) + spans.route, names),
            "SpanKind": interned(spans.client, _KINDS),
            "ServiceName": interned(spans.service, SERVICES),
            "ResourceAttributes": _map(
                ("service.name", "deployment.environment.name"), resource, [*SERVICES, *ENVIRONMENTS]
            ),
            "SpanAttributes": _map(keys, values, words),
            "Duration": pa.array(spans.duration.astype(np.uint64)),
            "StatusCode": interned(spans.error, _STATUS),
        }
    )


def _map(keys: tuple[str, ...], values: Any, words: list[str]) -> Any:
    rows, width = values.shape
    offsets = pa.array(np.arange(rows + 1, dtype=np.int32) * width)
    names = interned(np.tile(np.arange(width), rows), keys)
    return pa.MapArray.from_arrays(offsets, names, pa.array(words, pa.string()).take(pa.array(values.reshape(-1))))
