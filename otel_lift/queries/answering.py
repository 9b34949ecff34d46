"""Asking a store a named query."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.queries.model import NamedQuery
from otel_lift.queries.values import Given

if TYPE_CHECKING:
    from otel_lift.store import Store

__all__ = ["answer", "ask"]


def answer(
    store: "Store", named: NamedQuery, given: Mapping[str, Given], *, raw: bool = False, now: datetime | None = None
) -> Any:
    """Answer a query as a `pa.Table` with the columns of its header, also where it has no row; times are in UTC.

    `given` is as `NamedQuery.bind` takes it, and `raw` asks the events themselves instead of rollups. Raises
    `ConfigError` for what is given, and the errors of `Store`.
    """
    return ask(store, named, named.bind(given, now=now), raw=raw)


def ask(
    store: "Store",
    named: NamedQuery,
    bound: Mapping[str, Any],
    *,
    raw: bool = False,
    settings: Mapping[str, Any] | None = None,
) -> Any:
    """Answer a query as `answer` does, for values that `NamedQuery.bind` has bound; `settings` are the engine's."""
    table = store.query_arrow(named.statement(raw=raw), bound, settings)
    return pa.table({name: _in_utc(table.column(name), column.kind) for name, column in named.columns.items()})


def _in_utc(values: Any, kind: str) -> Any:
    # The engine writes a DateTime as the number of its seconds, and names the server's zone with other times.
    if kind == "time" and pa.types.is_integer(values.type):
        return pc.cast(pc.cast(values, pa.int64()), pa.timestamp("s", "UTC"))
    if pa.types.is_timestamp(values.type):
        return pc.cast(values, pa.timestamp(values.type.unit, "UTC"))
    return values
