"""Who is measured, by the name that stands in the tables."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from benchmarks.environment import FOLDER, collector, rotel
from benchmarks.gateway import run_gateway
from benchmarks.peers.collector import run_collector
from benchmarks.peers.rotel import run_rotel
from benchmarks.server import Server
from benchmarks.sinks import NullSink, null_sink

__all__ = ["COLLECTOR", "LIFT", "LIFT_DENIED", "ROTEL", "ROTEL_REDACTING", "SAFE_COLLECTOR", "present", "running"]

LIFT = "otel-lift"
LIFT_DENIED = "otel-lift, nobody agreed"
ROTEL = "Rotel, no processor"
ROTEL_REDACTING = "Rotel, Python redactor"
COLLECTOR = "Collector, no processor"
SAFE_COLLECTOR = "Collector, redaction, queue on disk"

_RUN: dict[str, Callable[[NullSink, Path], AbstractContextManager[Server]]] = {
    LIFT: run_gateway,
    LIFT_DENIED: partial(run_gateway, granted=False),
    ROTEL: run_rotel,
    ROTEL_REDACTING: partial(run_rotel, redact=True),
    COLLECTOR: run_collector,
    SAFE_COLLECTOR: partial(run_collector, safe=True),
}
_NEEDS: dict[str, Callable[[], Path | None]] = {
    ROTEL: rotel,
    ROTEL_REDACTING: rotel,
    COLLECTOR: collector,
    SAFE_COLLECTOR: collector,
}


def present(*names: str) -> list[str]:
    """Answer those of `names` that can be run here."""
    return [name for name in names if name not in _NEEDS or _NEEDS[name]() is not None]


@contextmanager
def running(name: str) -> Iterator[tuple[Server, NullSink]]:
    """Run a contender with a data folder and a sink of its own."""
    FOLDER.mkdir(exist_ok=True)
    with (
        null_sink() as sink,
        tempfile.TemporaryDirectory(dir=FOLDER) as folder,
        _RUN[name](sink, Path(folder)) as server,
    ):
        yield server, sink
