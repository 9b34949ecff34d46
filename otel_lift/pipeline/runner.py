"""The runner: carries a batch through a pipeline's processors, and times and counts each of them."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from otel_lift.batch import Batch, Signal
from otel_lift.errors import OtelLiftError, ProcessorError
from otel_lift.pipeline.component import Meter, Processor
from otel_lift.pipeline.recognise import recognise

__all__ = ["Pipeline", "Stage", "timed"]


@contextmanager
def timed(meter: Meter, *, pipeline: str, stage: str) -> Iterator[None]:
    """Count the seconds, and the seconds of this thread's CPU, that a stage takes; one that fails is not counted."""
    wall, cpu = time.perf_counter(), time.thread_time()
    yield
    meter.count("stage_cpu_seconds", time.thread_time() - cpu, pipeline=pipeline, stage=stage)
    meter.count("stage_seconds", time.perf_counter() - wall, pipeline=pipeline, stage=stage)


@dataclass(frozen=True, slots=True)
class Stage:
    """A processor under the name that the configuration gives it, e.g. ``redaction/strict``."""

    name: str
    processor: Processor


class Pipeline:
    """The processors of one named pipeline, in order, and the exporters that its rows are for."""

    def __init__(
        self,
        name: str,
        signal: Signal,
        stages: Sequence[Stage],
        exporters: Sequence[str],
        meter: Meter,
    ) -> None:
        self.name = name
        self.signal = signal
        self.exporters = tuple(exporters)
        self._stages = tuple(stages)
        self._meter = meter

    def start(self) -> None:
        """Start the processors in order."""
        for stage in self._stages:
            stage.processor.start()

    def stop(self) -> None:
        """Stop the processors, the last first."""
        for stage in reversed(self._stages):
            stage.processor.stop()

    def run(self, batch: Batch) -> Batch | None:
        """Answer what the processors make of the batch, or None if nothing of it remains.

        Raises `ProcessorError` naming the stage if one fails: nothing of the batch is let through then.
        """
        current: Batch | None = recognise(batch)
        for stage in self._stages:
            if current is None or not len(current):
                return None
            current = self._run_stage(stage, current)
        return current if current is not None and len(current) else None

    def _run_stage(self, stage: Stage, batch: Batch) -> Batch | None:
        labels = {"pipeline": self.name, "stage": stage.name}
        try:
            with timed(self._meter, **labels):
                result = stage.processor.process(batch)
        except Exception as error:
            self._meter.count("stage_failures", 1, **labels)
            if isinstance(error, OtelLiftError) and not isinstance(error, ProcessorError):
                raise
            # The message of a foreign error can quote the data that it failed on; its type cannot.
            raise ProcessorError(
                f"processor '{stage.name}' of pipeline '{self.name}' failed ({type(error).__name__}); "
                "the batch was not let through"
            ) from error
        self._meter.count("stage_records_in", len(batch), **labels)
        self._meter.count("stage_records_out", 0 if result is None else len(result), **labels)
        return result
