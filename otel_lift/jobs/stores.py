"""The stores that jobs and operations work with: one for each exporter in use that has one."""

import threading

from otel_lift.config import Configuration
from otel_lift.errors import OtelLiftError
from otel_lift.jobs.core import exporters_in_use
from otel_lift.jobs.job import OpenStore
from otel_lift.pipeline import Services
from otel_lift.store import Dsn, Store, open_store
from otel_lift.store.schema import SchemaOptions, apply

__all__ = ["Stores"]


class Stores:
    """Opens the stores of a configuration, each apart from the exporter's own.

    A server that is away is handed out all the same, so that nobody takes the others for all there are: every use of it
    raises `StoreUnavailableError`. An embedded store must be open before anything is handed out.
    """

    def __init__(self, config: Configuration) -> None:
        """Look up where the stores are; nothing is opened."""
        self._places: dict[str, tuple[Dsn, SchemaOptions]] = {}
        self._tenants: dict[str, str] = {}
        self._open: dict[str, Store] = {}
        self._away: dict[str, Store] = {}
        self._guard = threading.Lock()
        for one in exporters_in_use(config):
            if one.component.store is not None:
                services = Services(name=one.id, data=config.service.data)
                self._places[one.id] = one.component.store(one.config, services)
                self._tenants[one.id] = one.component.tenant(one.config)

    def open(self, *, make_tables: bool = False) -> dict[str, OtelLiftError]:
        """Open what is not open yet; answer what failed, by exporter.

        With `make_tables` an embedded store's schema is brought up to date first, as its exporter would.
        """
        failures: dict[str, OtelLiftError] = {}
        for exporter, (dsn, options) in self._places.items():
            if exporter in self._open:
                continue
            try:
                store = open_store(dsn)
            except OtelLiftError as error:
                failures[exporter] = error
                continue
            with self._guard:
                self._open[exporter] = store
            if make_tables and dsn.embedded:
                apply(store, options)
        return failures

    @property
    def usable(self) -> bool:
        """Whether all embedded stores are open."""
        return all(exporter in self._open for exporter, (dsn, _) in self._places.items() if dsn.embedded)

    def all(self) -> tuple[OpenStore, ...]:
        """Answer the stores in the order of the configuration; call when they are `usable`."""
        with self._guard:
            return tuple(
                OpenStore(
                    exporter,
                    self._open.get(exporter) or self._unreached(exporter, dsn),
                    options,
                    self._tenants[exporter],
                )
                for exporter, (dsn, options) in self._places.items()
            )

    def close(self) -> None:
        """Close them; the embedded engine goes on for others of this process."""
        for store in (*self._open.values(), *self._away.values()):
            store.close()
        self._open.clear()
        self._away.clear()

    def _unreached(self, exporter: str, dsn: Dsn) -> Store:
        return self._away.setdefault(exporter, Store(dsn))
