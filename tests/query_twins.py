"""A query and its raw twin asked as one.

PYTEST_DONT_REWRITE: tests import it before pytest takes it for a plugin.
"""

from typing import Any

from query_rows import HOUR, ask

from otel_lift.queries import find
from otel_lift.store import Store


def ask_twins(store: Store, name: str, start: float = -HOUR, end: float = 0, **given: Any) -> list[dict[str, Any]]:
    """Answer a query as `query_rows.ask` does, of whose raw twin the answer must be the same."""
    rows = ask(store, name, start, end, **given)
    raw = ask(store, name, start, end, raw=True, **given)
    if rows != raw:
        raise AssertionError(f"{name} answers {rows} from rollups, and {raw} from events")
    return rows


def tuples(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Answer the values of rows, in the order of the query's columns."""
    return [tuple(row.values()) for row in rows]


def ask_tuples(store: Store, name: str, start: float = -HOUR, end: float = 0, **given: Any) -> list[tuple[Any, ...]]:
    """Answer the values of a query's rows; of its raw twin too, where it has one."""
    asked = ask_twins if find(name).raw_sql else ask
    return tuples(asked(store, name, start, end, **given))
