"""What a `JobContext` is made of: the gateway's id, its keys, its stores."""

import threading
from collections.abc import Callable

from otel_lift.config import Configuration
from otel_lift.errors import ConfigError
from otel_lift.jobs.core import processors_in_use
from otel_lift.jobs.gateway import gateway_id
from otel_lift.jobs.job import Exports, JobContext
from otel_lift.jobs.stores import Stores
from otel_lift.keys import KeyRing, KeySource
from otel_lift.pipeline import Meter, Services

__all__ = ["ContextMaker", "gateway_id"]


class ContextMaker:
    """Makes contexts over one configuration, alike but for the stores, which are those of the moment."""

    def __init__(self, config: Configuration, stores: Stores, exports: Exports, meter: Meter) -> None:
        """Make the gateway's id if there is none; raises ConfigError if the data folder cannot be written."""
        self._config = config
        self._data = config.service.data.resolve()
        self.gateway = gateway_id(self._data)
        self._stores = stores
        self._exports = exports
        self._keys = _keys(config)
        self._meter = meter

    def make(self) -> JobContext:
        """Answer a context with the stores as they are now."""
        return JobContext(
            config=self._config,
            data=self._data,
            gateway=self.gateway,
            stores=self._stores.all(),
            exports=self._exports,
            keys=self._keys,
            meter=self._meter,
        )


def _keys(config: Configuration) -> Callable[[], KeyRing | None]:
    sources: list[KeySource] = [
        one.component.keys(one.config, Services(name=one.id, data=config.service.data))
        for one in processors_in_use(config)
        if one.component.keys is not None
    ]
    rings: list[KeyRing] = []
    guard = threading.Lock()

    def read() -> KeyRing | None:
        with guard:
            if not rings or any(source.changed() for source in sources):
                rings[:] = [source.read() for source in sources]
            if any(ring != rings[0] for ring in rings):
                raise ConfigError("pseudonyms are made with different keys; give all processors the same `keys`")
            return rings[0] if rings else None

    return read
