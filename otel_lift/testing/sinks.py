"""A `Sink` that keeps what it is given."""

import threading
from concurrent.futures import Future

from otel_lift.batch import Signal
from otel_lift.kernel import Outcome
from otel_lift.pipeline.sink import Request

__all__ = ["RecordingSink"]


class RecordingSink:
    """Keeps each request in `requests` and answers at once, unless told otherwise.

    `answer` is what later requests get: an `Outcome`, an exception to raise, or None for no answer until `release`.
    `delay` is the number of seconds before an answer.
    """

    def __init__(self, signals: frozenset[Signal] = frozenset(Signal)) -> None:
        self.signals = signals
        self.requests: list[Request] = []
        self.answer: Outcome | BaseException | None = Outcome(accepted=1, rejected=0, message="", error=None)
        self.delay = 0.0
        self._held: list[Future[Outcome]] = []
        self._changed = threading.Condition()

    def submit(self, request: Request) -> Future[Outcome]:
        """Keep the request; a request that is answered by an exception is kept too."""
        future: Future[Outcome] = Future()
        with self._changed:
            self.requests.append(request)
            answer = self.answer
            if answer is None:
                self._held.append(future)
            self._changed.notify_all()
        if answer is not None and self.delay:
            threading.Timer(self.delay, _settle, (future, answer)).start()
        elif answer is not None:
            _settle(future, answer)
        return future

    def release(self, answer: Outcome | BaseException) -> None:
        """Give all requests that wait for an answer this one."""
        with self._changed:
            held, self._held = self._held, []
        for future in held:
            _settle(future, answer)

    def wait(self, count: int, timeout: float = 10.0) -> list[Request]:
        """Answer the requests once there are at least `count`; raises TimeoutError if there are not in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, timeout):
                raise TimeoutError(f"{len(self.requests)} requests came, not {count}")
            return list(self.requests)


def _settle(future: Future[Outcome], answer: Outcome | BaseException) -> None:
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)
