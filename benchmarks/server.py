"""A server under measurement: its processes, as the operating system counts their CPU time and memory."""

import socket
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

__all__ = ["Server", "free_port", "peaks", "started"]

_POLL = 0.1
_IDLE_SHARE = 0.02
_IDLE_POLLS = 5
_PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server listens and which processes it is.

    `roles` names the children of `main` (by default all are one); `busy` says that work is left which the CPU does not
    show; `stages` answers CPU-seconds by stage, where a server tells.
    """

    main: psutil.Process
    grpc: int
    http: int
    roles: Callable[[psutil.Process], str] = field(default=lambda _: "server")
    busy: Callable[[], bool] = field(default=lambda: False)
    stages: Callable[[], dict[str, float]] = field(default=dict)

    def processes(self) -> dict[int, tuple[str, psutil.Process]]:
        """Answer the process and all below it, each with its role, by id."""
        family = [self.main, *self.main.children(recursive=True)]
        return {process.pid: (self.roles(process), process) for process in family}

    def cpu(self) -> dict[str, float]:
        """Answer user and system CPU-seconds by role, of all threads, so far."""
        spent: dict[str, float] = defaultdict(float)
        for role, process in self.processes().values():
            times = process.cpu_times()
            spent[role] += times.user + times.system
        return dict(spent)

    def settle(self) -> None:
        """Wait until all that was accepted is exported: nothing is left and the CPU rests.

        Raises RuntimeError where that takes five minutes.
        """
        waiting, idle, deadline = threading.Event(), 0, time.monotonic() + _PATIENCE
        before = sum(self.cpu().values())
        while idle < _IDLE_POLLS:
            if time.monotonic() > deadline:
                raise RuntimeError("the server did not come to rest")
            waiting.wait(_POLL)
            now = sum(self.cpu().values())
            idle = 0 if self.busy() or now - before > max(_IDLE_SHARE * _POLL, 0.011) else idle + 1
            before = now


@contextmanager
def started(command: list[str], log: Path, port: int, environment: dict[str, str]) -> Iterator[psutil.Process]:
    """Run `command`, its output in `log`, and wait until `port` answers; raises RuntimeError where it does not."""
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environment) as process:
        try:
            waiting, deadline = threading.Event(), time.monotonic() + 60
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{command[0]} did not start: {log.read_text()[-2000:]}")
                waiting.wait(_POLL)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def peaks(server: Server) -> Iterator[dict[str, float]]:
    """Watch memory meanwhile: yields peaks in MB by role, and `total`, the peak of all together.

    Memory is the proportional set size: what several processes share is counted once.
    """
    found: dict[str, float] = defaultdict(float)
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(_POLL):
            now: dict[str, float] = defaultdict(float)
            for number, (role, _) in server.processes().items():
                now[role] += _resident(number)
            for role, size in now.items():
                found[role] = max(found[role], size)
            found["total"] = max(found["total"], sum(now.values()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        stop.set()
        watcher.join()


def free_port() -> int:
    """Answer a port of the loopback address that nothing uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _resident(number: int) -> float:
    try:
        rollup = Path(f"/proc/{number}/smaps_rollup").read_text()
    except OSError:  # it ended meanwhile
        return 0.0
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
