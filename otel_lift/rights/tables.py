"""Which tables a store has, where text stands in them, and the SQL that says whether a row holds one of some texts.

Nothing here names a table of telemetry: a table that is added later is searched like the others.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otel_lift.jobs import OpenStore
from otel_lift.store.names import identifier, literal
from otel_lift.tables import ORIGINAL_TIME

__all__ = ["PATTERNS", "REGISTERS", "StoredTable", "stored_tables"]

PATTERNS = "lift_error_patterns"
"""The table of aggregates: its rows are nobody's alone, so they are made again and not deleted."""

REGISTERS = frozenset({"lift_audit", "lift_consent", "lift_migrations", "lift_tombstones"})
"""Tables that show what was promised and done. They name people by stable pseudonyms only, and stay."""

_TEXT = re.compile(r"\b(?:String|FixedString|JSON|Object|Dynamic|Variant)\b")
_TIME = re.compile(r"(?:Nullable\()?DateTime(?:64)?\b")
_SCALAR = re.compile(r"(?:Nullable\(|LowCardinality\()*String\)*")
_MAP = re.compile(r"Map\((?:LowCardinality\()?String\)?, (?:LowCardinality\()?String\)?\)")
_SIMPLE = re.compile(r"SimpleAggregateFunction\(\w+(?:\([^)]*\))?, (.*)\)")
_UNSEARCHABLE = re.compile(r"AggregateFunction\((?:uniq\w*|sum\w*|count\w*|avg\w*|quantile\w*)\b")


@dataclass(frozen=True, slots=True, eq=False)
class StoredTable:
    """A table that holds rows itself.

    `name` is the name that people ask for; on a cluster the rows lie in another table, `local`. `stored` is that one,
    quoted, and `read` what a SELECT reads from (of all shards). `texts` are the types of the columns that can hold
    text, and `time` is the column of the rows' own time, empty where there is none.
    """

    name: str
    local: str
    stored: str
    read: str
    texts: Mapping[str, str]
    columns: tuple[str, ...]
    time: str

    def holds(self, needles: Sequence[str]) -> str:
        """Answer the condition that any text of a row holds a needle; each of `needles` is SQL of an array of them."""
        conditions = [
            _holds(identifier(column), kind, array) for column, kind in self.texts.items() for array in needles
        ]
        return f"({' OR '.join(conditions)})" if conditions else "0"

    def until(self, time: int) -> str:
        """Answer the condition that a row's own time is `time` (Unix nanoseconds) at the latest.

        A row whose time the gateway did not accept counts by the time that it claimed.
        """
        if not self.time:
            return "1"
        claimed = [
            f"toUInt64OrZero({identifier(column)}[{literal(ORIGINAL_TIME)}]) BETWEEN 1 AND {time}"
            for column, kind in self.texts.items()
            if _MAP.fullmatch(kind)
        ]
        own = f"{identifier(self.time)} <= fromUnixTimestamp64Nano(toInt64({time}))"
        return f"({' OR '.join([own, *claimed])})"

    def maps(self) -> tuple[tuple[str, str], ...]:
        """Answer the columns of attributes: SQL of an array of maps, and the column's name."""
        found = []
        for column, kind in self.texts.items():
            if _MAP.fullmatch(kind):
                found.append((f"[{identifier(column)}]", column))
            elif kind.startswith("Array(") and _MAP.fullmatch(kind[6:-1]):
                found.append((identifier(column), column))
        return tuple(found)


def stored_tables(opened: OpenStore) -> tuple[StoredTable, ...]:
    """List the tables of the store's database that hold rows, those of `REGISTERS` and `PATTERNS` included."""
    database = opened.options.database
    rows = opened.store.query(
        "SELECT table, name, type, default_kind, is_in_partition_key, is_in_sorting_key, engine "
        "FROM system.columns AS c INNER JOIN (SELECT name AS table, engine FROM system.tables "
        "WHERE database = {database:String} AND engine LIKE '%MergeTree') AS t USING (table) "
        "WHERE database = {database:String} ORDER BY table, position",
        {"database": database},
    ).rows
    by_table: dict[str, list[Sequence[object]]] = {}
    for table, *column in rows:
        by_table.setdefault(str(table), []).append(column)
    return tuple(_table(table, columns, opened) for table, columns in by_table.items())


def _table(local: str, columns: Sequence[Sequence[object]], opened: OpenStore) -> StoredTable:
    cluster = opened.options.cluster
    qualified = opened.options.qualified(local)
    read = qualified
    if cluster:
        # one replica of each shard where they hold the same, else all there are
        function = "cluster" if str(columns[0][-1]).startswith("Replicated") else "clusterAllReplicas"
        read = f"{function}({literal(cluster)}, {qualified})"
    stored = [(str(column), str(kind)) for column, kind, default, *_ in columns if default != "ALIAS"]
    texts = {column: inner for column, kind in stored if (inner := _text_type(kind))}
    times = [(str(c[0]), not c[3], not c[4]) for c in columns if _TIME.match(_plain(str(c[1]))) and c[2] != "ALIAS"]
    time = min(times, key=lambda one: one[1:])[0] if times else ""
    # as `SchemaOptions.stored_name` has it
    name = local.removesuffix("_local") if cluster else local
    return StoredTable(name, local, qualified, read, texts, tuple(column for column, _ in stored), time)


def _plain(kind: str) -> str:
    """Answer the type of a column's values, also of one that aggregates them."""
    simple = _SIMPLE.fullmatch(kind)
    return simple.group(1) if simple else kind


def _text_type(kind: str) -> str:
    """Answer the type of a column as it is searched, empty if it cannot hold text."""
    kind = _plain(kind)
    return kind if _TEXT.search(kind) and not _UNSEARCHABLE.match(kind) else ""


def _holds(column: str, kind: str, needles: str) -> str:
    if _SCALAR.fullmatch(kind):
        text = f"ifNull({column}, '')" if "Nullable" in kind else column
        return f"multiSearchAny({text}, {needles})"
    if _MAP.fullmatch(kind):
        halves = (f"arrayExists(x -> multiSearchAny(x, {needles}), {half}({column}))" for half in _HALVES)
        return " OR ".join(halves)
    if kind.startswith("AggregateFunction("):
        return f"multiSearchAny(toString(finalizeAggregation({column})), {needles})"
    # what toString escapes cannot be part of a needle, which is hex digits
    return f"multiSearchAny(ifNull(toString({column}), ''), {needles})"


_HALVES = ("mapValues", "mapKeys")
