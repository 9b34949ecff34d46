"""Ends calls whose message does not arrive: grpcio itself waits for as long as the connection lives."""

import threading
import time
from typing import Any

__all__ = ["Watchdog"]


class Watchdog:
    """Cancels each watched call that is not released `timeout` seconds later, give or take a quarter."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._lock = threading.Lock()
        self._watched: dict[int, tuple[float, Any]] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="otlp-grpc-watchdog", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; calls are no longer watched."""
        self._stopped.set()
        self._thread.join()

    def watch(self, call: Any) -> None:
        """Watch a call, which has a method `cancel`."""
        with self._lock:
            self._watched[id(call)] = (time.monotonic() + self._timeout, call)

    def release(self, call: Any) -> None:
        """Stop to watch a call."""
        with self._lock:
            self._watched.pop(id(call), None)

    def _run(self) -> None:
        while not self._stopped.wait(self._timeout / 4):
            now = time.monotonic()
            with self._lock:
                late = [call for deadline, call in self._watched.values() if deadline <= now]
            for call in late:
                call.cancel()
                self.release(call)
