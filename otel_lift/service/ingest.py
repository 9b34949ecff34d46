"""An ingest process: receivers, pipelines and a spool writer, built from a configuration."""

import gc
import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from otel_lift.batch import Signal
from otel_lift.config import Configuration, load
from otel_lift.implementations import running
from otel_lift.keys import KeyRing
from otel_lift.pipeline import Meter, Services
from otel_lift.pipeline.intake import Intake, IntakeLimits
from otel_lift.pipeline.quarantine import Quarantine
from otel_lift.pipeline.runner import Pipeline, Stage
from otel_lift.receivers import Receiver
from otel_lift.registers import tombstones_path
from otel_lift.service.child import set_up_logging, tell_ready, tell_trouble, until_told_to_stop
from otel_lift.service.metrics import PrometheusMeter
from otel_lift.spool import SpoolWriter, recover
from otel_lift.tables import NewSubjects, TableBuilder, TimeWindow

__all__ = ["Ingest", "main"]

logger = logging.getLogger(__name__)

_LOOK_AGAIN = 1.0  # seconds between looks at what the supervisor should know


class Ingest:
    """One worker: everything between the sockets and the spool."""

    def __init__(self, config: Configuration, meter: Meter) -> None:
        """Put the parts together; nothing is opened before `start`."""
        self._config = config
        self._meter = meter
        service = config.service
        self._spool = SpoolWriter(service.data / "spool", service.spool)
        self._pipelines = [self._pipeline(name) for name in config.pipelines]
        window = TimeWindow(past=service.accepted_time.past, future=service.accepted_time.future)

        self._intake = Intake(
            self._routes(),
            self._spool,
            TableBuilder(window, NewSubjects(self._rings(), tombstones_path(service.data))),
            IntakeLimits(service.intake.max_queue_bytes, service.intake.max_batch_bytes, service.intake.linger),
            meter,
            Quarantine(service.data / "quarantine", max_bytes=service.on_failure.max_quarantine_bytes)
            if service.on_failure.action == "quarantine"
            else None,
        )
        self._receivers: list[Receiver] = []

    def start(self) -> dict[str, dict[str, int]]:
        """Start from the spool outwards, so that what is received can be kept; answer the receivers' ports."""
        if running("otel_lift.kernel") == "pure":
            logger.warning("the kernel is not compiled: decoding takes many times as long; see `otel-lift doctor`")
        self._recover()
        self._spool.start()
        for pipeline in self._pipelines:
            pipeline.start()
        self._intake.start()
        ports: dict[str, dict[str, int]] = {}
        for configured in self._config.receivers.values():
            sink = self._intake.sink(configured.id)
            receiver = configured.component.create(configured.config, self._services(configured.id), sink)
            receiver.start()
            self._receivers.append(receiver)
            ports[configured.id] = receiver.ports
        return ports

    def stop(self) -> None:
        """Take nothing more, finish what was taken, and seal the spool's segments."""
        grace = self._config.service.shutdown_timeout / 2
        stopping = [threading.Thread(target=receiver.stop, args=(grace,)) for receiver in self._receivers]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()
        self._intake.close()
        for pipeline in self._pipelines:
            pipeline.stop()
        self._spool.close()

    @property
    def trouble(self) -> str:
        """What keeps this worker from taking requests now; empty if nothing does."""
        return self._spool.failure

    def _recover(self) -> None:
        """Seal what a worker that died left open; what living ones have open is left alone."""
        report = recover(self._config.service.data / "spool")
        if report.sealed:
            logger.info("the spool holds %d segments that a process which died left open", len(report.sealed))
        for damaged in report.quarantined:
            logger.error("a damaged segment was put into the spool's quarantine: %s", damaged)
        for failure in report.failed:
            logger.error("the spool could not be recovered in full: %s", failure)

    def _pipeline(self, name: str) -> Pipeline:
        pipeline = self._config.pipelines[name]
        stages = []
        for id_ in pipeline.processors:
            configured = self._config.processors[id_]
            stages.append(Stage(id_, configured.component.create(configured.config, self._services(id_))))
        return Pipeline(name, pipeline.signal, stages, pipeline.exporters, self._meter)

    def _routes(self) -> dict[tuple[str, Signal], list[Pipeline]]:
        routes: dict[tuple[str, Signal], list[Pipeline]] = {}
        for pipeline in self._pipelines:
            for receiver in self._config.pipelines[pipeline.name].receivers:
                routes.setdefault((receiver, pipeline.signal), []).append(pipeline)
        return routes

    def _rings(self) -> list[Callable[[], KeyRing]]:
        """Answer what reads the keys of the processors that make pseudonyms."""
        used = {id_ for pipeline in self._config.pipelines.values() for id_ in pipeline.processors}
        return [
            one.component.keys(one.config, self._services(id_)).read
            for id_, one in self._config.processors.items()
            if id_ in used and one.component.keys is not None
        ]

    def _services(self, name: str) -> Services:
        service = self._config.service
        return Services(name=name, data=service.data, meter=self._meter, shares_ports=True)


def main(arguments: Sequence[str]) -> None:
    """Run a worker until told to stop: arguments are the configuration file and the worker's number."""
    file, worker = arguments
    config = load(Path(file))
    set_up_logging(config.service.telemetry.logs.level, f"ingest-{worker}")
    stop = until_told_to_stop()
    ingest = Ingest(config, PrometheusMeter())
    tell_ready(ports=ingest.start())
    # What there is now stays for good; the collector of garbage need not look at it with every batch.
    gc.collect()
    gc.freeze()
    told = ""
    while not stop.wait(_LOOK_AGAIN):
        if ingest.trouble != told:
            told = ingest.trouble
            tell_trouble(told)
    ingest.stop()
