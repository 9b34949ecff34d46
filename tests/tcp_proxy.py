"""A TCP proxy that loses what passes through it."""

import random
import socket
import threading
from contextlib import suppress
from typing import Self

from gateways import HOST


class Proxy:
    """Forwards connections to `target` on the loopback interface, and loses some of what it forwards.

    `lose_requests` and `lose_replies` are the chances that a piece of data breaks its connection instead of passing.
    While `hang` is called for, nothing passes and nothing breaks.
    """

    def __init__(self, target: int, seed: int = 0) -> None:
        self.lose_requests = self.lose_replies = 0.0
        self.lost = {"requests": 0, "replies": 0}
        self._target = target
        self._chance = random.Random(seed)
        self._passing = threading.Event()
        self._passing.set()
        self._held = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    def hang(self) -> None:
        """Let nothing pass until `go_on`."""
        self._held.clear()
        self._passing.clear()

    def wait_held(self, timeout: float = 60.0) -> None:
        """Return when something waits to pass; raises TimeoutError."""
        if not self._held.wait(timeout):
            raise TimeoutError("nothing came")

    def go_on(self) -> None:
        """End what `hang` began."""
        self._passing.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._passing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in list(self._open):
            _close(end)
        for thread in self._threads:
            thread.join(10)

    def _start(self, work: "object", *arguments: object) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((HOST, self._target))
            except OSError:
                client.close()
                continue
            self._open |= {client, server}
            self._start(self._pump, client, server, "requests")
            self._start(self._pump, server, client, "replies")

    def _pump(self, source: socket.socket, sink: socket.socket, what: str) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if not self._passing.is_set():
                    self._held.set()
                    self._passing.wait()
                if self._chance.random() < getattr(self, f"lose_{what}"):
                    self.lost[what] += 1
                    break
                sink.sendall(data)
        for end in (source, sink):
            _close(end)


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
