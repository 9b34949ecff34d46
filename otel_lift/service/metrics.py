"""The gateway's own metrics: of all its processes on one Prometheus page.

Each process counts into memory-mapped files of a shared folder (prometheus_client's multiprocess mode); whoever serves
the page adds them up. The folder is named by the environment before a process imports the library.
"""

import atexit
import os
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

__all__ = ["FOLDER_VARIABLE", "PrometheusMeter", "Sample", "fresh_folder", "page", "samples", "totals"]

_PREFIX = "otel_lift_"
_PERIOD = 0.2  # seconds between writes of what was counted


class _Sum:
    """What was added to one series since it was last written."""

    __slots__ = ("amount", "series")

    def __init__(self, series: Any) -> None:
        self.series = series
        self.amount = 0.0


class PrometheusMeter:
    """A `Meter` over prometheus_client; a counter `name` appears as ``otel_lift_<name>_total``.

    The library's own way from a count to the shared file takes longer than much of what is counted. So counts are
    added up here and written a few times a second, and when the process exits.
    """

    def __init__(self) -> None:
        from prometheus_client import Counter, Gauge  # noqa: PLC0415 - reads the environment when it is imported

        self._make, self._make_gauge = Counter, Gauge
        self._counters: dict[str, Counter] = {}
        self._sums: dict[tuple[Any, ...], _Sum] = {}
        self._lock = threading.Lock()
        self._gauges: dict[str, Gauge] = {}
        atexit.register(self.flush)
        threading.Thread(target=self._write, name="metrics", daemon=True).start()

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add `amount` to the counter `name`; a name always comes with the same label names."""
        key = (name, *labels.items())  # the library takes long to find one by its labels
        with self._lock:
            known = self._sums.get(key)
            if known is None:
                known = self._sums[key] = _Sum(self._find(name, labels))
            known.amount += amount

    def flush(self) -> None:
        """Write what was counted to the page."""
        with self._lock:
            for known in self._sums.values():
                if known.amount:
                    known.series.inc(known.amount)
                    known.amount = 0.0

    def _find(self, name: str, labels: Mapping[str, str]) -> Any:
        counter = self._counters.get(name)
        if counter is None:
            counter = self._make(_PREFIX + name, f"otel-lift: {name.replace('_', ' ')}", sorted(labels))
            self._counters[name] = counter
        return counter.labels(**labels) if labels else counter

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set the gauge ``otel_lift_<name>``; of several processes the latest word counts."""
        with self._lock:
            gauge = self._gauges.get(name)
            if gauge is None:
                gauge = self._make_gauge(
                    _PREFIX + name,
                    f"otel-lift: {name.replace('_', ' ')}",
                    sorted(labels),
                    multiprocess_mode="mostrecent",
                )
                self._gauges[name] = gauge
        (gauge.labels(**labels) if labels else gauge).set(value)

    def _write(self) -> None:
        while True:
            time.sleep(_PERIOD)
            self.flush()


def fresh_folder(data: Path) -> Path:
    """Empty and name the folder of the counters; called by the supervisor before it starts a process."""
    folder = data / "run" / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    os.environ[FOLDER_VARIABLE] = str(folder)
    return folder


@dataclass(frozen=True, slots=True)
class Sample:
    """A series of the page as it is now; `name` is the page's, of a counter without ``_total``."""

    name: str
    labels: Mapping[str, str]
    value: float
    counter: bool


def page() -> bytes:
    """Answer the Prometheus text page of all processes."""
    from prometheus_client import generate_latest  # noqa: PLC0415 - as above

    return generate_latest(_registry())


def samples() -> Iterator[Sample]:
    """Yield what the page would show of the gateway's counters and gauges, of all processes."""
    for family in _registry().collect():
        for sample in family.samples:
            counter = family.type == "counter"
            name = sample.name.removesuffix("_total") if counter else sample.name
            yield Sample(name, sample.labels, sample.value, counter)


def _registry() -> Any:
    from prometheus_client import CollectorRegistry  # noqa: PLC0415 - as above
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415 - as above

    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library types most, not this
    return registry


def totals(text: str) -> Mapping[str, list[tuple[dict[str, str], float]]]:
    """Read a page back: by name without prefix and suffix, its (labels, value) pairs."""
    from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415 - as above

    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.startswith(_PREFIX):
                name = sample.name.removeprefix(_PREFIX).removesuffix("_total")
                found.setdefault(name, []).append((dict(sample.labels), sample.value))
    return found
