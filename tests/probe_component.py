"""A processor that changes nothing and brings jobs and operations to test with; installed for one test's processes."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from otel_lift.batch import Batch
from otel_lift.errors import StoreError
from otel_lift.jobs import Audited, Job, JobContext, Operation, audit
from otel_lift.pipeline import ComponentConfig, ProcessorComponent, Services

SECRET = "Erika Mustermann"
PERIOD = 0.2
_LONGEST = 60.0


class ProbeConfig(ComponentConfig):
    """Which of the probe's jobs run."""

    slow: bool = False
    failing: bool = False
    changing: bool = False
    period: float = PERIOD


class Probe:
    """Passes everything on."""

    def start(self) -> None:
        """Do nothing."""

    def process(self, batch: Batch) -> Batch | None:
        """Answer the batch as it is."""
        return batch

    def stop(self) -> None:
        """Do nothing."""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have processes that are started from now on, and this one, find the probe as an installed component."""
    metadata = folder / "lift_probe-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: lift-probe\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[otel_lift.processors]\nprobe = probe_component:COMPONENT\n")
    found = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(folder), str(Path(__file__).parent), found]).rstrip(os.pathsep)
    )
    monkeypatch.syspath_prepend(str(folder))


def wait_for(path: Path) -> None:
    """Wait until a test makes a file."""
    deadline = time.monotonic() + _LONGEST
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)


def _note(path: Path) -> int:
    with path.open("a") as file:
        file.write(f"{time.time()}\n")
    return len(path.read_text().splitlines())


def _jobs(config: ProbeConfig, services: Services) -> Sequence[Job]:
    data = services.data

    def quick(_context: JobContext) -> None:
        _note(data / "quick")

    def slow(_context: JobContext) -> None:
        _note(data / "slow")
        wait_for(data / "release")

    def failing(_context: JobContext) -> None:
        if _note(data / "failing") < 3:
            raise ValueError(SECRET)

    def changing(context: JobContext) -> None:
        audit(context, "job:probe-changing", "probe change", Audited("p1", {"otel_logs": 2}, {"why": "test"}), "done")

    chosen = {"slow": config.slow, "failing": config.failing, "changing": config.changing}
    functions = {"quick": quick, "slow": slow, "failing": failing, "changing": changing}
    return [Job(f"probe-{name}", config.period, run) for name, run in functions.items() if chosen.get(name, True)]


def _echo(_context: JobContext, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for piece in arguments["pieces"]:
        yield {"piece": piece, "pair": (1, 2)}
    yield {"rows": arguments.get("rows", {}), "person": "p1"}


def _large(_context: JobContext, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for _ in range(arguments["pieces"]):
        yield {"piece": "x" * arguments["size"]}


def _count(context: JobContext, _arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for one in context.stores:
        sql = f"SELECT count() FROM {one.options.qualified('otel_traces')}"
        yield {one.exporter: one.store.query(sql).rows[0][0]}


def _fail(_context: JobContext, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield {"person": "p2", "rows": {"otel_logs": 1}}
    if arguments.get("unexpected"):
        raise ValueError(SECRET)
    raise StoreError(f"the store refused: {SECRET}")


def _endless(context: JobContext, _arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    try:
        while True:
            yield {"tick": time.time()}
            time.sleep(0.01)
    finally:
        (context.data / "ended").touch()


def _barrier(context: JobContext, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    left = context.exports.barrier(arguments["timeout"])
    yield {"left": [str(path) for path in left]}


def _pause(context: JobContext, _arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    with context.exports.paused() as tokens:
        yield {"tokens": sorted(tokens)}
        wait_for(context.data / "release")
    yield {"tokens": None}


def _keys(context: JobContext, _arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    ring = context.keys()
    yield {"keys": [key.id for key in ring.keys] if ring else None, "gateway": context.gateway}


def _audited(last: Mapping[str, Any]) -> Audited:
    return Audited(last.get("person", ""), last.get("rows"), {"answers": "some"})


def _operations(_config: ProbeConfig, _services: Services) -> Sequence[Operation]:
    functions = {
        "echo": _echo,
        "large": _large,
        "count": _count,
        "fail": _fail,
        "endless": _endless,
        "barrier": _barrier,
        "pause": _pause,
        "keys": _keys,
    }
    return [Operation(f"probe {name}", run, _audited) for name, run in functions.items()]


COMPONENT = ProcessorComponent(
    name="probe",
    config=ProbeConfig,
    create=lambda _config, _services: Probe(),
    jobs=_jobs,
    operations=_operations,
)
