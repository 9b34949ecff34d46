"""The one place that chooses the kernel's implementation."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from otel_lift.batch import Batch, RequestContext, Signal
from otel_lift.errors import ConfigError
from otel_lift.kernel import pure
from otel_lift.kernel.outcome import Decoded

__all__ = ["KERNELS", "VARIABLE", "Kernel", "choose"]

VARIABLE = "OTEL_LIFT_KERNEL"
"""The environment variable that names the implementation."""


class Kernel(Protocol):
    """An implementation: a module with these two functions, which all implementations answer alike."""

    @abstractmethod
    def decode(self, signal: Signal, payloads: Sequence[bytes], context: RequestContext, received: int) -> Decoded:
        """Turn OTLP protobuf export requests into one batch; see `otel_lift.kernel`."""

    @abstractmethod
    def encode(self, batch: Batch) -> bytes:
        """Turn a batch into an OTLP protobuf export request; see `otel_lift.kernel`."""


KERNELS: Mapping[str, Kernel] = MappingProxyType({"pure": pure})
"""The implementations of this installation, by name."""


def choose(environment: Mapping[str, str]) -> Kernel:
    """Answer the implementation that `OTEL_LIFT_KERNEL` names, else the pure one; ConfigError if there is none such."""
    name = environment.get(VARIABLE) or "pure"
    if name not in KERNELS:
        raise ConfigError(
            f"{VARIABLE} asks for the kernel {name!r}, which this installation has not: unset it, "
            f"or set it to one of: {', '.join(KERNELS)}"
        )
    return KERNELS[name]
