"""One process of the gateway as its supervisor sees it: spawned, ready, restarted when it dies, asked to stop."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import IO, Any

__all__ = ["Process"]

logger = logging.getLogger(__name__)

# Arrow's own allocator holds 20 MB more at full load than the system's, and is no faster here. The system's is told to
# keep what a batch took for the next one: pages that are given back are the dearest to get again.
_MEMORY = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
    "MALLOC_ARENA_MAX": "2",
}


class Process:
    """A child, ``python -m otel_lift.service arguments``, that says ``{"ready": ...}`` on its output once it serves.

    `trouble` is what it last said that keeps it from serving, in words; empty while all is well.

    It shares nothing with its supervisor but the data folder, and ends by itself when its standard input closes, so
    that it never outlives a supervisor that was killed.
    """

    def __init__(self, name: str, arguments: Sequence[str]) -> None:
        self.name = name
        self.ready: dict[str, Any] | None = None
        self.trouble = ""
        self.started = time.monotonic()
        self._became_ready = threading.Event()
        self._child = subprocess.Popen(
            [sys.executable, "-m", "otel_lift.service", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**_MEMORY, **os.environ},
            # A terminal's Ctrl-C goes to the supervisor alone, which stops its children in order.
            start_new_session=True,
        )
        assert self._child.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self._child.stdout,), name=name, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended, None while it runs."""
        return self._child.poll()

    @property
    def serves(self) -> bool:
        """Whether it runs, is ready, and has no trouble."""
        return self.ready is not None and not self.trouble and self.exit_code is None

    def wait_ready(self, timeout: float) -> bool:
        """Wait until it serves, at most `timeout` seconds; false if it ended or took longer."""
        self._became_ready.wait(timeout)
        return self.ready is not None

    def stop(self) -> None:
        """Ask it to drain and end."""
        if self.exit_code is None:
            os.kill(self.pid, signal.SIGTERM)

    def join(self, timeout: float) -> bool:
        """Wait for its end, at most `timeout` seconds; past that it is killed, and false is answered."""
        in_time = True
        try:
            self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            in_time = False
        if not in_time:
            logger.error("%s (process %d) did not end within %.0f s and is killed", self.name, self.pid, timeout)
            self._child.kill()
            self._child.wait()
        assert self._child.stdin is not None
        self._child.stdin.close()
        return in_time

    def _read(self, output: IO[str]) -> None:
        for line in output:
            try:
                message = json.loads(line)
            except ValueError:
                logger.info("%s: %s", self.name, line.rstrip())
                continue
            if isinstance(message, dict) and "ready" in message:
                self.ready = message["ready"]
                self._became_ready.set()
            elif isinstance(message, dict) and "trouble" in message:
                self.trouble = message["trouble"]
        self._became_ready.set()
