"""`JobRunner`: does each job at its period, in the store process.

A job has a thread, so a slow one holds up no other, and waits on the monotonic clock: a machine clock that is set
back must not keep a withdrawal of consent from being learnt. (Schedulers for calendars, such as APScheduler's, go by
that clock: where it is set back by an hour, their interval jobs rest for an hour.)
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from otel_lift.errors import StoreUnavailableError
from otel_lift.jobs.context import ContextMaker
from otel_lift.jobs.job import Job, JobContext
from otel_lift.jobs.running import told
from otel_lift.jobs.status import JobStatus
from otel_lift.jobs.stores import Stores
from otel_lift.pipeline import Meter

__all__ = ["JobRunner"]

logger = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0  # seconds between attempts to open stores
_PATIENCE = 30.0  # seconds that an operation waits for the stores of a gateway that starts


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
        self._jobs = jobs
        self._stores = stores
        self._contexts = contexts
        self._meter = meter
        self._after = after
        self._stopping = threading.Event()
        self._usable = threading.Event()
        self._statuses = {job.name: JobStatus(job.name, job.every) for job in jobs.values()}
        work = [(self._run, (job,), f"job-{job.name}") for job in jobs.values()]
        self._threads = [
            threading.Thread(target=self._open, name="job-stores", daemon=True),
            *(threading.Thread(target=run, args=given, name=name, daemon=True) for run, given, name in work),
        ]

    def start(self) -> None:
        """Begin to open the stores, and then the jobs; nobody waits for either."""
        for thread in self._threads:
            thread.start()

    def statuses(self) -> list[JobStatus]:
        """Answer how each job fares."""
        return list(self._statuses.values())

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

    def _run(self, job: Job) -> None:
        self._usable.wait()
        due = time.monotonic()
        while not self._stopping.wait(max(due - time.monotonic(), 0.0)):
            self._run_once(job)
            # Turns that a long run has missed are left out.
            due = max(due + job.every, time.monotonic())

    def _run_once(self, job: Job) -> None:
        before = self._statuses[job.name]
        self._statuses[job.name] = replace(before, started=time.time())
        begun = time.perf_counter()
        error = ""
        try:
            job.run(self._contexts.make())
        except Exception as failure:  # noqa: BLE001 - a job that fails must not end the others, nor its own next run
            error = told(failure)
        took = time.perf_counter() - begun
        self._note(replace(self._statuses[job.name], took=took, ended=time.time()), before.error, error)

    def _note(self, status: JobStatus, before: str, error: str) -> None:
        name = status.name
        status = replace(status, runs=status.runs + 1, error=error)
        self._meter.count("jobs_runs", job=name)
        self._meter.count("jobs_seconds", status.took, job=name)
        self._meter.count("jobs_failures", 1 if error else 0, job=name)
        if error:
            status = replace(status, failures=status.failures + 1)
            # Once for each reason: a job with a short period would fill the log while a store is away.
            logger.log(logging.DEBUG if error == before else logging.ERROR, "job %s failed: %s", name, error)
        else:
            status = replace(status, succeeded=status.ended)
            self._meter.gauge("jobs_last_success_seconds", status.ended, job=name)
            if before:
                logger.info("job %s works again", name)
        self._statuses[name] = status
