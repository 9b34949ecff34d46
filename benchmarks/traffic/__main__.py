"""The load generator, a process of its own: sends requests made beforehand, prints what it saw as JSON.

Closed loop (`--requests`): every connection sends its next request when the last is acknowledged. Open loop
(`--rate`): requests are due at times that do not depend on the answers, and a latency counts from the time a request
was due, so that a server that stalls is charged for all that came meanwhile.
"""

import argparse
import json
import random
import select
import time
from collections import deque
from pathlib import Path

from benchmarks.traffic.files import STAMP, read_payloads
from benchmarks.traffic.http1 import HttpConnection
from benchmarks.traffic.http2 import GrpcConnection

_GRPC = "/opentelemetry.proto.collector.{0}.v1.{1}Service/Export"
_NAMES = {"traces": ("trace", "Trace"), "logs": ("logs", "Logs"), "metrics": ("metrics", "Metrics")}


class _Load:
    """Drives connections; the requests it sends are numbered from `first_stamp` on."""

    def __init__(
        self, connections: list[GrpcConnection] | list[HttpConnection], payloads: list[bytes], first_stamp: int
    ) -> None:
        self._connections = {connection.socket.fileno(): connection for connection in connections}
        self._free = deque(self._connections)
        self._payloads = payloads
        self._stamped = STAMP in payloads[0]
        self._due: dict[int, float] = {}
        self._poll = select.epoll()
        self._writing: set[int] = set()
        self._sent = 0
        self._stamp = first_stamp
        self.latencies: list[float] = []
        self.refused = 0
        for number in self._connections:
            self._poll.register(number, select.EPOLLIN)

    def closed(self, requests: int) -> None:
        """Keep every connection busy until `requests` requests are answered."""
        while self._sent < requests or self._due:
            now = time.perf_counter()
            while self._free and self._sent < requests:
                self._start(now)
            self._turn(None)

    def open(self, due: list[float]) -> None:
        """Send one request at each time of `due`, seconds from now, or as soon after it as a connection is free."""
        origin = time.perf_counter()
        while self._sent < len(due) or self._due:
            now = time.perf_counter() - origin
            while self._free and self._sent < len(due) and due[self._sent] <= now:
                self._start(origin + due[self._sent])
            waits = self._sent < len(due) and self._free
            self._turn(max(0.0, due[self._sent] - now) if waits else None)

    def _start(self, due: float) -> None:
        number = self._free.popleft()
        self._due[number] = due
        connection = self._connections[number]
        payload = self._payloads[self._sent % len(self._payloads)]
        connection.start(payload.replace(STAMP, b"%08x" % self._stamp) if self._stamped else payload)
        self._stamp += 1
        self._sent += 1
        if connection.blocked:
            self._watch(number)

    def _turn(self, timeout: float | None) -> None:
        for number, event in self._poll.poll(timeout):
            connection = self._connections[number]
            if event & select.EPOLLOUT:
                connection.send()
            if event & ~select.EPOLLOUT and connection.receive():
                self.latencies.append(time.perf_counter() - self._due.pop(number))
                self.refused += not connection.accepted
                self._free.append(number)
            if connection.blocked != (number in self._writing):
                self._watch(number)

    def _watch(self, number: int) -> None:
        """Ask for writability only while a connection waits for it."""
        self._writing ^= {number}
        writing = number in self._writing
        self._poll.modify(number, select.EPOLLIN | (select.EPOLLOUT if writing else 0))


def main() -> None:
    """Send the load that the command line describes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--protocol", choices=["grpc", "http"], required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--signal", choices=_NAMES, required=True)
    parser.add_argument("--payloads", type=Path, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--requests", type=int, required=True)
    parser.add_argument("--first-stamp", type=int, default=0, help="the number of the first request")
    parser.add_argument("--rate", type=float, help="requests a second, for an open loop")
    found = parser.parse_args()
    payloads = read_payloads(found.payloads)
    connections: list[GrpcConnection] | list[HttpConnection]
    if found.protocol == "grpc":
        payloads = [b"\0" + len(payload).to_bytes(4, "big") + payload for payload in payloads]
        path = _GRPC.format(*_NAMES[found.signal])
        connections = [GrpcConnection("127.0.0.1", found.port, path) for _ in range(found.connections)]
    else:
        path = f"/v1/{found.signal}"
        connections = [HttpConnection("127.0.0.1", found.port, path) for _ in range(found.connections)]
    load = _Load(connections, payloads, found.first_stamp)
    started = time.perf_counter()
    if found.rate is None:
        load.closed(found.requests)
    else:
        rng = random.Random(1)
        gaps = (rng.expovariate(found.rate) for _ in range(found.requests))
        clock = 0.0
        load.open([clock := clock + gap for gap in gaps])
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "refused": load.refused, "latencies": sorted(load.latencies)}))


if __name__ == "__main__":
    main()
