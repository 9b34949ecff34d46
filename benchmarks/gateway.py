"""CPU, memory and latency of the real gateway: its processes as the operating system counts them.

The gateway runs as users run it, over gRPC, into a ClickHouse that keeps nothing, so that what is measured is the
gateway alone. The load and the sink are processes of their own and are not counted. Memory is the proportional set
size (what several processes share is counted once).
"""

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
import yaml

from benchmarks.null_sink import null_sink
from otel_lift.batch import Signal
from otel_lift.service.metrics import totals

__all__ = ["GatewayFigures", "measure_gateway"]

_CONFIG = Path(__file__).parent.parent / "collector-config" / "lift.yaml"
_PORTS = {"grpc": 24317, "http": 24318, "metrics": 28888, "health": 23133}


@dataclass(frozen=True, slots=True)
class GatewayFigures:
    """CPU-seconds per million records by process and by stage of ingest, peak memory in MB by process, latencies in ms.

    What the stages of ingest do not account for is gRPC, the commits and the interpreter's switching of threads.
    """

    cpu: dict[str, float]
    stages: dict[str, float]
    peak_mb: dict[str, float]
    p50: float
    p99: float
    records_per_second: float


def measure_gateway(signal: Signal, *, requests: int, records: int, connections: int) -> GatewayFigures:
    """Run the gateway under a load that waits for acknowledgements, `connections` requests at a time."""
    with (
        null_sink() as sink,
        tempfile.TemporaryDirectory(dir=Path.cwd()) as folder,
        _gateway(Path(folder), sink) as found,
    ):
        _load(signal, requests // 5, records, connections)  # warms caches up
        before = {name: _cpu(process) for name, process in found.items()}
        stages_before = _stages()
        with _peaks(found) as peaks:
            answer = _load(signal, requests, records, connections)
            _wait_until_empty(Path(folder) / "spool")
        million = requests * records / 1e6
        cpu = {name: (_cpu(process) - before[name]) / million for name, process in found.items()}
        stages = {name: (spent - stages_before.get(name, 0)) / million for name, spent in _stages().items()}
        latencies = answer["latencies"]
        return GatewayFigures(
            cpu,
            stages,
            peaks,
            latencies[len(latencies) // 2] * 1e3,
            latencies[int(len(latencies) * 0.99)] * 1e3,
            requests * records / answer["seconds"],
        )


def _load(signal: Signal, requests: int, records: int, connections: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.load", "--endpoint", f"127.0.0.1:{_PORTS['grpc']}"]
    command += ["--signal", signal, "--requests", str(requests), "--records", str(records)]
    command += ["--connections", str(connections)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@contextmanager
def _gateway(folder: Path, sink: int) -> Iterator[dict[str, psutil.Process]]:
    config = yaml.safe_load(_CONFIG.read_text())
    protocols = config["receivers"]["otlp"]["protocols"]
    protocols["grpc"]["endpoint"] = f"127.0.0.1:{_PORTS['grpc']}"
    protocols["http"]["endpoint"] = f"127.0.0.1:{_PORTS['http']}"
    config["exporters"]["clickhouse"] = {"dsn": f"clickhouse://u:p@127.0.0.1:{sink}/otel", "create_schema": False}
    config["service"] |= {
        "data": str(folder),
        "health": {"endpoint": f"127.0.0.1:{_PORTS['health']}"},
        "telemetry": {"metrics": {"endpoint": f"127.0.0.1:{_PORTS['metrics']}"}, "logs": {"level": "error"}},
    }
    file = folder / "bench.yaml"
    file.write_text(yaml.safe_dump(config))
    command = [sys.executable, "-m", "otel_lift", "run", "-c", str(file)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if line.startswith("ready ingest"):
                    break
            threading.Thread(target=process.stderr.read, daemon=True).start()
            supervisor = psutil.Process(process.pid)
            yield {"supervisor": supervisor, **{child.cmdline()[3]: child for child in supervisor.children()}}
        finally:
            process.terminate()
            process.wait(60)


def _stages() -> dict[str, float]:
    with urlopen(f"http://127.0.0.1:{_PORTS['metrics']}/metrics", timeout=10) as page:
        found = totals(page.read().decode())
    return {labels["stage"]: value for labels, value in found["stage_cpu_seconds"]}


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@contextmanager
def _peaks(found: dict[str, psutil.Process]) -> Iterator[dict[str, float]]:
    peaks = dict.fromkeys(found, 0.0)
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.1):
            for name, process in found.items():
                peaks[name] = max(peaks[name], process.memory_full_info().pss / 2**20)

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield peaks
    stop.set()
    watcher.join()


def _wait_until_empty(spool: Path) -> None:
    waiting = threading.Event()
    for _ in range(600):
        if not any(spool.glob("*/*.arrow")) and not any(spool.glob("*/*.open")):
            return
        waiting.wait(0.1)
    raise RuntimeError("the spool did not empty within a minute")
