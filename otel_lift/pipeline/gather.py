"""The queue before the pipelines: bounded in bytes, and emptied in batches that are worth their fixed costs."""

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from otel_lift.errors import BackpressureError, ShuttingDownError, TooLargeError
from otel_lift.pipeline.sink import Answer, Request

__all__ = ["Gathering", "IntakeLimits", "Waiting"]

_FORGET = 0.125
"""The part of what was known of the load that each batch makes forgotten."""


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """Bytes of request bodies that may wait in memory, and that are decoded together.

    `linger` is the longest that a request waits for others to share its batch, in seconds.
    """

    max_queue_bytes: int
    max_batch_bytes: int
    linger: float = 0.0


class Waiting(NamedTuple):
    """A request in the queue; `arrived` in Unix nanoseconds."""

    receiver: str
    request: Request
    answer: Answer
    arrived: int


class Gathering:
    """Requests from any thread, taken in batches by one.

    A batch costs the same few milliseconds whether it holds one record or thousands. So while the taker is busy, a
    batch is begun only when it is half full, when it holds as many requests as lately were in flight at once (from
    clients that wait for their answers no more can come), or after `linger`, which is shorter where the taker is busy
    for less than half of its time. A lone client's request waits for nothing.
    """

    def __init__(self, limits: IntakeLimits) -> None:
        self._limits = limits
        self._queue: deque[Waiting] = deque()
        self._queued_bytes = 0  # taken requests included, until they are processed
        self._taken_bytes = 0
        self._in_flight = 0
        self._expected = 0.0  # requests in flight at once, lately
        self._busy = 0.0  # the part of its time that the taker worked, lately
        self._since = time.monotonic()
        self._wanted = 1  # requests that end the taker's sleep
        self._changed = threading.Condition(threading.Lock())
        self._closing = False

    def put(self, receiver: str, request: Request, answer: Answer) -> None:
        """Add a request; raises BackpressureError, TooLargeError or ShuttingDownError, and then has not taken it."""
        size = len(request.payload)
        waiting = Waiting(receiver, request, answer, time.time_ns())
        limits = self._limits
        with self._changed:
            if self._closing:
                raise ShuttingDownError("this gateway process is stopping; send the request again")
            if size > limits.max_queue_bytes:
                raise TooLargeError(
                    f"a request of {size} bytes can never fit the queue of {limits.max_queue_bytes} bytes; "
                    "send smaller requests or raise service.intake.max_queue_bytes"
                )
            if self._queued_bytes + size > limits.max_queue_bytes:
                raise BackpressureError("the gateway's queue is full; send the request again later")
            self._queue.append(waiting)
            self._queued_bytes += size
            self._in_flight += 1
            if self._is_enough():
                self._changed.notify()

    def take(self) -> list[Waiting]:
        """Wait for requests and answer a batch of them; empty once the queue is closed and has none left.

        What is taken counts against the queue's bound until the next call, so that memory is bounded too.
        """
        started = time.monotonic()
        worked = started - self._since
        with self._changed:
            self._queued_bytes -= self._taken_bytes
            self._taken_bytes = 0
            self._wanted = 1
            while not self._queue and not self._closing:
                self._changed.wait()
            self._linger()
            taken = self._fill()
            self._expected = max(self._in_flight, self._expected * (1 - _FORGET))
        self._since = time.monotonic()
        self._busy += _FORGET * (worked / (worked + self._since - started + 1e-9) - self._busy)
        return taken

    def answered(self, count: int) -> None:
        """Note that so many requests are in flight no more."""
        with self._changed:
            self._in_flight -= count

    def close(self) -> None:
        """Take nothing more; what is queued can still be taken."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def _is_enough(self) -> bool:
        waiting = self._queued_bytes - self._taken_bytes
        return len(self._queue) >= self._wanted or 2 * waiting >= self._limits.max_batch_bytes

    def _linger(self) -> None:
        self._wanted = max(1, int(self._expected))
        until = time.monotonic() + self._limits.linger * min(1.0, 2 * self._busy)
        while not self._closing and not self._is_enough() and (left := until - time.monotonic()) > 0:
            self._changed.wait(left)

    def _fill(self) -> list[Waiting]:
        taken: list[Waiting] = []
        while self._queue:
            size = len(self._queue[0].request.payload)
            if taken and self._taken_bytes + size > self._limits.max_batch_bytes:
                break
            taken.append(self._queue.popleft())
            self._taken_bytes += size
        return taken
