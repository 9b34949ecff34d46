"""gRPC calls as events: unary calls served by one thread on grpcio's own completion queue.

grpcio's public servers spend a thread or a task on each call, and 100 to 170 microseconds; the events beneath them cost
35. They are not public: all that is used of them is in this module, and is what grpcio's public server is made of.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

__all__ = ["Call", "CallServer"]

cygrpc: Any = import_module("grpc._cython.cygrpc")  # no stubs tell what is in it
_log = logging.getLogger(__name__)

_CALL = "call"
_SHUTDOWN = "shutdown"
_OK = 0
_LOOK_AGAIN = 0.25  # seconds; for an event that does not come because its connection hangs


class Call:
    """One call; at most one thread at a time may use it, and exactly one of `answer` and `refuse` ends it."""

    __slots__ = ("_call", "_end", "_received", "metadata", "method")

    def __init__(self, event: Any, end: Callable[[Any, Sequence[Any]], None]) -> None:
        self._call = event.call
        self._end = end
        self.method: bytes = event.call_details.method
        self.metadata: Sequence[tuple[str, str | bytes]] = event.invocation_metadata
        self._received: Callable[[Call, bytes | None], None]

    def receive(self, received: "Callable[[Call, bytes | None], None]") -> None:
        """Ask for the message, which until then is held back by flow control.

        `received` is called in the server's thread; with None where there is no message, or the call has ended.
        """
        self._received = received
        self._call.start_server_batch((cygrpc.ReceiveMessageOperation(0),), self._arrived)

    def answer(self, response: bytes) -> None:
        """End the call with success."""
        operations = (
            cygrpc.SendInitialMetadataOperation(None, 0),
            cygrpc.SendMessageOperation(response, 0),
            cygrpc.SendStatusFromServerOperation(None, _OK, b"", 0),
            # without it the library would keep the call for ever
            cygrpc.ReceiveCloseOnServerOperation(0),
        )
        self._end(self._call, operations)

    def refuse(self, code: int, message: str, trailing: Sequence[tuple[str, bytes]] = ()) -> None:
        """End the call with a status and trailing metadata."""
        operations = (
            cygrpc.SendInitialMetadataOperation(None, 0),
            cygrpc.SendStatusFromServerOperation(tuple(trailing), code, message.encode(), 0),
            cygrpc.ReceiveCloseOnServerOperation(0),
        )
        self._end(self._call, operations)

    def cancel(self) -> None:
        """Tear the call down, from any thread; it must be ended all the same."""
        self._call.cancel()

    def _arrived(self, event: Any) -> None:
        self._received(self, event.batch_operations[0].message())


class CallServer:
    """Listens, and hands each call to `opened`, in the server's one thread."""

    def __init__(self, options: Sequence[tuple[str, int]], opened: Callable[[Call], None]) -> None:
        self._opened = opened
        self._queue = cygrpc.CompletionQueue()
        self._server = cygrpc.Server(tuple(options), False)
        self._server.register_completion_queue(self._queue)
        self._lock = threading.Lock()  # the library does not expect its server to be destroyed under another call
        self._closing = False
        self._sleeping = False
        self._endings: deque[tuple[Any, Sequence[Any]]] = deque()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="otlp-grpc", daemon=True)

    def listen(self, endpoint: str) -> int:
        """Bind ``host:port`` and answer the port; raises RuntimeError if it cannot be had."""
        port: int = self._server.add_http2_port(endpoint.encode())
        if not port:
            raise RuntimeError(f"cannot bind {endpoint}")
        return port

    def start(self) -> None:
        """Begin to accept calls."""
        self._server.start()
        self._ask()
        self._thread.start()

    def close(self) -> None:
        """Close the port and tell clients to go elsewhere; calls in flight go on."""
        with self._lock:
            self._closing = True
            self._server.shutdown(self._queue, _SHUTDOWN)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until, after `close`, every call has ended; answers whether they have."""
        return self._ended.wait(timeout)

    def cancel_all(self) -> None:
        """Tear down all calls in flight, which must be ended all the same."""
        with self._lock:
            if not self._ended.is_set():
                self._server.cancel_all_calls()

    def _ask(self) -> None:
        with self._lock:
            if not self._closing:
                self._server.request_call(self._queue, self._queue, _CALL)

    def _end(self, call: Any, operations: Sequence[Any]) -> None:
        """End a call in the server's thread; or here, where that sleeps: the event wakes it for those that follow.

        A thread that ended many calls itself would fight with the server's, which hears of each, for the interpreter.
        """
        if self._sleeping:
            self._sleeping = False
            call.start_server_batch(operations, _nothing)
        else:
            self._endings.append((call, operations))

    def _run(self) -> None:
        while True:
            self._end_calls()
            event = self._queue.poll(time.time() + _LOOK_AGAIN)
            self._sleeping = False
            if event.tag is _SHUTDOWN:
                break
            try:
                self._handle(event)
            except Exception:  # noqa: BLE001 - the thread serves all calls, and must outlive the fault of one
                _log.exception("a gRPC call was not handled")
            # grpcio: an event that refers to a call which has ended must not live while the next is waited for
            del event
        with self._lock:
            self._server.destroy()
            self._ended.set()

    def _end_calls(self) -> None:
        """End the calls that wait for it; on return the thread counts as asleep, and none waits."""
        while True:
            self._sleeping = True  # first: whoever comes later either is seen below or sees this
            if not self._endings:
                return
            self._sleeping = False
            call, operations = self._endings.popleft()
            try:
                call.start_server_batch(operations, _nothing)
            except Exception:  # noqa: BLE001 - as above
                _log.exception("a gRPC call was not ended")

    def _handle(self, event: Any) -> None:
        if event.tag is not _CALL:
            if event.tag is not None:  # else it was time to look again
                event.tag(event)
        elif event.success:  # not so when the server closes
            self._ask()
            self._opened(Call(event, self._end))


def _nothing(_event: Any) -> None:
    """Take the event that a call has ended."""
