"""The search for texts in all that a gateway keeps: every text of every table, the spool, and its log."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from otel_lift.jobs import OpenStore
from otel_lift.store.names import identifier, literal

__all__ = ["Hit", "in_files", "in_spool", "in_store"]

_AT_ONCE = 200  # texts of one search; the engine takes 255
_MOST_BYTES = 256 << 20
_TAIL = 16 << 20
_NESTED = re.compile(r"^(Array|Map|Nullable|LowCardinality|SimpleAggregateFunction|AggregateFunction)\((.*)\)$")
_TABLES = """
    SELECT c.table, c.name, c.type FROM system.columns AS c
    INNER JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
    WHERE c.database = {database:String} AND t.engine LIKE '%MergeTree' AND c.default_kind != 'ALIAS'
    ORDER BY c.table, c.position
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that was found: its place in the given ones, and where. Of a file, `table` is the name, `column` empty."""

    text: int
    table: str
    column: str


def in_store(one: OpenStore, texts: Sequence[str], since: float) -> Iterator[Hit]:
    """Yield where texts stand in a store, in keys and values of any depth, at least one text of each row that has any.

    Only what was written or merged after `since` (Unix seconds) is read. Raises the errors of `Store`.
    """
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in one.store.query(_TABLES, {"database": one.store.dsn.database}).rows:
        text = _text(identifier(column), kind)
        if text is not None:
            tables.setdefault(table, {})[column] = text
    for first in range(0, len(texts), _AT_ONCE):
        hexed = [text.encode().hex() for text in texts[first : first + _AT_ONCE]]
        for table, columns in tables.items():
            sql = _search(one, table, columns)
            # a server's log of queries must not hold what is looked for
            settings = {"log_queries": 0} if one.store.capabilities.engine == "server" else {}
            [row] = one.store.query(sql, {"texts": hexed, "since": since}, settings).rows or [()]
            for column, places in zip(columns, row, strict=False):
                yield from (Hit(first + place - 1, table, column) for place in places if place)


def _search(one: OpenStore, table: str, columns: dict[str, str]) -> str:
    found = ", ".join(f"groupUniqArray(multiSearchFirstIndex({text}, texts))" for text in columns.values())
    database = identifier(one.store.dsn.database)
    source, parts = f"{database}.{identifier(table)}", "system.parts"
    if one.options.cluster:
        cluster = literal(one.options.cluster)
        source, parts = f"clusterAllReplicas({cluster}, {source})", f"clusterAllReplicas({cluster}, system.parts)"
    return (
        f"WITH arrayMap(text -> unhex(text), {{texts:Array(String)}}) AS texts SELECT {found} FROM {source} "  # noqa: S608 - names are quoted
        f"WHERE _part IN (SELECT name FROM {parts} WHERE active AND database = {literal(one.store.dsn.database)} "
        f"AND table = {literal(table)} AND modification_time >= toDateTime(greatest({{since:Float64}} - 1, 0)))"
    )


def _text(value: str, kind: str, depth: int = 0) -> str | None:
    """Write the expression that makes one text of all texts of a column; None for a type that has none."""
    if kind == "String" or kind.startswith(("FixedString(", "Enum")):
        return f"toString({value})"
    nested = _NESTED.match(kind)
    if nested is None:
        return None
    outer, inner = nested.groups()
    name = f"x{depth}"
    match outer:
        case "LowCardinality":
            return _text(value, inner, depth)
        case "Nullable":
            text = _text(value, inner, depth)
            return text and f"ifNull({text}, '')"
        case "SimpleAggregateFunction":
            return _text(value, inner.partition(", ")[2], depth)
        case "AggregateFunction":
            return f"toString(finalizeAggregation({value}))" if "String" in inner else None
        case "Map":
            key, _, of = inner.partition(", ")
            parts = [
                _joined(f"mapKeys({value})", key, name, depth),
                _joined(f"mapValues({value})", of, name, depth),
            ]
            known = [part for part in parts if part]
            return f"concat({', '.join(known)}, '')" if known else None
    return _joined(value, inner, name, depth)


def _joined(value: str, kind: str, name: str, depth: int) -> str | None:
    text = _text(name, kind, depth + 1)
    return text and f"arrayStringConcat(arrayMap({name} -> {text}, {value}), '\\n')"


def in_spool(spool: Path, texts: Sequence[str], since: float) -> Iterator[Hit]:
    """Yield which texts stand in which files of a spool, sealed or open, that were written after `since`.

    Of more than 256 MiB the newest files are searched.
    """
    raw = [text.encode() for text in texts]
    left = _MOST_BYTES
    for path, size in _newest(spool, since):
        left -= size
        if left < 0:
            return
        yield from (Hit(at, f"spool/{path.relative_to(spool)}", "") for at in _in_stream(path, raw))


def _newest(spool: Path, since: float) -> list[tuple[Path, int]]:
    found = []
    for path in spool.rglob("*"):
        try:
            status = path.stat()
        except OSError:  # it was exported meanwhile
            continue
        if path.suffix in {".arrow", ".open"} and status.st_mtime >= since:
            found.append((status.st_mtime, path, status.st_size))
    return [(path, size) for _, path, size in sorted(found, reverse=True)]


def _in_stream(path: Path, texts: Sequence[bytes]) -> set[int]:
    found: set[int] = set()
    try:
        with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as stream:
            for batch in stream:
                for column in batch.columns:
                    found |= _in_buffers(column, texts)
    except (OSError, pa.ArrowInvalid):  # gone meanwhile, or open and not whole yet: what it has was looked at
        pass
    return found


def _in_buffers(column: Any, texts: Sequence[bytes]) -> set[int]:
    # a column's texts lie one behind the other, whatever they are nested in
    buffers = [bytes(buffer) for buffer in column.buffers() if buffer is not None]
    if pa.types.is_dictionary(column.type):
        buffers += [bytes(buffer) for buffer in column.dictionary.buffers() if buffer is not None]
    return {at for at, text in enumerate(texts) if any(text in buffer for buffer in buffers)}


def in_files(files: Sequence[Path], texts: Sequence[str]) -> Iterator[Hit]:
    """Yield which texts stand in the last 16 MiB of which files; one that is not there has none."""
    for path in files:
        try:
            with path.open("rb") as file:
                file.seek(max(path.stat().st_size - _TAIL, 0))
                content = file.read()
        except OSError:
            continue
        yield from (Hit(at, path.name, "") for at, text in enumerate(texts) if text.encode() in content)
