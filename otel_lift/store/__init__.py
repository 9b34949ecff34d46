"""The store: ClickHouse, as a server or embedded in this process, behind one API.

The engine and its client are imported when a store is first asked for: an ingest process reads the configuration of
exporters, DSNs included, but never opens one.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from otel_lift.store.dsn import Dsn

if TYPE_CHECKING:
    from otel_lift.store.store import INSERT_SETTINGS, Capabilities, Result, Store, open_store

__all__ = ["INSERT_SETTINGS", "Capabilities", "Dsn", "Result", "Store", "open_store"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("otel_lift.store.store"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
