"""The store process: one export loop an exporter, from the spool to where records belong, and the jobs beside."""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from otel_lift.config import Configuration, load
from otel_lift.errors import ConfigError, StoreUnavailableError
from otel_lift.jobs import JobContext, Operation
from otel_lift.jobs.context import ContextMaker
from otel_lift.jobs.control import ControlServer
from otel_lift.jobs.core import collect_jobs, collect_operations, exporters_in_use
from otel_lift.jobs.exports import RunningExports
from otel_lift.jobs.hold import FolderHold
from otel_lift.jobs.on_demand import run_operation
from otel_lift.jobs.runner import JobRunner
from otel_lift.jobs.status import status_operation
from otel_lift.jobs.stores import Stores
from otel_lift.maintenance.backups.folder import backups_folder
from otel_lift.pipeline import Meter, Services
from otel_lift.pipeline.export import ExportLoop
from otel_lift.pipeline.handed import Handed
from otel_lift.service.child import set_up_logging, tell_ready, until_told_to_stop
from otel_lift.service.metrics import PrometheusMeter, page, totals
from otel_lift.spool import SpoolReader, spool_stats
from otel_lift.store.embedded import allow_backups

if TYPE_CHECKING:
    from otel_lift.api import ApiServer

__all__ = ["StoreProcess", "main"]

logger = logging.getLogger(__name__)

_REPORT_EVERY = 1.0  # seconds between two looks at the spool's depth
_LOOK_AGAIN = 0.2  # seconds between looks at what keeps the process from starting


class StoreProcess:
    """Runs the exporters and the jobs of a configuration; exporters that no pipeline uses are left alone."""

    def __init__(self, config: Configuration, meter: Meter) -> None:
        """Put the parts together; nothing is opened before `start`, but the gateway's id is made."""
        self._config = config
        self._meter = meter
        self._data = config.service.data.resolve()
        allow_backups(backups_folder(config))
        self._hold = FolderHold(self._data)
        self._handed = {one.id: Handed(self._data, one.id) for one in exporters_in_use(config)}
        self._loops = {id_: self._loop(id_) for id_ in self._handed}
        self._exports = RunningExports(self._data, self._loops, self._handed)
        self._stores = Stores(config)
        contexts = ContextMaker(config, self._stores, self._exports, meter)
        self._jobs = JobRunner(collect_jobs(config, meter), self._stores, contexts, meter, after=self._wait_tried)
        own = (status_operation(True, self._jobs.statuses), run_operation(self._jobs.runs, self._jobs.leases))
        operations = {**collect_operations(config, meter), **{one.name: one for one in own}}
        self._control = ControlServer(self._data, contexts.gateway, operations, self._jobs.context)
        self._serving = partial(self._serve, contexts, operations)
        self._api: ApiServer | None = None

    def start(self, stop: threading.Event) -> bool:
        """Start all; what an exporter cannot reach yet waits in the spool.

        A command that works on the data folder is waited for; answers false if `stop` is set meanwhile.
        """
        waited = False
        while not self._hold.take():
            if not waited:
                logger.warning("process %s works on the data folder; exports begin when it is done", self._hold.holder)
            waited = True
            if stop.wait(_LOOK_AGAIN):
                return False
        for loop in self._loops.values():
            loop.start()
        self._jobs.start()
        for start_part in (self._control.start, self._serving):
            try:
                start_part()
            except ConfigError as error:
                # What is spooled should not wait until commands and people can ask.
                logger.error("%s", error)  # noqa: TRY400 - the message says it all
        return True

    def run_until(self, stop: threading.Event) -> None:
        """Report the spool's depth until told to stop."""
        while not stop.wait(_REPORT_EVERY):
            stats = spool_stats(self._data / "spool")
            self._meter.gauge("spool_bytes", stats.bytes)
            self._meter.gauge("spool_segments", stats.segments)
            self._meter.gauge("spool_oldest_seconds", stats.oldest_age)

    def stop(self) -> None:
        """Send what is sealed, as far as the exporters take it at once, and end."""
        deadline = time.monotonic() + self._config.service.shutdown_timeout * 0.8
        # First, since they can hold up the exports.
        self._exports.stop()
        self._control.tell_to_stop()
        self._jobs.tell_to_stop()
        for loop in self._loops.values():
            loop.drain()
        for loop in self._loops.values():
            if not loop.stop(max(deadline - time.monotonic(), 0.1)):
                logger.warning("an exporter did not end in time; what it was sending is sent again at the next start")
        parts = [part for part in (self._api, self._control, self._jobs) if part is not None]
        ended = [part.stop(max(deadline - time.monotonic(), 0.1)) for part in parts]
        if all(ended):
            # Closed under a query that runs, the engine's own code can end the process.
            self._stores.close()
        for handed in self._handed.values():
            handed.close()
        self._hold.give_back()

    def _wait_tried(self, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        return all(loop.wait_tried(max(deadline - time.monotonic(), 0.0)) for loop in self._loops.values())

    def _serve(self, contexts: ContextMaker, operations: Mapping[str, Operation]) -> None:
        if self._config.service.api is None:
            return
        # Its libraries take a second to import, in which nothing else should wait.
        from otel_lift.api import ApiServer, Backend  # noqa: PLC0415 - see above

        def context() -> JobContext:
            if not self._stores.usable:
                raise StoreUnavailableError("the gateway has no store open yet; its log says why, and it tries again")
            return contexts.make()

        self._api = ApiServer(
            Backend(
                config=self._config.service.api,
                configuration=self._config,
                context=context,
                operations=operations,
                statuses=self._jobs.statuses,
                figures=lambda: totals(page().decode()),
                meter=self._meter,
            )
        )
        self._api.start()

    def _loop(self, id_: str) -> ExportLoop:
        configured = self._config.exporters[id_]
        services = Services(name=id_, data=self._config.service.data, meter=self._meter)
        exporter = configured.component.create(configured.config, services)
        reader = SpoolReader(self._data / "spool", id_)
        return ExportLoop(reader, exporter, name=id_, meter=self._meter, handed=self._handed[id_])


def main(arguments: Sequence[str]) -> None:
    """Run the store process until told to stop: the argument is the configuration file."""
    config = load(Path(arguments[0]))
    set_up_logging(config.service.telemetry.logs.level, "store")
    stop = until_told_to_stop()
    process = StoreProcess(config, PrometheusMeter())
    if process.start(stop):
        tell_ready()
        process.run_until(stop)
        process.stop()
