"""The seam between receivers and what takes their requests: `Request` goes in, a durable `Outcome` comes out."""

from collections.abc import Callable
from typing import NamedTuple, Protocol, runtime_checkable

from otel_lift.batch import RequestContext, Signal
from otel_lift.kernel import Outcome

__all__ = ["Answer", "Request", "Sink"]

Answer = Callable[[Outcome | Exception], None]
"""What is told how a request ended, exactly once, from any thread; it is short, and raises nothing."""


class Request(NamedTuple):
    """One export request: `payload` is an uncompressed `Export*ServiceRequest` in OTLP protobuf."""

    signal: Signal
    payload: bytes
    context: RequestContext


@runtime_checkable
class Sink(Protocol):
    """Where a receiver hands its requests over."""

    @property
    def signals(self) -> frozenset[Signal]:
        """The signals that some pipeline takes from this receiver; it refuses any other."""
        ...

    def submit(self, request: Request, answer: Answer) -> None:
        """Take a request, without blocking; `answer` is told once it is as durable as the configuration asks.

        `answer` is given, or this call itself raises, `RetryableError` (nothing was kept, the client should send
        again), `DecodeError`, `TooLargeError` or `ProcessorError`. Any other exception is taken as retryable by
        receivers, so that a client never throws away what the gateway did not keep. Called from any thread.
        """
        ...
