"""CPU time of each stage of ingest, in one process: decode, each processor, the tables, the spool.

The spool writes to a real disk with real syncs; what is reported is the CPU time of the thread that does the stage.
"""

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from benchmarks.payloads import log_requests, metric_requests, span_requests
from otel_lift.batch import RequestContext, Signal
from otel_lift.config import Configuration, load
from otel_lift.kernel import decode
from otel_lift.pipeline import ComponentConfig, Services
from otel_lift.pipeline.recognise import recognise
from otel_lift.spool import SpoolConfig, SpoolWriter
from otel_lift.tables import TimeWindow, to_tables

__all__ = ["measure_stages"]

_GENERATORS: Mapping[Signal, Callable[[int, int], Iterable[bytes]]] = {
    Signal.TRACES: span_requests,
    Signal.LOGS: log_requests,
    Signal.METRICS: metric_requests,
}
_CONFIG = Path(__file__).parent.parent / "collector-config" / "lift.yaml"


def measure_stages(
    signal: Signal, *, requests: int, records: int, group: int, repeats: int, granted: bool = False
) -> dict[str, float]:
    """Answer CPU-seconds per million records by stage, the best of `repeats` runs.

    `requests` requests of `records` records each; `group` of them are coalesced, as the intake does under load. Caches
    are warm. Where `granted`, people have agreed, so that records keep their subjects and sessions; else nearly all are
    anonymised.
    """
    payloads = list(_GENERATORS[signal](requests, records))
    runs = [_run(signal, payloads, group, granted) for _ in range(repeats)]
    return {stage: min(run[stage] for run in runs) / (requests * records) * 1e6 for stage in runs[0]}


def _run(signal: Signal, payloads: list[bytes], group: int, granted: bool) -> dict[str, float]:
    spent: dict[str, float] = defaultdict(float)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        data = Path(folder)
        config = load(_CONFIG, {"OTEL_LIFT_DATA": folder})
        names = config.pipelines[signal.value].processors
        processors = {
            name: config.processors[name].component.create(_config(config, name, granted), Services(name, data))
            for name in names
        }
        for processor in processors.values():
            processor.start()
        spool = SpoolWriter(data / "spool", SpoolConfig())
        spool.start()
        groups = [payloads[start : start + group] for start in range(0, len(payloads), group)]
        for payload in groups:  # a gateway that has just started meets each person for the first time
            _process(signal, payload, processors, spool, defaultdict(float))
        for payload in groups:
            _process(signal, payload, processors, spool, spent)
        spool.close()
        for processor in processors.values():
            processor.stop()
    return spent


def _config(config: Configuration, name: str, granted: bool) -> ComponentConfig:
    chosen: ComponentConfig = config.processors[name].config
    return chosen.model_copy(update={"default": "granted"}) if granted and name == "consent" else chosen


def _process(
    signal: Signal, payloads: list[bytes], processors: Mapping[str, object], spool: SpoolWriter, spent: dict[str, float]
) -> None:
    clock = time.thread_time()

    def lap(stage: str) -> None:
        nonlocal clock
        now = time.thread_time()
        spent[stage] += now - clock
        clock = now

    batch = decode(signal, payloads, RequestContext(), time.time_ns()).batch
    lap("decode")
    batch = recognise(batch)
    lap("recognise")
    for name, processor in processors.items():
        result = processor.process(batch)  # type: ignore[attr-defined]
        lap(name)
        assert result is not None
        batch = result
    tables = to_tables(batch, TimeWindow())
    lap("tables")
    committed = spool.write(tables, ["clickhouse"])
    lap("spool")
    committed.result()
    clock = time.thread_time()
