"""The gateway as users run it, with all processors of its default configuration."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
import yaml

from benchmarks.server import Server, free_port, started
from benchmarks.sinks import NullSink
from otel_lift.service.metrics import totals

__all__ = ["run_gateway"]

_CONFIG = Path(__file__).parent.parent / "collector-config" / "lift.yaml"


@contextmanager
def run_gateway(sink: NullSink | None, folder: Path, *, granted: bool = True) -> Iterator[Server]:
    """Run the gateway into `sink`, or without one into the embedded engine.

    Where `granted`, people have agreed, so that records keep their subjects and sessions; else nearly all are
    anonymised.
    """
    ports = {name: free_port() for name in ("grpc", "http", "health", "metrics", "sql")}
    file = folder / "bench.yaml"
    file.write_text(yaml.safe_dump(_configuration(sink, folder, ports, granted=granted)))
    command = [sys.executable, "-m", "otel_lift", "run", "-c", str(file)]
    spool = folder / "spool"

    def busy() -> bool:
        return any(spool.glob("*/*.arrow")) or any(spool.glob("*/*.open"))

    def stages() -> dict[str, float]:
        with urlopen(f"http://127.0.0.1:{ports['metrics']}/metrics", timeout=30) as page:
            found = totals(page.read().decode())
        return {labels["stage"]: value for labels, value in found["stage_cpu_seconds"]}

    with started(command, folder / "output", ports["grpc"], dict(os.environ)) as process:
        yield Server(process, ports["grpc"], ports["http"], _role, busy, stages)


def _role(process: psutil.Process) -> str:
    """Tell a process by its command: a child is started as `python -m otel_lift.service ROLE ...`."""
    words = process.cmdline()
    return words[3] if "otel_lift.service" in words else "supervisor"


def _configuration(sink: NullSink | None, folder: Path, ports: dict[str, int], *, granted: bool) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(_CONFIG.read_text())
    protocols = config["receivers"]["otlp"]["protocols"]
    for protocol in ("grpc", "http"):
        protocols[protocol]["endpoint"] = f"127.0.0.1:{ports[protocol]}"
    if granted:
        config["processors"]["consent"] = {"default": "granted"}
    if sink is None:
        config["exporters"]["clickhouse"]["sql_endpoint"]["endpoint"] = f"127.0.0.1:{ports['sql']}"
    else:
        dsn = f"clickhouse://u:p@127.0.0.1:{sink.port}/otel"
        config["exporters"]["clickhouse"] = {"dsn": dsn, "create_schema": False}
    config["service"] |= {
        "data": str(folder),
        "health": {"endpoint": f"127.0.0.1:{ports['health']}"},
        "telemetry": {"metrics": {"endpoint": f"127.0.0.1:{ports['metrics']}"}, "logs": {"level": "error"}},
    }
    return config
