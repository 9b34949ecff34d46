"""The store: ClickHouse, as a server or embedded in this process, behind one API."""

from otel_lift.store.dsn import Dsn
from otel_lift.store.store import INSERT_SETTINGS, Capabilities, Result, Store, open_store

__all__ = ["INSERT_SETTINGS", "Capabilities", "Dsn", "Result", "Store", "open_store"]
