"""The shapes of load: what a request holds, and how many connections send it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.attributes import distinct_values, keys_from, new_sessions
from benchmarks.payloads import error_requests, log_requests, metric_requests, span_requests
from benchmarks.traffic.files import write_payloads
from otel_lift.batch import Signal

__all__ = ["SHAPES", "Shape"]


@dataclass(frozen=True, slots=True)
class Shape:
    """`made` distinct requests of `records` records are made, and sent in turn over `connections` connections."""

    title: str
    make: Callable[[int, int], Iterable[bytes]]
    signal: Signal = Signal.TRACES
    records: int = 1000
    connections: int = 8
    made: int = 40

    def file(self, folder: Path) -> Path:
        """Answer a payload file under `folder`, written at first use; for one run, since records tell the time."""
        file = folder / f"{self.title.replace(' ', '-').replace(',', '')}.payloads"
        if not file.exists():
            write_payloads(file, self.make(self.made, self.records))
        return file


def _keys(pool: int, of_each: int = 1) -> partial[Iterator[bytes]]:
    return partial(span_requests, attributes=keys_from(pool, of_each))


SHAPES = {
    "traces": Shape("spans", span_requests),
    "logs": Shape("logs", log_requests, Signal.LOGS),
    "metrics": Shape("metric points", metric_requests, Signal.METRICS),
    "twenty": Shape("20 spans a request", span_requests, records=20, connections=32, made=2_000),
    "tiny": Shape("1 span a request", span_requests, records=1, connections=64, made=20_000),
    "crowd": Shape("1 span a request, many clients", span_requests, records=1, connections=256, made=20_000),
    "errors": Shape("bursts of errors with stacks", error_requests),
    "services": Shape("100 services", partial(span_requests, services=100)),
    "distinct": Shape("no value twice", partial(span_requests, attributes=distinct_values, stamped=True)),
    "endless": Shape("new sessions and traces", partial(span_requests, attributes=new_sessions, stamped=True)),
    "keys 1": Shape("11 keys and 1 more", _keys(1)),
    "keys 100": Shape("11 keys and 100 more", _keys(100)),
    "keys 10,000": Shape("11 keys and 10,000 more", _keys(10_000)),
    "keys of 10,000": Shape("all 12 keys of 10,000", _keys(10_000, 12)),
}
"""All shapes by the name that parts of the benchmark use."""
