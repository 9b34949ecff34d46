"""The seam between receivers and what takes their requests: `Request` goes in, a durable `Outcome` comes out."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from otel_lift.batch import RequestContext, Signal
from otel_lift.kernel import Outcome

__all__ = ["Request", "Sink"]


@dataclass(frozen=True, slots=True)
class Request:
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

    def submit(self, request: Request) -> Future[Outcome]:
        """Take a request, without blocking; the future resolves once it is as durable as the configuration asks.

        The future, or this call itself, raises `RetryableError` (nothing was kept, the client should send again),
        `DecodeError`, `TooLargeError` or `ProcessorError`. Any other exception is taken as retryable by receivers, so
        that a client never throws away what the gateway did not keep. Called from any thread; never cancelled.
        """
        ...
