"""Jobs with a calendar: what is due in each store where this gateway leads, by what the store has as done."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from otel_lift.errors import OtelLiftError
from otel_lift.jobs.calendar import Calendar
from otel_lift.jobs.job import Job, JobContext, OpenStore
from otel_lift.jobs.running import told
from otel_lift.jobs.runs import Runs

__all__ = ["DueJobs"]

logger = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 60.0, 3600.0  # seconds after a failure until the next attempt
_SINCE = "0007_operations"  # the migration that made the log: nothing was missed before it


_Done = set[tuple[str, float]]
"""Job and moment of runs that ended well."""


@dataclass(slots=True)
class _Known:
    """What a store had as done when it was asked last, and since when it has such a log."""

    since: float
    done: _Done


@dataclass(slots=True)
class _Failed:
    """When, on the monotonic clock, a job may try again."""

    again: float
    pause: float


class DueJobs:
    """Runs what is due, one after another in the order of their moments, then of their declaration."""

    def __init__(self, runs: Runs, leads: Callable[[OpenStore], bool], clock: Callable[[], float] = time.time) -> None:
        """`clock` answers Unix seconds."""
        self._runs = runs
        self._leads = leads
        self._clock = clock
        self._jobs = [job for job in runs.jobs.values() if isinstance(job.every, Calendar)]
        self._known: dict[str, _Known] = {}
        self._own: dict[str, _Done] = {}  # also what the store has yet to be told
        self._failed: dict[tuple[str, str], _Failed] = {}

    def run_one(self, context: JobContext) -> bool:
        """Run the first that is due; answer whether there was one."""
        due: list[tuple[float, int, OpenStore]] = []
        for opened in context.stores:
            if not self._leads(opened):
                self._known.pop(opened.exporter, None)  # another gateway's runs are not seen here
                continue
            try:
                if opened.exporter not in self._known or self._due(opened):
                    # Asked again before anything runs: another gateway may have led meanwhile.
                    self._known[opened.exporter] = _ask(opened, self._jobs)
            except OtelLiftError as error:
                logger.debug("the store of %s does not tell which jobs are done: %s", opened.exporter, told(error))
                continue
            due += [(moment, place, opened) for moment, place in self._due(opened)]
        if not due:
            return False
        moment, place, opened = min(due, key=lambda one: one[:2])
        self._run(self._jobs[place], moment, replace(context, stores=(opened,)))
        return True

    def next(self) -> float:
        """Answer the seconds until the calendar of a job comes to its next moment."""
        now = self._clock()
        moments = [job.every.next(now) for job in self._jobs if isinstance(job.every, Calendar)]
        return min(moments, default=now + _LONGEST_PAUSE) - now

    def _due(self, opened: OpenStore) -> list[tuple[float, int]]:
        """Answer the first moment of each job that is due, and the job's place."""
        known, now, found = self._known[opened.exporter], self._clock(), []
        done = known.done | self._own.get(opened.exporter, set())
        for place, job in enumerate(self._jobs):
            failed = self._failed.get((opened.exporter, job.name))
            if isinstance(job.every, Calendar) and not (failed and time.monotonic() < failed.again):
                its = {moment for name, moment in done if name == job.name}
                found += [(moment, place) for moment in job.every.due(its, known.since, now)[:1]]
        return found

    def _run(self, job: Job, moment: float, context: JobContext) -> None:
        (opened,) = context.stores
        run = self._runs.run(job, context, moment)
        key = (opened.exporter, job.name)
        if not run.error:
            self._failed.pop(key, None)
            self._own.setdefault(opened.exporter, set()).add((job.name, moment))
            return
        before = self._failed.get(key)
        pause = min(2 * before.pause, _LONGEST_PAUSE) if before else _FIRST_PAUSE
        self._failed[key] = _Failed(time.monotonic() + pause, pause)


def _ask(opened: OpenStore, jobs: Sequence[Job]) -> _Known:
    log, migrations = (opened.options.qualified(name) for name in ("lift_jobs", "lift_migrations"))
    (since,) = opened.store.query(
        f"SELECT toUnixTimestamp(min(applied_at)) FROM {migrations} WHERE name = {{name:String}}",  # noqa: S608 - a quoted name
        {"name": _SINCE},
    ).rows[0]
    rows = opened.store.query(
        f"SELECT DISTINCT job, toUnixTimestamp64Milli(due) / 1000 FROM {log} "  # noqa: S608 - as above
        "WHERE outcome = 'done' AND job IN {jobs:Array(String)}",
        {"jobs": [job.name for job in jobs]},
    ).rows
    return _Known(float(since), {(str(job), float(due)) for job, due in rows})
