"""The log of runs: rows of `lift_jobs`, and for each that failed a row of the event `background_job`.

Runs by a calendar are written at once, one row each. The many runs of jobs with short periods are put together, one row
a job and minute. What a store does not take stays here until it does, or until the process ends.
"""

import logging
import threading
import uuid
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from otel_lift.errors import OtelLiftError
from otel_lift.jobs.job import JobContext, OpenStore
from otel_lift.jobs.running import told

__all__ = ["JobLog", "Run"]

logger = logging.getLogger(__name__)

_MOST = 1000  # rows that wait for a store
_MOMENT = pa.timestamp("ms")
_SCHEMA = pa.schema(
    [
        ("job", pa.string()),
        ("gateway", pa.string()),
        ("due", _MOMENT),
        ("started", _MOMENT),
        ("ended", _MOMENT),
        ("took", pa.float64()),
        ("outcome", pa.string()),
        ("error", pa.string()),
        ("runs", pa.uint32()),
        ("failures", pa.uint32()),
    ]
)
_EVENT_SCHEMA = pa.schema(
    [
        ("event", pa.string()),
        ("event_id", pa.string()),
        ("event_time", pa.timestamp("ns")),
        ("receive_time", pa.timestamp("ns")),
        ("priority", pa.string()),
        ("category", pa.string()),
        ("service", pa.string()),
        ("consent", pa.string()),
        ("job", pa.string()),
        ("outcome", pa.string()),
        ("duration_ms", pa.float64()),
    ]
)
_EVENT = {
    "event": "background_job",
    "priority": "low",
    "category": "behaviour",
    "service": "otel-lift",
    "consent": "not_required",
}


@dataclass(frozen=True, slots=True)
class Run:
    """A run that ended, or several of which this is one. Times are in Unix seconds, `took` in seconds.

    `error` is without any personal text, and empty where it was well.
    """

    job: str
    due: float
    started: float
    ended: float
    took: float
    error: str
    runs: int = 1
    failures: int = 0

    def after(self, before: "Run | None") -> "Run":
        """Answer what stands for this run and those of `before`: a failed one if there is any, else the latest."""
        if before is None:
            return self
        shown = before if before.error and not self.error else self
        return replace(shown, runs=before.runs + self.runs, failures=before.failures + self.failures)


class JobLog:
    """What is yet to be written, by store. Any thread may use it."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._guard = threading.Lock()
        self._single: dict[str, deque[Run]] = {}
        self._together: dict[str, dict[str, Run]] = {}
        self._writing = threading.Lock()

    def note(self, run: Run, stores: Iterable[OpenStore], *, alone: bool) -> None:
        """Note a run for these stores, as a row of its own if `alone`."""
        with self._guard:
            for one in stores:
                if alone:
                    self._single.setdefault(one.exporter, deque(maxlen=_MOST)).append(run)
                else:
                    jobs = self._together.setdefault(one.exporter, {})
                    jobs[run.job] = run.after(jobs.get(run.job))

    def write(self, context: JobContext, *, alone: bool) -> None:
        """Write what waits, only rows that stand `alone` or all; what a store does not take now waits on."""
        with self._writing:
            for opened in context.stores:
                runs = self._take(opened.exporter, alone=alone)
                if not runs:
                    continue
                try:
                    _insert(context.gateway, opened, runs)
                except OtelLiftError as error:
                    logger.debug("the store of %s does not take the log of jobs: %s", opened.exporter, told(error))
                    self._put_back(opened, runs)

    def _take(self, exporter: str, *, alone: bool) -> list[Run]:
        with self._guard:
            runs = list(self._single.pop(exporter, ()))
            return runs if alone else [*runs, *self._together.pop(exporter, {}).values()]

    def _put_back(self, opened: OpenStore, runs: Sequence[Run]) -> None:
        with self._guard:
            newer = self._single.get(opened.exporter, ())
            self._single[opened.exporter] = deque([*runs, *newer], maxlen=_MOST)


def _insert(gateway: str, opened: OpenStore, runs: Sequence[Run]) -> None:
    failed = [run for run in runs if run.error]
    token = uuid.uuid4().hex
    rows = pa.RecordBatch.from_pylist([_row(gateway, run) for run in runs], _SCHEMA)
    opened.store.insert_rows("lift_jobs", rows, f"jobs:{token}")
    if failed:
        events = pa.RecordBatch.from_pylist([_event(run) for run in failed], _EVENT_SCHEMA)
        opened.store.insert_rows("lift_events", events, f"job-events:{token}")


def _row(gateway: str, run: Run) -> dict[str, Any]:
    return {
        "job": run.job,
        "gateway": gateway,
        **{name: round(getattr(run, name) * 1000) for name in ("due", "started", "ended")},
        "took": run.took,
        "outcome": "failed" if run.error else "done",
        "error": run.error,
        "runs": run.runs,
        "failures": run.failures,
    }


def _event(run: Run) -> dict[str, Any]:
    ended = int(run.ended * 1e9)
    own = {"event_id": uuid.uuid4().hex, "event_time": ended, "receive_time": ended}
    return {**_EVENT, **own, "job": run.job, "outcome": "failed", "duration_ms": run.took * 1000}
