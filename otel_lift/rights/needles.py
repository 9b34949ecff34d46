"""What is searched for, kept out of the statements that search.

A mutation's text stays on the engine's disk after it is done. So the pseudonyms stand in a table in memory, and a
statement names the table only; should the engine end meanwhile, the table is empty and a mutation that goes on deletes
nothing. On a cluster each node would need that table: there they stand in the statement.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from otel_lift.jobs import JobContext, OpenStore
from otel_lift.rights.mutations import kill_naming
from otel_lift.store.names import literal

__all__ = ["Needles", "drop_left", "drop_needles", "needles"]

_AT_ONCE = 250  # multiSearchAny takes 255
_NONE = "no row holds this text"
_PREFIX = "lift_erasing_"
_LIVE: set[str] = set()  # tables that this process uses now


@dataclass(frozen=True, slots=True)
class Needles:
    """Texts to search for, as SQL: `arrays` are arrays of all of them together, `values` goes into ``IN (...)``."""

    arrays: tuple[str, ...]
    values: str
    _pairs: tuple[str, str]

    def noted(self, text: str) -> str:
        """Answer what is noted of a text (SQL of a String), as SQL; empty for what is not searched for."""
        # one look into a hash table for a row, however many needles there are
        return f"transform({text}, {self._pairs[0]}, {self._pairs[1]}, '')"


@contextmanager
def needles(context: JobContext, opened: OpenStore, texts: Iterable[str]) -> Iterator[Needles]:
    """Make texts usable in conditions until the end of the block, in statements to this store.

    Of a mapping the values are what is noted of each text.
    """
    of = dict(texts) if isinstance(texts, Mapping) else dict.fromkeys(texts, "")
    distinct = sorted(of)
    if opened.options.cluster:
        pieces = [distinct[start : start + _AT_ONCE] for start in range(0, len(distinct), _AT_ONCE)] or [[]]
        quoted = [", ".join(map(literal, [*piece, _NONE])) for piece in pieces]
        keys, values = (f"[{', '.join(map(literal, each))}]" for each in ([*of, _NONE], [*of.values(), ""]))
        yield Needles(tuple(f"[{piece}]" for piece in quoted), ", ".join(quoted), (keys, values))
        return
    name = f"{_PREFIX}{_short(context)}_{secrets.token_hex(4)}"
    table, store = opened.options.qualified(name), opened.store
    _LIVE.add(name)
    store.command(f"CREATE TABLE {table} (place UInt32, needle String, note String) ENGINE = Memory")
    try:
        for start in range(0, len(distinct), _AT_ONCE):
            rows = ", ".join(
                f"({start // _AT_ONCE}, {literal(text)}, {literal(of[text])})"
                for text in distinct[start : start + _AT_ONCE]
            )
            store.command(f"INSERT INTO {table} VALUES {rows}", settings={"log_queries": 0, "async_insert": 0})  # noqa: S608 - quoted
        chosen = f"SELECT arrayPushBack(groupArray(needle), {literal(_NONE)}) FROM {table} WHERE place = "  # noqa: S608 - a quoted name
        places = range((len(distinct) + _AT_ONCE - 1) // _AT_ONCE or 1)
        keys, values = (
            f"(SELECT arrayMap(pair -> pair.{part}, "  # noqa: S608 - as above
            f"arraySort(arrayPushBack(groupArray((needle, note)), ({literal(_NONE)}, '')))) FROM {table})"
            for part in (1, 2)
        )
        arrays = tuple(f"({chosen}{place})" for place in places)
        yield Needles(arrays, f"SELECT needle FROM {table}", (keys, values))  # noqa: S608 - as above
    finally:
        _LIVE.discard(name)
        _drop(opened, name)


def drop_left(context: JobContext, opened: OpenStore) -> None:
    """Drop tables that a crash of this gateway left, and end the mutations that name them."""
    drop_needles(opened, _short(context))


def drop_needles(opened: OpenStore, gateway: str) -> None:
    """Do the same for any gateway, by its id without hyphens."""
    rows = opened.store.query(
        "SELECT name FROM system.tables WHERE database = {database:String} AND startsWith(name, {prefix:String})",
        {"database": opened.options.database, "prefix": f"{_PREFIX}{gateway}_"},
    ).rows
    for (name,) in rows:
        if name not in _LIVE:
            _drop(opened, str(name))


def _drop(opened: OpenStore, name: str) -> None:
    # without its table a mutation would fail for ever, and those behind it wait for ever
    kill_naming(opened, name)
    opened.store.command(f"DROP TABLE IF EXISTS {opened.options.qualified(name)} SYNC")


def _short(context: JobContext) -> str:
    return context.gateway.replace("-", "")
