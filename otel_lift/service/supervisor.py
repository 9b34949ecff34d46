"""`otel-lift run`: starts the gateway's processes, restarts what dies, reloads on SIGHUP and drains on SIGTERM.

A reload replaces processes, so nothing in them needs to change while it runs: new ingest workers take the ports beside
the old ones (SO_REUSEPORT), then the old ones drain into the spool and end; the store process follows from the spool.
"""

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from otel_lift.errors import ConfigError
from otel_lift.service import metrics
from otel_lift.service.pages import Page, PageServer
from otel_lift.service.plan import Plan, plan_of
from otel_lift.service.process import Process

__all__ = ["Supervisor"]

logger = logging.getLogger(__name__)

_POLL = 0.2
_START_TIMEOUT = 60.0
_LONGEST_PAUSE = 30.0
_STEADY = 60.0
"""Seconds: between looks at the children; for a child to start; the longest pause before a restart; what counts as
having run well, after which the pause is short again."""


class Supervisor:
    """Runs a gateway from a configuration file until it is told to stop."""

    def __init__(self, file: Path) -> None:
        """Check the configuration and that its ports are free; raises `ConfigError`."""
        self._file = file
        self.plan = plan_of(file, check_ports=True)
        self._stop = threading.Event()
        self._reload = threading.Event()
        self._ingest: list[Process] = []
        self._store: Process | None = None
        self._pauses: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self._pages: list[PageServer] = []
        self._generation = 0

    @property
    def data(self) -> Path:
        """The data folder."""
        return Path(self.plan.data)

    @property
    def details(self) -> Mapping[str, Any]:
        """What each running process said when it became ready, by process name."""
        return {process.name: process.ready for process in self._processes if process.ready is not None}

    @property
    def _processes(self) -> list[Process]:
        return [*self._ingest, *([self._store] if self._store else [])]

    def start(self) -> None:
        """Start all processes and wait until the gateway takes requests; raises `ConfigError` if it cannot.

        Call from the main thread, which takes the signals.
        """
        # From here on a signal must not end the supervisor alone, and leave its processes behind.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        signal.signal(signal.SIGHUP, lambda *_: self._reload.set())
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        metrics.fresh_folder(self.data)
        try:
            self._serve_pages()
            snapshot = self._snapshot(self._generation)
            self._store = self._spawn_store(snapshot)
            self._ingest = [self._spawn_ingest(snapshot, worker) for worker in range(self.plan.workers)]
            _await(self._ingest)
        except ConfigError:
            self.stop()
            raise

    def _serve_pages(self) -> None:
        for setting, endpoint, pages in (
            ("service.health.endpoint", self.plan.health, {"/healthz": self._healthz, "/readyz": self._readyz}),
            ("service.telemetry.metrics.endpoint", self.plan.metrics, {"/metrics": _metrics}),
        ):
            self._pages.append(PageServer(setting, endpoint, pages))

    def run(self) -> None:
        """Watch until SIGTERM or SIGINT, then drain; SIGHUP reloads. Call after `start`."""
        while not self._stop.wait(_POLL):
            self.watch()
            if self._reload.is_set():
                self._reload.clear()
                self.reload()
        self.stop()

    def watch(self) -> None:
        """Restart what has died, after a pause that doubles while it keeps dying."""
        snapshot = self._snapshot_path(self._generation)
        for worker, process in enumerate(self._ingest):
            if process.exit_code is not None and self._may_restart(process):
                self._ingest[worker] = self._spawn_ingest(snapshot, worker)
        if self._store is not None and self._store.exit_code is not None and self._may_restart(self._store):
            self._store = self._spawn_store(snapshot)

    def reload(self) -> None:
        """Load the file again and replace the processes; what cannot be run is reported, and the old one goes on."""
        try:
            plan = self._new_plan()
        except ConfigError as error:
            logger.error("the configuration was not reloaded, the running one goes on:\n%s", error)  # noqa: TRY400 - meant for people
            return
        snapshot = self._snapshot(self._generation + 1)
        new = [self._spawn_ingest(snapshot, worker) for worker in range(plan.workers)]
        try:
            _await(new)
        except ConfigError as error:
            logger.error("the configuration was not reloaded, the running one goes on: %s", error)  # noqa: TRY400 - as above
            self._end(new)
            return
        old, self._ingest = self._ingest, new
        self.plan = plan
        self._generation += 1
        self._end(old)
        if self._store is not None:
            self._end([self._store])
        self._store = self._spawn_store(snapshot)
        logger.info("the configuration was reloaded")

    def _new_plan(self) -> Plan:
        plan = plan_of(self._file, check_ports=False)
        for setting in ("data", "health", "metrics"):
            if getattr(plan, setting) != getattr(self.plan, setting):
                raise ConfigError(f"the setting of {setting} under `service` cannot change in a reload; restart for it")
        return plan

    def stop(self) -> None:
        """Drain: ingest first, so that all it took is in the spool; then the store process, which empties the spool."""
        self._end(self._ingest)
        if self._store is not None:
            self._end([self._store])
        for page in self._pages:
            page.stop()

    def _end(self, processes: list[Process]) -> None:
        for process in processes:
            process.stop()
        for process in processes:
            process.join(self.plan.shutdown_timeout)

    def _spawn_ingest(self, snapshot: Path, worker: int) -> Process:
        return Process(f"ingest-{worker}", ["ingest", str(snapshot), str(worker)])

    def _spawn_store(self, snapshot: Path) -> Process:
        return Process("store", ["store", str(snapshot)])

    def _may_restart(self, process: Process) -> bool:
        now = time.monotonic()
        if process.name not in self._due:
            pause = self._pauses.get(process.name, 0.1) if now - process.started < _STEADY else 0.1
            self._pauses[process.name] = min(2 * pause, _LONGEST_PAUSE)
            self._due[process.name] = now + pause
            logger.error("%s ended with %s; it starts again in %.1f s", process.name, process.exit_code, pause)
        if now < self._due[process.name]:
            return False
        del self._due[process.name]
        return True

    def _snapshot_path(self, generation: int) -> Path:
        return self.data / "run" / f"config-{os.getpid()}-{generation}.yaml"

    def _snapshot(self, generation: int) -> Path:
        """Keep the file as it was checked: a child that starts later must not read a half-edited one."""
        path = self._snapshot_path(generation)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self._file.read_bytes())
        return path

    def _healthz(self) -> Page:
        alive = {process.name: process.exit_code is None for process in self._processes}
        return _answer(all(alive.values()), {"processes": alive})

    def _readyz(self) -> Page:
        ready = {process.name: process.serves for process in self._ingest}
        trouble = {process.name: process.trouble for process in self._processes if process.trouble}
        # The page answers before the first process runs.
        return _answer(
            bool(ready) and all(ready.values()),
            {"ingest": ready, "store": bool(self._store and self._store.ready is not None), "trouble": trouble},
        )


def _await(processes: list[Process]) -> None:
    for process in processes:
        if not process.wait_ready(_START_TIMEOUT):
            raise ConfigError(f"{process.name} did not start; the lines above this one say why")


def _answer(good: bool, details: Mapping[str, Any]) -> Page:
    return Page(200 if good else 503, "application/json", json.dumps(details).encode())


def _metrics() -> Page:
    return Page(200, "text/plain; version=0.0.4; charset=utf-8", metrics.page())
