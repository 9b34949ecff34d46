"""The gateway's own metrics as rows of the standard tables, so that one can ask the store how its gateway was.

Counters are written as what was added since the time before, gauges as they are. What a store was told last lies beside
the counters, in their folder: a store process that starts again goes on from there, and where all counters begin anew,
with the gateway, so does it. A crash between a write and that note tells one interval twice.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from otel_lift import __version__
from otel_lift.errors import OtelLiftError
from otel_lift.jobs import JobContext, OpenStore
from otel_lift.private_files import make_once, replace
from otel_lift.service.metrics import FOLDER_VARIABLE, Sample, samples

__all__ = ["SERVICE", "tell"]

SERVICE = "otel-lift"
"""The `ServiceName` of the gateway's own metrics."""

_TOLD = "told.json"
_DELTA = 1  # of OTLP's temporalities
_TEXTS = pa.map_(pa.string(), pa.string())
_SCHEMA = pa.schema(
    [
        ("ResourceAttributes", _TEXTS),
        ("ServiceName", pa.string()),
        ("MetricName", pa.string()),
        ("Attributes", _TEXTS),
        ("StartTimeUnix", pa.timestamp("s")),
        ("TimeUnix", pa.timestamp("s")),
        ("Value", pa.float64()),
    ]
)
_SUM_SCHEMA = _SCHEMA.append(pa.field("AggregationTemporality", pa.int32())).append(pa.field("IsMonotonic", pa.bool_()))


def tell(context: JobContext) -> None:
    """Tell each store what is new to it; raises the first error when all were tried.

    Nothing is told where the process counts for no page.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder is None:
        return
    now, present = time.time(), list(samples())
    told = _Told(Path(folder) / _TOLD)
    failure: OtelLiftError | None = None
    for opened in context.own_stores:
        try:
            _tell(context.gateway, opened, present, told.of(opened.exporter), now)
            told.note(opened.exporter, present, now)
        except OtelLiftError as error:
            failure = failure or error
    if failure is not None:
        raise failure


class _Told:
    """What each store was told last: the counters by their key, and when."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._all: dict[str, Any] = json.loads(path.read_bytes())
        except FileNotFoundError:
            self._all = {}

    def of(self, exporter: str) -> Mapping[str, Any]:
        empty = {"at": 0, "sums": {}}
        return dict(self._all.get(exporter, empty))

    def note(self, exporter: str, present: Sequence[Sample], now: float) -> None:
        sums = {_key(one): one.value for one in present if one.counter}
        self._all[exporter] = {"at": int(now), "sums": sums}
        written = json.dumps(self._all).encode()
        if not make_once(self._path, written):
            replace(self._path, written)


def _tell(gateway: str, opened: OpenStore, present: Sequence[Sample], told: Mapping[str, Any], now: float) -> None:
    resource = [("service.instance.id", gateway), ("service.name", SERVICE), ("service.version", __version__)]
    common = {"ResourceAttributes": resource, "ServiceName": SERVICE, "TimeUnix": int(now)}

    def row(one: Sample, value: float) -> dict[str, Any]:
        attributes = sorted({**one.labels, "gateway": gateway}.items())
        return {**common, "MetricName": one.name, "Attributes": attributes, "Value": value}

    start = {"StartTimeUnix": int(told["at"]) or int(now)}
    sums = [
        {**row(one, added), **start, "AggregationTemporality": _DELTA, "IsMonotonic": True}
        for one, added in _added(present, told["sums"])
    ]
    gauges = [{**row(one, one.value), "StartTimeUnix": int(now)} for one in present if not one.counter]
    for table, rows, schema in (("otel_metrics_sum", sums, _SUM_SCHEMA), ("otel_metrics_gauge", gauges, _SCHEMA)):
        if rows:
            opened.store.insert_rows(table, pa.RecordBatch.from_pylist(rows, schema), f"own:{gateway}:{now}:{table}")


def _added(present: Sequence[Sample], before: Mapping[str, float]) -> Iterator[tuple[Sample, float]]:
    for one in present:
        if one.counter:
            known = before.get(_key(one), 0.0)
            added = one.value - known if one.value >= known else one.value
            if added:
                yield one, added


def _key(one: Sample) -> str:
    return json.dumps([one.name, *sorted(one.labels.items())])
