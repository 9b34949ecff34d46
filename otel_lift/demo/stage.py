"""The processes of a demo and what watches them, from their start to their end."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from subprocess import DEVNULL
from types import TracebackType
from typing import Self

import httpx

from otel_lift.demo.child import Child
from otel_lift.demo.needles import Needles, SpoolWatch, search_folder
from otel_lift.demo.observe import Observer
from otel_lift.demo.ports import Ports
from otel_lift.demo.summary import Report
from otel_lift.demo.tables import search_tables
from otel_lift.demo.traffic import Traffic
from otel_lift.errors import StoreUnavailableError

__all__ = ["CONFIG", "Stage"]

CONFIG = Path(__file__).with_name("demo.yaml")
"""The gateway's configuration."""

_START_TIMEOUT = 90.0
_STOP_TIMEOUT = 60.0
_FLUSH_TIMEOUT = 60.0
_SETTLE_TIMEOUT = 120.0
_SETTLE_EVERY = 0.5


class Stage:
    """A gateway, an app and its visitors, all of which end with the context that this is."""

    def __init__(self, data: Path, ports: Ports, *, rate: float, seed: int) -> None:
        """Start the processes; the visitors come with `open`. Raises `ConfigError` if one does not start."""
        self._data = data
        self._ports = ports
        self._stack = ExitStack()
        try:
            self._gateway = self._child("gateway", [str(CONFIG)], OTEL_LIFT_DATA=str(data))
            self._gateway.wait_ready(_START_TIMEOUT)
            self._app = self._child("server", [ports.at("grpc"), ports.at("http")])
            port = self._app.wait_ready(_START_TIMEOUT)["port"]
        except BaseException:
            self._stack.close()
            raise
        self._address = f"127.0.0.1:{port}"
        self.traffic = Traffic(self._address, ports.at("http"), rate=rate, seed=seed)
        self._watch = SpoolWatch(data / "spool", self.traffic.tally.secrets.copy)
        self.observer = Observer(ports, self._address, data)
        self._stack.callback(self.observer.close)
        self._rotation: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.traffic.stop()
        self.observer.stop()
        self._watch.stop()
        self._stack.close()

    def open(self) -> None:
        """Let the visitors come, and watch."""
        self._watch.start()
        self.traffic.start()
        self.observer.start()

    def check(self) -> None:
        """Raise `ConfigError` if a process has ended by itself."""
        self._gateway.check()
        self._app.check()

    def rotate_key(self) -> None:
        """Add a new pseudonym key and have the gateway reload, under load; both go on beside the caller."""

        def rotate() -> None:
            file = self._data / "keys" / "pseudonyms.keys"
            subprocess.run([sys.executable, "-m", "otel_lift", "keys", "rotate", file], check=True, stdout=DEVNULL)
            os.kill(self._gateway.pid, signal.SIGHUP)

        self._rotation = threading.Thread(target=rotate, name="key-rotation", daemon=True)
        self._rotation.start()

    def finish(self) -> Report:
        """End the visits, wait until everything is stored, end the processes and look for what was planted."""
        self.traffic.stop()
        self.observer.stop()
        if self._rotation is not None:
            self._rotation.join()
        self.check()
        httpx.post(f"http://{self._address}/demo/flush", timeout=_FLUSH_TIMEOUT)
        report = Report(self.observer.look(ask_store=True), self.traffic.tally)
        deadline = time.monotonic() + _SETTLE_TIMEOUT
        while not report.adds_up and time.monotonic() < deadline:
            time.sleep(_SETTLE_EVERY)
            self.check()
            report = Report(self.observer.look(ask_store=True), self.traffic.tally)
        needles = Needles(self.traffic.tally.secrets)
        for table, size, strings in self._search_tables(needles):
            report.add(table, size, strings)
        self._watch.stop()
        self._stack.close()
        report.add("the spool, while it was written", self._watch.bytes, self._watch.found)
        for path, size, strings in search_folder(self._data, needles):
            report.add(str(path), size, strings)
        return report

    def _search_tables(self, needles: Needles) -> list[tuple[str, int, set[str]]]:
        deadline = time.monotonic() + _SETTLE_TIMEOUT
        while True:
            try:
                return list(search_tables(self._ports.at("sql"), needles))
            except httpx.TransportError as error:
                # The reload for the new key may just be changing the store process.
                if time.monotonic() >= deadline:
                    raise StoreUnavailableError(f"the SQL endpoint does not answer ({error})") from error
            time.sleep(_SETTLE_EVERY)

    def _child(self, name: str, arguments: list[str], **environ: str) -> Child:
        child = Child(name, f"otel_lift.demo.{name}", arguments, self._data / f"{name}.log", **environ)
        self._stack.callback(child.stop, _STOP_TIMEOUT)
        return child
