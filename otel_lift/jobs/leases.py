"""Who leads: of the gateways that write to a store, one does the work that is to be done once.

A lease is a row in `lift_leases`, and all of it goes by the store's clock. Whoever wants it looks for another's, writes
its own and looks again: a write is seen by all who look after it, so of two that want it at once at least one sees the
other, takes its own back and tries again later. The holder renews it well before its end; what a gateway leaves behind
ends by itself. On a cluster writes and looks go by the majority of replicas.

An embedded store has one gateway, which leads.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from otel_lift.errors import OtelLiftError
from otel_lift.jobs.job import JobContext, OpenStore
from otel_lift.jobs.running import told

__all__ = ["SECONDS", "Lease", "Leases"]

logger = logging.getLogger(__name__)

SECONDS = 60.0
"""How long a lease holds when it is not renewed."""

_RENEWALS = 3  # in a lease's time
_NAME = "jobs"
_MARGIN = 0.2  # of a lease's time: a holder counts on it no longer than this before its end
_WRITE: Mapping[str, int | str] = MappingProxyType({"async_insert": 0, "insert_deduplicate": 0})
_CLUSTER_WRITE: Mapping[str, int | str] = MappingProxyType(
    {**_WRITE, "distributed_foreground_insert": 1, "insert_quorum": "auto", "insert_quorum_parallel": 0}
)
_CLUSTER_READ: Mapping[str, int | str] = MappingProxyType({"select_sequential_consistency": 1})


class Lease:
    """The lease of one store, as one gateway has or has not got it."""

    def __init__(self, gateway: str, opened: OpenStore, seconds: float = SECONDS) -> None:
        """Nothing is asked before `take`."""
        self.opened = opened
        self.leader = ""
        self._gateway = gateway
        self._seconds = seconds
        self._until = 0.0  # on the monotonic clock
        self._table = opened.options.qualified("lift_leases")

    @property
    def held(self) -> bool:
        """Whether this gateway leads now."""
        return self.opened.store.dsn.embedded or time.monotonic() < self._until

    def take(self) -> bool:
        """Take or renew the lease, unless another gateway has it; raises StoreUnavailableError and StoreError."""
        if self.opened.store.dsn.embedded:
            self.leader = self._gateway
            return True
        started = time.monotonic()
        if not self._another():
            self._write(self._seconds)
            if not self._another():
                self._until = started + self._seconds * (1 - _MARGIN)
                self.leader = self._gateway
                return True
            self.give_back()
        self._until = 0.0
        return False

    def give_back(self) -> None:
        """Let another gateway take it at once; raises as `take`."""
        self._until = 0.0
        if not self.opened.store.dsn.embedded:
            self._write(0.0)

    def _another(self) -> str:
        """Answer another gateway that has the lease, empty if none has."""
        settings = _CLUSTER_READ if self.opened.options.cluster else {}
        rows = self.opened.store.query(
            f"SELECT gateway FROM {self._table} WHERE name = {{name:String}} AND gateway != {{own:String}} "  # noqa: S608 - a quoted name
            "GROUP BY gateway HAVING argMax(until, turn) > now64(3)",
            {"name": _NAME, "own": self._gateway},
            {**settings, "log_queries": 0},
        ).rows
        self.leader = str(rows[0][0]) if rows else ""
        return self.leader

    def _write(self, seconds: float) -> None:
        self.opened.store.command(
            f"INSERT INTO {self._table} (name, gateway, until, turn) "  # noqa: S608 - a quoted name
            "SELECT {name:String}, {own:String}, now64(3) + toIntervalMillisecond({wait:Int64}), max(turn) + 1 "
            f"FROM {self._table} WHERE name = {{name:String}} AND gateway = {{own:String}}",
            {"name": _NAME, "own": self._gateway, "wait": int(seconds * 1000)},
            _CLUSTER_WRITE if self.opened.options.cluster else _WRITE,
        )


class Leases:
    """Keeps the leases of all stores that this gateway can have, in a thread."""

    def __init__(self, context: Callable[[], JobContext], seconds: float = SECONDS) -> None:
        """`context` answers the stores of the moment; call `run` in a thread."""
        self._context = context
        self._seconds = seconds
        self._leases: dict[str, Lease] = {}
        self._told: dict[str, str] = {}

    def held(self, opened: OpenStore) -> bool:
        """Say whether this gateway leads in a store."""
        lease = self._leases.get(opened.exporter)
        return opened.store.dsn.embedded or (lease is not None and lease.held)

    def leader(self, opened: OpenStore) -> str:
        """Answer the id of the gateway that leads in a store, as far as this one knows; empty if none does."""
        lease = self._leases.get(opened.exporter)
        return lease.leader if lease else ""

    def refresh(self) -> None:
        """Take and renew all leases once."""
        context = self._context()
        for opened in context.stores:
            lease = self._leases.setdefault(opened.exporter, Lease(context.gateway, opened, self._seconds))
            lease.opened, before, problem = opened, lease.held, ""
            try:
                lease.take()
            except OtelLiftError as error:
                problem = told(error)
            if problem and problem != self._told.get(opened.exporter):
                logger.warning("no lease of the store of %s: %s", opened.exporter, problem)
            self._told[opened.exporter] = problem
            if lease.held != before and not opened.store.dsn.embedded:
                logger.info("this gateway %s in the store of %s", "leads" if lease.held else "follows", opened.exporter)
            context.meter.gauge("jobs_leads", float(lease.held), exporter=opened.exporter)

    def run(self, stopping: threading.Event) -> None:
        """Refresh until told to stop, and let others lead then."""
        while not stopping.is_set():
            self.refresh()
            pause = self._seconds / _RENEWALS
            # at random, so that two that met do not meet again
            stopping.wait(pause * random.uniform(0.7, 1.0))  # noqa: S311 - no secret
        self.give_back()

    def give_back(self) -> None:
        """Let others lead at once."""
        for lease in self._leases.values():
            if lease.held:
                try:
                    lease.give_back()
                except OtelLiftError as error:
                    logger.debug("a lease ends by itself: %s", told(error))
