"""What a receiver is: its declaration and the contract it keeps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from otel_lift.pipeline import ComponentConfig, Services
from otel_lift.receivers.endpoint import cannot_listen, listen
from otel_lift.receivers.sink import Sink

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

    `endpoints` answers the addresses (``host:port``) that a configuration listens on.
    """

    name: str
    config: type[ComponentConfig]
    create: Callable[[Any, Services, Sink], Receiver]
    endpoints: Callable[[Any], Sequence[str]] = lambda _: ()

    def check(self, config: Any) -> None:
        """Raise ConfigError if an endpoint of a configuration is taken.

        Whoever starts several workers calls this first: they share their ports, and so would a second gateway.
        """
        for endpoint in self.endpoints(config):
            try:
                listen(endpoint, reuse_port=False).close()
            except OSError as error:
                raise cannot_listen(endpoint, error) from error
