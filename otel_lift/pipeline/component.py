"""What a component is: its declaration, the contract it keeps, and the services it is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from otel_lift.batch import Batch
from otel_lift.jobs import Job, Operation

if TYPE_CHECKING:
    from otel_lift.keys import KeySource

__all__ = ["ComponentConfig", "Meter", "NullMeter", "Processor", "ProcessorComponent", "Services", "nothing_to_say"]


class ComponentConfig(BaseModel):
    """Base of every component's configuration: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Meter(Protocol):
    """Where a component counts what it did. Label values are bounded: never one that a client sent."""

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add `amount` to the counter `name` with these labels."""

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set the gauge `name` with these labels."""


class NullMeter:
    """A meter that keeps nothing."""

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Do nothing."""

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Services:
    """What the pipeline gives a component: its own name in the configuration, the data folder, and a meter.

    `shares_ports` says that other processes of this gateway listen on the same ports (SO_REUSEPORT).
    """

    name: str
    data: Path
    meter: Meter = field(default_factory=NullMeter)
    shares_ports: bool = False


@runtime_checkable
class Processor(Protocol):
    """A stage of a pipeline. Construction does no I/O; `start` may, and `stop` gives back what `start` took."""

    def start(self) -> None:
        """Acquire what the processor needs; called once before the first batch."""

    def process(self, batch: Batch) -> Batch | None:
        """Answer the batch changed, or None if nothing of it remains; never call the next stage.

        Any exception stops the batch here: it is refused or quarantined as configured, and never let through.
        """

    def stop(self) -> None:
        """Release what `start` acquired."""


def nothing_to_say(config: Any, services: Services) -> Sequence[str]:  # noqa: ARG001 - the signature of `examine`
    """Answer no finding."""
    return ()


@dataclass(frozen=True, slots=True)
class ProcessorComponent:
    """A processor's declaration; a package exposes one as its entry point in the group `otel_lift.processors`.

    `name` is the type that a configuration names; `after` lists the types that must come earlier in a pipeline that has
    both, `requires` those that a pipeline must have too. `examine` tells `otel-lift doctor` about the component's
    surroundings, one line a finding, without changing anything; it raises where something is wrong. `jobs` and
    `operations` are what it has the store process do beside. `keys` answers where its keys of pseudonyms come from.
    """

    name: str
    config: type[ComponentConfig]
    create: Callable[[Any, Services], Processor]
    after: frozenset[str] = frozenset()
    requires: frozenset[str] = frozenset()
    examine: Callable[[Any, Services], Sequence[str]] = nothing_to_say
    jobs: Callable[[Any, Services], Sequence[Job]] = lambda _config, _services: ()
    operations: Callable[[Any, Services], Sequence[Operation]] = lambda _config, _services: ()
    keys: "Callable[[Any, Services], KeySource] | None" = None
