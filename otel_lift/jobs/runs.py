"""One run of a job, whoever asks for it: timed, logged, counted, noted, and never two of a job at once."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import replace

from otel_lift.errors import ConfigError
from otel_lift.jobs.calendar import Calendar
from otel_lift.jobs.job import Job, JobContext
from otel_lift.jobs.log import JobLog, Run
from otel_lift.jobs.running import told
from otel_lift.jobs.status import JobStatus
from otel_lift.pipeline import Meter

__all__ = ["Runs"]

logger = logging.getLogger(__name__)


class Runs:
    """Carries jobs out, each in the caller's thread. Any thread may use it."""

    def __init__(self, jobs: Mapping[str, Job], meter: Meter, log: JobLog) -> None:
        """Nothing runs yet."""
        self.jobs = jobs
        self._meter = meter
        self._log = log
        self._statuses = {job.name: _unknown(job) for job in jobs.values()}
        self._turns = {name: threading.Lock() for name in jobs}

    def statuses(self) -> list[JobStatus]:
        """Answer how each job fares."""
        return list(self._statuses.values())

    def job(self, name: str) -> Job:
        """Answer a job by name; raises ConfigError where there is none."""
        if name not in self.jobs:
            raise ConfigError(
                f"there is no job '{name}' in this configuration; there is: {', '.join(sorted(self.jobs))}"
            )
        return self.jobs[name]

    def run(self, job: Job, context: JobContext, due: float) -> Run:
        """Do a run that was due then, when the one that is on has ended; never raises for what the job does."""
        with self._turns[job.name]:
            return self._run(job, replace(context, due=due))

    def _run(self, job: Job, context: JobContext) -> Run:
        before = self._statuses[job.name]
        started = time.time()
        self._statuses[job.name] = replace(before, started=started)
        begun = time.perf_counter()
        error = ""
        try:
            job.run(context)
        except Exception as failure:  # noqa: BLE001 - a job that fails must not end the others, nor its own next run
            error = told(failure)
        took = time.perf_counter() - begun
        run = Run(job.name, context.due, started, time.time(), took, error, failures=1 if error else 0)
        self._note(run, before.error)
        alone = isinstance(job.every, Calendar)
        self._log.note(run, context.stores if job.for_leader else context.own_stores, alone=alone)
        if alone:
            self._log.write(context, alone=True)
        return run

    def _note(self, run: Run, before: str) -> None:
        name, error = run.job, run.error
        status = self._statuses[name]
        status = replace(status, runs=status.runs + 1, error=error, took=run.took, ended=run.ended)
        self._meter.count("jobs_runs", job=name)
        self._meter.count("jobs_seconds", run.took, job=name)
        self._meter.count("jobs_failures", run.failures, job=name)
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


def _unknown(job: Job) -> JobStatus:
    if isinstance(job.every, Calendar):
        return JobStatus(job.name, 0.0, calendar=job.every.words, led=True)
    return JobStatus(job.name, job.every, led=job.led)
