"""Runs the load generator, a process of its own, and answers what it saw."""

import json
import subprocess
import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from benchmarks.server import Server
from benchmarks.shapes import Shape

__all__ = ["Seen", "send"]

_stamps = count(0)
_STAMPS_A_RUN = 1 << 20


@dataclass(frozen=True, slots=True)
class Seen:
    """How long a load took in all, and the latencies of its requests, in seconds, least first."""

    seconds: float
    latencies: list[float]

    def quantile(self, share: float) -> float:
        """Answer the latency below which `share` of the requests were, in milliseconds."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))] * 1e3


def send(
    server: Server,
    shape: Shape,
    folder: Path,
    requests: int,
    *,
    rate: float | None = None,
    connections: int = 0,
    protocol: str = "grpc",
) -> Seen:
    """Send `requests` requests of `shape`, at `rate` a second or, without one, as fast as they are acknowledged.

    Raises RuntimeError where a request is refused: figures of records that a server did not take mean nothing.
    """
    command = [sys.executable, "-m", "benchmarks.traffic", "--protocol", protocol]
    command += ["--port", str(server.grpc if protocol == "grpc" else server.http), "--signal", shape.signal]
    command += ["--payloads", str(shape.file(folder)), "--connections", str(connections or shape.connections)]
    command += ["--requests", str(requests), "--first-stamp", str(next(_stamps) * _STAMPS_A_RUN)]
    command += ["--rate", str(rate)] if rate else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the load ended early: {done.stderr[-2000:]}")
    found = json.loads(done.stdout)
    if found["refused"]:
        raise RuntimeError(f"the server refused {found['refused']} of {requests} requests")
    return Seen(found["seconds"], found["latencies"])
