"""A `Sink` that keeps what it is given."""

import threading
from concurrent.futures import Future

from otel_lift.batch import Signal
from otel_lift.kernel import Outcome
from otel_lift.pipeline.sink import Answer, Request, Sink

__all__ = ["RecordingSink", "ask"]


def ask(sink: Sink, request: Request) -> Future[Outcome]:
    """Hand a request to a sink; the future is what it answers, and raises what it refuses with."""
    future: Future[Outcome] = Future()

    def answer(result: Outcome | Exception) -> None:
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)

    try:
        sink.submit(request, answer)
    except Exception as error:  # noqa: BLE001 - a sink may refuse in either way
        future.set_exception(error)
    return future


class RecordingSink:
    """Keeps each request in `requests` and answers at once, unless told otherwise.

    `answer` is what later requests get: an `Outcome`, an exception, or None for no answer until `release`.
    `delay` is the number of seconds before an answer.
    """

    def __init__(self, signals: frozenset[Signal] = frozenset(Signal)) -> None:
        self.signals = signals
        self.requests: list[Request] = []
        self.answer: Outcome | Exception | None = Outcome(accepted=1)
        self.delay = 0.0
        self._held: list[Answer] = []
        self._changed = threading.Condition()

    def submit(self, request: Request, answer: Answer) -> None:
        """Keep the request; a request that is answered by an exception is kept too."""
        with self._changed:
            self.requests.append(request)
            result = self.answer
            if result is None:
                self._held.append(answer)
            self._changed.notify_all()
        if result is not None and self.delay:
            threading.Timer(self.delay, answer, (result,)).start()
        elif result is not None:
            answer(result)

    def release(self, result: Outcome | Exception) -> None:
        """Give all requests that wait for an answer this one."""
        with self._changed:
            held, self._held = self._held, []
        for answer in held:
            answer(result)

    def wait(self, count: int, timeout: float = 10.0) -> list[Request]:
        """Answer the requests once there are at least `count`; raises TimeoutError if there are not in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, timeout):
                raise TimeoutError(f"{len(self.requests)} requests came, not {count}")
            return list(self.requests)
