"""What an exporter is: its declaration and the contract it keeps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from otel_lift.pipeline.component import ComponentConfig, Services, nothing_to_say
from otel_lift.spool import Segment
from otel_lift.tenants import DEFAULT_TENANT

if TYPE_CHECKING:
    from otel_lift.store import Dsn
    from otel_lift.store.schema import SchemaOptions

__all__ = ["Delivery", "Exporter", "ExporterComponent"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How segments are handed to an exporter: how many at once, and how long to wait after a failure, in seconds.

    The wait doubles from `initial_backoff` to `max_backoff` without an end; each is shortened at random by up to half.
    """

    concurrency: int = 1
    initial_backoff: float = 0.5
    max_backoff: float = 30.0


@runtime_checkable
class Exporter(Protocol):
    """Takes sealed segments to where they belong. Construction does no I/O.

    Where `delivery.concurrency` is more than 1, `export` is called from several threads.
    """

    @property
    def delivery(self) -> Delivery:
        """How segments are handed over."""
        ...

    def start(self) -> None:
        """Connect; raises as `export` does, and is then called again."""

    def export(self, segment: Segment) -> None:
        """Return only when the segment is stored for good; the same segment, given again, must count once.

        Raises `RetryableError` if all segments must wait, and `PermanentError` if this one cannot be taken as things
        are. Either way it is kept and comes again.
        """

    def stop(self) -> None:
        """Release what `start` acquired; also called after a `start` that failed."""


@dataclass(frozen=True, slots=True)
class ExporterComponent:
    """An exporter's declaration; a package exposes one as its entry point in the group `otel_lift.exporters`.

    `examine` is as in `ProcessorComponent`; `endpoints` lists the addresses, ``host:port``, that it listens on.
    `store` answers where its rows lie and in which schema; None where it has no such place. `tenant` answers whose
    records come here.
    """

    name: str
    config: type[ComponentConfig]
    create: Callable[[Any, Services], Exporter]
    examine: Callable[[Any, Services], Sequence[str]] = nothing_to_say
    endpoints: Callable[[Any], Sequence[str]] = lambda _: ()
    store: "Callable[[Any, Services], tuple[Dsn, SchemaOptions]] | None" = None
    tenant: Callable[[Any], str] = lambda _: DEFAULT_TENANT
