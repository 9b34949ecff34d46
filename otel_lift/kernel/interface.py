"""What an implementation of the kernel provides."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from otel_lift.batch import Batch, RequestContext, Signal
from otel_lift.kernel.outcome import Decoded

__all__ = ["Kernel"]


class Kernel(Protocol):
    """An implementation: a module with these two functions, which all implementations answer alike."""

    @abstractmethod
    def decode(self, signal: Signal, payloads: Sequence[bytes], context: RequestContext, received: int) -> Decoded:
        """Turn OTLP protobuf export requests into one batch; see `otel_lift.kernel`."""

    @abstractmethod
    def encode(self, batch: Batch) -> bytes:
        """Turn a batch into an OTLP protobuf export request; see `otel_lift.kernel`."""
