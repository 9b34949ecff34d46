"""The gateway's own metrics: of all its processes on one Prometheus page.

Each process counts into memory-mapped files of a shared folder (prometheus_client's multiprocess mode); whoever serves
the page adds them up. The folder is named by the environment before a process imports the library.
"""

import os
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

__all__ = ["FOLDER_VARIABLE", "PrometheusMeter", "fresh_folder", "page", "totals"]

_PREFIX = "otel_lift_"


class PrometheusMeter:
    """A `Meter` over prometheus_client; a counter `name` appears as ``otel_lift_<name>_total``."""

    def __init__(self) -> None:
        from prometheus_client import Counter, Gauge  # noqa: PLC0415 - reads the environment when it is imported

        self._make, self._make_gauge = Counter, Gauge
        self._counters: dict[str, Counter] = {}
        self._series: dict[tuple[Any, ...], Any] = {}
        self._lock = threading.Lock()
        self._gauges: dict[str, Gauge] = {}

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add `amount` to the counter `name`; a name always comes with the same label names."""
        series = (name, *labels.items())  # the library takes long to find one by its labels
        counter = self._series.get(series)
        if counter is None:
            counter = self._series[series] = self._find(name, labels)
        counter.inc(amount)

    def _find(self, name: str, labels: Mapping[str, str]) -> Any:
        with self._lock:
            counter = self._counters.get(name)
            if counter is None:
                counter = self._make(_PREFIX + name, f"otel-lift: {name.replace('_', ' ')}", sorted(labels))
                self._counters[name] = counter
        return counter.labels(**labels) if labels else counter

    def gauge(self, name: str, value: float) -> None:
        """Set the gauge ``otel_lift_<name>``; of several processes the latest word counts."""
        gauge = self._gauges.get(name)
        if gauge is None:
            gauge = self._make_gauge(
                _PREFIX + name, f"otel-lift: {name.replace('_', ' ')}", multiprocess_mode="mostrecent"
            )
            self._gauges[name] = gauge
        gauge.set(value)


def fresh_folder(data: Path) -> Path:
    """Empty and name the folder of the counters; called by the supervisor before it starts a process."""
    folder = data / "run" / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    os.environ[FOLDER_VARIABLE] = str(folder)
    return folder


def page() -> bytes:
    """Answer the Prometheus text page of all processes."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 - as above
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415 - as above

    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library types most, not this
    return generate_latest(registry)


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
