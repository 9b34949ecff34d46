"""What a receiver is: its declaration and the contract it keeps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from otel_lift.pipeline import ComponentConfig, Services
from otel_lift.pipeline.sink import Sink
from otel_lift.tenants import DEFAULT_TENANT

__all__ = ["Receiver", "ReceiverComponent"]


@runtime_checkable
class Receiver(Protocol):
    """A source of requests. Construction does no I/O."""

    @property
    def ports(self) -> dict[str, int]:
        """The ports that are listened on, by the receiver's own names for them; empty before `start`."""
        ...

    def start(self) -> None:
        """Begin to accept; raises `ConfigError` where the configuration cannot be served, such as a taken port."""

    def stop(self, grace: float) -> None:
        """Accept nothing new, let requests in flight finish for at most `grace` seconds, and release everything."""


@dataclass(frozen=True, slots=True)
class ReceiverComponent:
    """A receiver's declaration; a package exposes one as its entry point in the group `otel_lift.receivers`.

    `endpoints` answers the addresses (``host:port``) that a configuration listens on, and `tenant` whose records
    come in.
    """

    name: str
    config: type[ComponentConfig]
    create: Callable[[Any, Services, Sink], Receiver]
    endpoints: Callable[[Any], Sequence[str]] = lambda _: ()
    tenant: Callable[[Any], str] = lambda _: DEFAULT_TENANT
