"""One run of one server under one shape of load, and what several such runs say together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.server import Server, peaks
from benchmarks.shapes import Shape
from benchmarks.sinks import NullSink
from benchmarks.traffic.run import send

__all__ = ["Figures", "at_rate", "measure", "together"]

_SHARE = 0.7
_OPEN_CONNECTIONS = 64
_OPEN_SECONDS = 3.0
_WARM_RECORDS = 40_000
_REQUEST_AS_RECORDS = 20  # what a request costs beside its records


@dataclass(frozen=True, slots=True)
class Figures:
    """CPU-seconds per million records by role and by stage, peak memory in MB by role, latencies in milliseconds.

    `rate` is records a second at full load; `sent` bytes to the sink a record, zero where there is none. `calm` are
    p50 and p99 at 70 % of `rate`, empty where that was not measured. `noisiest` is the worst of several totals.
    """

    cpu: dict[str, float]
    stages: dict[str, float]
    memory: dict[str, float]
    p50: float
    p99: float
    rate: float
    sent: float
    calm: tuple[float, ...] = ()
    noisiest: float = 0.0

    @property
    def total(self) -> float:
        """CPU-seconds per million records of all processes."""
        return sum(self.cpu.values())

    @property
    def per_second(self) -> float:
        """Records per CPU-second."""
        return 1e6 / self.total


def measure(
    server: Server, sink: NullSink | None, shape: Shape, folder: Path, seconds: float, *, protocol: str = "grpc"
) -> Figures:
    """Put full load on a server for about `seconds`, after some requests that warm it up.

    What a server still has to do after its last acknowledgement counts as well. Raises RuntimeError where nothing
    arrived at the sink.
    """
    warm = _WARM_RECORDS // (shape.records + _REQUEST_AS_RECORDS) + shape.connections
    first = send(server, shape, folder, warm, protocol=protocol)
    server.settle()
    requests = max(int(warm / first.seconds * seconds), shape.connections)
    # Asking for the stages costs the server some CPU time itself: first before, last after.
    stages, arrived, cpu = server.stages(), sink.counted() if sink else (0, 0), server.cpu()
    with peaks(server) as memory:
        seen = send(server, shape, folder, requests, protocol=protocol)
        server.settle()
    spent = {role: now - cpu[role] for role, now in server.cpu().items()}
    million = requests * shape.records / 1e6
    sent = 0.0
    if sink:
        inserts, size = (after - before for after, before in zip(sink.counted(), arrived, strict=True))
        if not inserts:
            raise RuntimeError("the server acknowledged records and sent none to the sink")
        sent = size / (requests * shape.records)
    return Figures(
        {role: seconds / million for role, seconds in spent.items()},
        {stage: (now - stages.get(stage, 0.0)) / million for stage, now in server.stages().items()},
        dict(memory),
        seen.quantile(0.5),
        seen.quantile(0.99),
        requests * shape.records / seen.seconds,
        sent,
    )


def at_rate(server: Server, shape: Shape, folder: Path, rate: float) -> tuple[float, ...]:
    """Answer p50 and p99 in milliseconds at 70 % of `rate` records a second, requests due at random times."""
    wanted = rate * _SHARE / shape.records
    requests = max(int(wanted * _OPEN_SECONDS), 1)
    seen = send(server, shape, folder, requests, rate=wanted, connections=_OPEN_CONNECTIONS)
    return seen.quantile(0.5), seen.quantile(0.99)


def together(runs: Sequence[Figures]) -> Figures:
    """Answer what runs of the same say: the quietest run's CPU, the most memory, the median of the rest."""
    quiet = min(runs, key=lambda run: run.total)
    calm = zip(*(run.calm for run in runs if run.calm), strict=True)
    return Figures(
        quiet.cpu,
        quiet.stages,
        {role: max(run.memory.get(role, 0.0) for run in runs) for role in quiet.memory},
        median(run.p50 for run in runs),
        median(run.p99 for run in runs),
        median(run.rate for run in runs),
        quiet.sent,
        tuple(median(values) for values in calm),
        max(run.total for run in runs),
    )
