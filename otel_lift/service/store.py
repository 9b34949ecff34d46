"""The store process: one export loop an exporter, from the spool to where records belong."""

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from otel_lift.config import Configuration, load
from otel_lift.pipeline import Meter, Services
from otel_lift.pipeline.export import ExportLoop
from otel_lift.service.child import set_up_logging, tell_ready, until_told_to_stop
from otel_lift.service.metrics import PrometheusMeter
from otel_lift.spool import SpoolReader, spool_stats

__all__ = ["StoreProcess", "main"]

logger = logging.getLogger(__name__)

_REPORT_EVERY = 1.0  # seconds between two looks at the spool's depth


class StoreProcess:
    """Runs the exporters of a configuration; those that no pipeline uses are left alone."""

    def __init__(self, config: Configuration, meter: Meter) -> None:
        """Put the parts together; nothing is opened before `start`."""
        self._config = config
        self._meter = meter
        self._spool = config.service.data / "spool"
        used = {exporter for pipeline in config.pipelines.values() for exporter in pipeline.exporters}
        self._loops = [self._loop(id_) for id_ in config.exporters if id_ in used]

    def start(self) -> None:
        """Start all loops; what an exporter cannot reach yet waits in the spool."""
        for loop in self._loops:
            loop.start()

    def run_until(self, stop: threading.Event) -> None:
        """Report the spool's depth until told to stop."""
        while not stop.wait(_REPORT_EVERY):
            stats = spool_stats(self._spool)
            self._meter.gauge("spool_bytes", stats.bytes)
            self._meter.gauge("spool_segments", stats.segments)
            self._meter.gauge("spool_oldest_seconds", stats.oldest_age)

    def stop(self) -> None:
        """Send what is sealed, as far as the exporters take it at once, and end."""
        deadline = time.monotonic() + self._config.service.shutdown_timeout * 0.8
        for loop in self._loops:
            loop.drain()
        for loop in self._loops:
            if not loop.stop(max(deadline - time.monotonic(), 0.1)):
                logger.warning("an exporter did not end in time; what it was sending is sent again at the next start")

    def _loop(self, id_: str) -> ExportLoop:
        configured = self._config.exporters[id_]
        services = Services(name=id_, data=self._config.service.data, meter=self._meter)
        exporter = configured.component.create(configured.config, services)
        return ExportLoop(SpoolReader(self._spool, id_), exporter, name=id_, meter=self._meter)


def main(arguments: Sequence[str]) -> None:
    """Run the store process until told to stop: the argument is the configuration file."""
    config = load(Path(arguments[0]))
    set_up_logging(config.service.telemetry.logs.level, "store")
    stop = until_told_to_stop()
    process = StoreProcess(config, PrometheusMeter())
    process.start()
    tell_ready()
    process.run_until(stop)
    process.stop()
