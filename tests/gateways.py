"""The real gateway as a process to test with: `otel-lift run` on free ports, over a folder of the test's own."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import psutil
import yaml

from otel_lift.service.metrics import totals
from otel_lift.spool import spool_stats

HOST = "127.0.0.1"
PROCESSORS = ("pseudonyms", "consent", "validation", "redaction", "patterns", "anonymise")
RUN = (sys.executable, "-m", "otel_lift", "run", "-c")
_PORTS = range(15_000, 32_000)  # below those that the system gives to outgoing connections
_given: set[int] = set()
_T = TypeVar("_T")


def free_port() -> int:
    """Answer a port that nothing listens on and that no outgoing connection can take before it is used.

    None is answered twice, nor to two of the processes that run tests side by side.
    """
    side = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    mine = _PORTS[side :: int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
    while True:
        port = random.SystemRandom().choice(mine)
        if port in _given:
            continue
        _given.add(port)
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port


def until(answer: Callable[[], _T | None], what: str, timeout: float = 60.0) -> _T:
    """Ask another process again and again until it answers something that is true; raises TimeoutError."""
    deadline = time.monotonic() + timeout
    while not (result := answer()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout} s")
        time.sleep(0.02)
    return result


class Gateway:
    """A gateway over `folder`, which may be started and ended any number of times, and ends with the context.

    It listens on ports of its own that stay the same. `dsn` names a server; without it the store is the embedded one.
    """

    def __init__(
        self,
        folder: Path,
        *,
        dsn: str | None = None,
        processors: Mapping[str, Any] | None = None,
        service: Mapping[str, Any] | None = None,
    ) -> None:
        self.data = folder / "data"
        self.file = folder / "lift.yaml"
        self.log = folder / "gateway.log"
        self.ports = {name: free_port() for name in ("grpc", "http", "sql", "health", "metrics", "api")}
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._children: list[psutil.Process] = []
        chosen = dict.fromkeys(PROCESSORS) if processors is None else dict(processors)
        pipeline = {"receivers": ["otlp"], "processors": list(chosen), "exporters": ["clickhouse"]}
        self.config: dict[str, Any] = {
            "receivers": {
                "otlp": {
                    "protocols": {
                        "grpc": {"endpoint": f"{HOST}:{self.ports['grpc']}"},
                        "http": {"endpoint": f"{HOST}:{self.ports['http']}"},
                    }
                }
            },
            "processors": chosen,
            "exporters": {"clickhouse": self.exporter(dsn)},
            "service": {
                "data": str(self.data),
                "api": None,  # a test that wants it says where
                "health": {"endpoint": f"{HOST}:{self.ports['health']}"},
                "telemetry": {"metrics": {"endpoint": f"{HOST}:{self.ports['metrics']}"}},
                "spool": {"segment_max_age": 0.3},
                # rows of the gateway's own would be among those that a test counts
                "maintenance": {"metrics_interval": 0},
                "pipelines": {"traces": pipeline, "logs": pipeline, "metrics": pipeline},
                **(service or {}),
            },
        }
        self.write()

    def exporter(self, dsn: str | None, **options: Any) -> dict[str, Any]:
        """Answer the settings of an exporter that tries again soon."""
        store = {"dsn": dsn} if dsn else {"sql_endpoint": {"endpoint": f"{HOST}:{self.ports['sql']}"}}
        return {**store, "retry": {"initial_interval": 0.05, "max_interval": 0.2}, **options}

    def write(self) -> None:
        """Write the configuration file from `config`."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(yaml.safe_dump(self.config))

    def launch(self) -> None:
        """Start the processes without waiting for them."""
        with self.log.open("ab") as log:
            self._supervisor = subprocess.Popen(
                [*RUN, str(self.file)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    def start(self) -> None:
        """Start, and return when requests are taken."""
        self.launch()
        until(self.ready, "ready")

    def ready(self) -> bool:
        """Whether requests are taken; raises AssertionError if the supervisor has ended."""
        assert self.supervisor.poll() is None, self.log.read_text()
        return self.page("/readyz")[0] == 200

    @property
    def supervisor(self) -> "subprocess.Popen[bytes]":
        """The process that was started."""
        assert self._supervisor is not None, "start comes first"
        return self._supervisor

    def child(self, name: str) -> psutil.Process | None:
        """Answer a running process by what it is, ``ingest`` or ``store``; None if there is none now."""
        return next(iter(self.children(name)), None)

    def children(self, name: str = "") -> list[psutil.Process]:
        """Answer the supervisor's running children, or those of a kind."""
        found = []
        for process in _alive(psutil.Process(self.supervisor.pid).children()):
            if process not in self._children:
                self._children.append(process)
            if not name or name in process.cmdline():
                found.append(process)
        return found

    def kill(self, name: str) -> bool:
        """End the processes of a kind (``ingest``, ``store``) with SIGKILL; answers whether there was one."""
        killed = self.children(name)
        for process in killed:
            process.kill()
        psutil.wait_procs(killed, timeout=10)
        return bool(killed)

    def kill_all(self) -> None:
        """End supervisor and children at once, as a machine that loses its power would."""
        children = self.children()
        self.supervisor.kill()
        for process in _alive(children):
            process.kill()
        self.supervisor.wait(10)
        psutil.wait_procs(children, timeout=10)

    def terminate(self, timeout: float = 60.0) -> int:
        """End as an operator does, and answer the exit code."""
        self.children()
        self.supervisor.terminate()
        return self.supervisor.wait(timeout)

    def reload(self) -> None:
        """Write `config` and send SIGHUP."""
        self.write()
        self.supervisor.send_signal(signal.SIGHUP)

    def page(self, path: str) -> tuple[int, str]:
        """Get one of the supervisor's pages: status and text; status 0 where nothing listens."""
        port = self.ports["metrics" if path == "/metrics" else "health"]
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def total(self, name: str, **labels: str) -> float:
        """Answer one of the gateway's own metrics, summed over all labels that are not named."""
        found = totals(self.page("/metrics")[1]).get(name, [])
        return sum(value for its, value in found if labels.items() <= its.items())

    def logged(self, text: str) -> bool:
        """Whether the log has this text."""
        return text in self.log.read_text()

    def spooled(self) -> int:
        """Count the sealed segments."""
        return spool_stats(self.data / "spool").segments

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End everything that is still there, whatever became of the test."""
        if self._supervisor is not None:
            if self._supervisor.poll() is None:
                self.kill_all()
            left = _alive(self._children)
            for process in left:
                process.kill()
            psutil.wait_procs(left, timeout=10)


@contextmanager
def gateway(folder: Path, **options: Any) -> Iterator[Gateway]:
    """Run a gateway until the end of the context."""
    with Gateway(folder, **options) as made:
        made.start()
        yield made


def query(port: int, sql: str) -> list[list[Any]]:
    """Ask a SQL endpoint and answer the rows; raises OSError where nothing answers, and RuntimeError for a refusal."""
    request = urllib.request.Request(f"http://{HOST}:{port}/?default_format=JSONCompact", sql.encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            rows: list[list[Any]] = json.load(answer)["data"]
            return rows
    except urllib.error.HTTPError as error:
        with error:
            raise RuntimeError(error.read().decode()) from error


def _alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
