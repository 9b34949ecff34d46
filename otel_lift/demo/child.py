"""A process of the demo, as the demo sees it and as it sees itself; it never outlives the demo."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from otel_lift.errors import ConfigError

__all__ = ["Child", "say_ready", "stop_with_parent"]

_LOG_LINES = 12


class Child:
    """Runs ``python -m module arguments``; what it writes to standard error goes to the file `log`.

    It ends by itself when its standard input closes, so also when the demo is killed.
    """

    def __init__(self, name: str, module: str, arguments: Sequence[str], log: Path, **environ: str) -> None:
        self.name = name
        self._log = log
        self._ready: Mapping[str, Any] | None = None
        self._spoke = threading.Event()
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **environ},
                text=True,
                # A terminal's Ctrl-C is for the demo alone, which ends its processes in order.
                start_new_session=True,
            )
        assert self._process.stdout is not None
        threading.Thread(target=self._listen, args=(self._process.stdout,), name=name, daemon=True).start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def wait_ready(self, timeout: float) -> Mapping[str, Any]:
        """Answer what it said when it became ready; raises `ConfigError` if it ended or takes more than `timeout` s."""
        self._spoke.wait(timeout)
        if self._ready is None:
            raise ConfigError(f"the demo's {self.name} did not start:\n{self._tail()}")
        return self._ready

    def check(self) -> None:
        """Raise `ConfigError` if it has ended by itself."""
        if self._process.poll() is not None:
            raise ConfigError(f"the demo's {self.name} ended by itself:\n{self._tail()}")

    def stop(self, timeout: float) -> None:
        """Ask it to end, and kill it if it takes more than `timeout` seconds."""
        self._process.terminate()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()

    def _listen(self, output: IO[str]) -> None:
        for line in output:
            if self._ready is None:
                self._ready = json.loads(line)
                self._spoke.set()
        self._spoke.set()

    def _tail(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-_LOG_LINES:]) or "it said nothing"


def say_ready(**details: Any) -> None:
    """Tell the demo that this process serves."""
    sys.stdout.write(json.dumps(details) + "\n")
    sys.stdout.flush()


def stop_with_parent() -> None:
    """Ask this process to end, as SIGTERM does, when its standard input closes."""

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
