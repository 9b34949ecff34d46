"""What a job and an operation are, and what they are given to work with."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from otel_lift.jobs.calendar import Calendar
from otel_lift.tenants import DEFAULT_TENANT

if TYPE_CHECKING:
    # imported where they are used: a component declares its jobs in processes that never open a store
    from otel_lift.config import Configuration
    from otel_lift.keys import KeyRing
    from otel_lift.pipeline import Meter
    from otel_lift.store import Store
    from otel_lift.store.schema import SchemaOptions

__all__ = ["Audited", "Exports", "Job", "JobContext", "OpenStore", "Operation"]


@dataclass(frozen=True, slots=True)
class OpenStore:
    """A store that an exporter of the configuration writes to, with its schema in place.

    `tenant` says whose records it holds: each tenant has a database of its own.
    """

    exporter: str
    store: "Store"
    options: "SchemaOptions"
    tenant: str = DEFAULT_TENANT


class Exports(Protocol):
    """The way from the spool to the stores, as jobs may hold it up. In a command without a gateway nothing runs."""

    def barrier(self, timeout: float) -> Sequence[Path]:
        """Wait until all that the spool held at the call is exported; answer the files that are not, damaged ones too.

        What ingest processes had open at the call counts too. `timeout` is in seconds.
        """
        ...

    def paused(self) -> AbstractContextManager[frozenset[str]]:
        """Let no insert begin, and wait for those in flight.

        Gives the tokens of all segments in the spool that an exporter was ever handed, confirmed or not, also by a
        process that is gone: their rows may be stored, so they may be sent again only as they are.
        """
        ...


@dataclass(frozen=True, slots=True)
class JobContext:
    """What jobs and operations work with.

    `stores` has one for each exporter in use that has a store; one that is away raises `StoreUnavailableError` in use.
    `keys` answers the present ring of keys, None where no pipeline makes pseudonyms; it raises ConfigError. `gateway`
    is this gateway's id in shared tables: a UUID in its data folder. `due` (Unix seconds) is when a job's run should
    have been; of one with a calendar the moment itself, however late the run is.
    """

    config: "Configuration"
    data: Path
    gateway: str
    stores: tuple[OpenStore, ...]
    exports: Exports
    keys: "Callable[[], KeyRing | None]"
    meter: "Meter"
    due: float = 0.0

    @property
    def own_stores(self) -> tuple[OpenStore, ...]:
        """The stores for what the gateway says of itself: of the default tenant, or of the only one there is."""
        tenants = {one.tenant for one in self.stores}
        return tuple(one for one in self.stores if one.tenant == DEFAULT_TENANT or len(tenants) == 1)


@dataclass(frozen=True, slots=True)
class Job:
    """Work that the store process does again and again: from its start on every so many seconds, or by a calendar.

    A job with `led`, as every one with a calendar, runs for each store apart, with that store alone in its context, and
    only by the gateway that leads there. A run that raises is logged, counted and tried again, at the next turn or,
    with a calendar, after a pause; it must be safe to run again.
    """

    name: str
    every: float | Calendar
    run: Callable[[JobContext], None]
    led: bool = False

    @property
    def for_leader(self) -> bool:
        """Whether one gateway does it for all."""
        return self.led or isinstance(self.every, Calendar)


@dataclass(frozen=True, slots=True)
class Operation:
    """Work that a person asks for by a command, e.g. ``subject erase``; it yields what the command shows, as JSON.

    It is written to the audit log, with what `audit` makes of the last thing that it yielded: which person
    (a stable pseudonym) it was about, how many rows by table, and further details, never a name or an id in clear.
    """

    name: str
    run: Callable[[JobContext, Mapping[str, Any]], Iterator[Mapping[str, Any]]]
    audit: "Callable[[Mapping[str, Any]], Audited]"


@dataclass(frozen=True, slots=True)
class Audited:
    """What the audit log says of an operation, from the last thing that it yielded."""

    person: str = ""
    rows: Mapping[str, int] | None = None
    details: Mapping[str, str] | None = None
