"""How jobs fare, and the operation that tells it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from otel_lift.jobs.job import Audited, JobContext, Operation

__all__ = ["JobStatus", "status_operation"]


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How a job fares in this gateway. Times are in Unix seconds, 0 before the first; `every` and `took` in seconds.

    `error` says, without any personal text, why the last run failed; it is empty where that was well. `calendar` says
    in words when a job is due that has no period, and `led` that only the gateway that leads does it.
    """

    name: str
    every: float
    runs: int = 0
    failures: int = 0
    started: float = 0.0
    ended: float = 0.0
    succeeded: float = 0.0
    took: float = 0.0
    error: str = ""
    calendar: str = ""
    led: bool = False


def status_operation(running: bool, statuses: Callable[[], Iterable[JobStatus]]) -> Operation:
    """Answer the operation ``jobs``: ``{"running": ..., "jobs": [...]}``, a job with the fields of `JobStatus`."""

    def run(_context: JobContext, _arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        yield {"running": running, "jobs": [asdict(status) for status in statuses()]}

    return Operation("jobs", run, lambda _last: Audited())
