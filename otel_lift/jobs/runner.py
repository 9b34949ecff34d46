"""`JobRunner`: does each job at its period or by its calendar, in the store process.

A job with a period has a thread, so a slow one holds up no other, and waits on the monotonic clock: a machine clock
that is set back must not keep a withdrawal of consent from being learnt. (Schedulers for calendars, such as
APScheduler's, go by that clock: where it is set back by an hour, their interval jobs rest for an hour.) Jobs with a
calendar share a thread, which looks what is due, see `otel_lift.jobs.calendar`.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from otel_lift.errors import StoreUnavailableError
from otel_lift.jobs.calendar import Calendar
from otel_lift.jobs.context import ContextMaker
from otel_lift.jobs.due import DueJobs
from otel_lift.jobs.job import Job, JobContext
from otel_lift.jobs.leases import Leases
from otel_lift.jobs.log import JobLog
from otel_lift.jobs.running import told
from otel_lift.jobs.runs import Runs
from otel_lift.jobs.status import JobStatus
from otel_lift.jobs.stores import Stores
from otel_lift.pipeline import Meter

__all__ = ["JobRunner"]

logger = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0  # seconds between attempts to open stores
_PATIENCE = 30.0  # seconds that an operation waits for the stores of a gateway that starts
_LOOK = 30.0  # seconds at most between looks at the calendar: clocks are set
_LOG_FIRST, _LOG_EVERY = 5.0, 60.0  # seconds until what ran is written to the stores


class JobRunner:
    """Runs jobs, each again and again, from when the stores can be worked with until `stop`."""

    def __init__(
        self,
        jobs: Mapping[str, Job],
        stores: Stores,
        contexts: ContextMaker,
        meter: Meter,
        *,
        after: Callable[[float], bool] = lambda _timeout: True,
    ) -> None:
        """`after` waits at most so many seconds until the exporters have tried to make their tables.

        Nothing is opened before `start`.
        """
        self._stores = stores
        self._contexts = contexts
        self._after = after
        self._stopping = threading.Event()
        self._usable = threading.Event()
        self._log = JobLog()
        self.runs = Runs(jobs, meter, self._log)
        self.leases = Leases(contexts.make)
        self._due = DueJobs(self.runs, self.leases.held)
        periods = [job for job in jobs.values() if not isinstance(job.every, Calendar)]
        work: list[tuple[Callable[..., None], tuple[Job, ...], str]] = [
            (self._open, (), "stores"),
            (self._lead, (), "leases"),
            (self._follow_calendar, (), "calendar"),
            (self._write_log, (), "log"),
            *((self._repeat, (job,), job.name) for job in periods),
        ]
        self._threads = [
            threading.Thread(target=run, args=given, name=f"job-{name}", daemon=True) for run, given, name in work
        ]

    def start(self) -> None:
        """Begin to open the stores, and then the jobs; nobody waits for either."""
        for thread in self._threads:
            thread.start()

    def statuses(self) -> list[JobStatus]:
        """Answer how each job fares."""
        return self.runs.statuses()

    def context(self) -> JobContext:
        """Answer what to work with, once the stores are there; raises StoreUnavailableError if they do not come."""
        if not self._usable.wait(_PATIENCE) or self._stopping.is_set():
            raise StoreUnavailableError("the gateway has no store open yet; its log says why, and it tries again")
        return self._contexts.make()

    def tell_to_stop(self) -> None:
        """Begin no run any more."""
        self._stopping.set()
        self._usable.set()

    def stop(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for the runs that are on; answers whether all ended in time."""
        self.tell_to_stop()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(deadline - time.monotonic(), 0.0))
        late = [thread.name for thread in self._threads if thread.is_alive()]
        if late:
            logger.warning("%s did not end in time; it runs again after the next start", ", ".join(late))
        return not late

    def _open(self) -> None:
        self._after(_PATIENCE)
        pause, told_before = _FIRST_PAUSE, ""
        while not self._stopping.is_set():
            failures = self._stores.open()
            if self._stores.usable:
                self._usable.set()
            if not failures:
                return
            words = "; ".join(f"{exporter}: {told(error)}" for exporter, error in failures.items())
            logger.log(logging.DEBUG if words == told_before else logging.WARNING, "jobs wait for a store, %s", words)
            told_before = words
            self._stopping.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _lead(self) -> None:
        self._usable.wait()
        self.leases.run(self._stopping)

    def _write_log(self) -> None:
        self._usable.wait()
        pause = _LOG_FIRST
        while not self._stopping.wait(pause):
            self._log.write(self._contexts.make(), alone=False)
            pause = _LOG_EVERY

    def _follow_calendar(self) -> None:
        self._usable.wait()
        while not self._stopping.is_set():
            if not self._due.run_one(self._contexts.make()):
                self._stopping.wait(min(self._due.next(), _LOOK))

    def _repeat(self, job: Job) -> None:
        assert not isinstance(job.every, Calendar), "the calendar's thread does those"
        self._usable.wait()
        due = time.monotonic()
        while not self._stopping.wait(max(due - time.monotonic(), 0.0)):
            self._run(job)
            # Turns that a long run has missed are left out.
            due = max(due + job.every, time.monotonic())

    def _run(self, job: Job) -> None:
        context, now = self._contexts.make(), time.time()
        if not job.for_leader:
            self.runs.run(job, context, now)
            return
        for opened in context.stores:
            if self.leases.held(opened):
                self.runs.run(job, replace(context, stores=(opened,)), now)
