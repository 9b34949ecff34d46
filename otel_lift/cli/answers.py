"""Answers of named queries as tables of a terminal, JSON, CSV and Parquet."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, BinaryIO

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from otel_lift.queries import NamedQuery, json_rows

__all__ = ["WRITERS", "AnswerFormat", "print_table"]

_UNBOUNDED = 10_000  # columns of text: more than any table needs
_NUMBERS = frozenset({"count", "number", "ratio"})


class AnswerFormat(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


def print_table(named: NamedQuery, answer: Any, console: Console) -> None:
    """Print rows side by side where the console is wide enough, else each below the other; nothing is cut."""
    rows = list(_shown(named, answer))
    if not rows:
        console.print(f"{named.title}: nothing in this time")
        return
    heads = [_head(named, name) for name in named.columns]
    table = Table(title=named.title)
    for head, column in zip(heads, named.columns.values(), strict=True):
        table.add_column(head, justify="right" if column.kind in _NUMBERS else "left")
    for row in rows:
        table.add_row(*row)
    if console.measure(table, options=console.options.update(width=_UNBOUNDED)).maximum <= console.width:
        console.print(table)
        return
    for number, row in enumerate(rows, start=1):
        record = Table("column", Column("value", overflow="fold"), title=f"{named.title}, {number}", show_header=False)
        for head, value in zip(heads, row, strict=True):
            record.add_row(head, value)
        console.print(record)


def _write_table(named: NamedQuery, answer: Any, out: BinaryIO) -> None:
    text = io.StringIO()
    print_table(named, answer, Console(file=text, width=_UNBOUNDED))
    # A console fills each line up to its width.
    out.write("".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines()).encode())


def _write_json(_: NamedQuery, answer: Any, out: BinaryIO) -> None:
    lines = (json.dumps(row, ensure_ascii=False).encode() for row in json_rows(answer))
    out.writelines((b",\n" if number else b"[\n") + line for number, line in enumerate(lines))
    out.write(b"\n]\n" if answer.num_rows else b"[]\n")


def _write_csv(named: NamedQuery, answer: Any, out: BinaryIO) -> None:
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(named.columns)
    for row in json_rows(answer):
        writer.writerow(["" if value is None else _field(value) for value in row.values()])
    text.detach()


def _field(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _write_parquet(named: NamedQuery, answer: Any, out: BinaryIO) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415 - half a second that no other format should wait

    pq.write_table(answer.replace_schema_metadata({"otel_lift.query": named.name}), out)


WRITERS: Mapping[AnswerFormat, Callable[[NamedQuery, Any, BinaryIO], None]] = {
    AnswerFormat.TABLE: _write_table,
    AnswerFormat.JSON: _write_json,
    AnswerFormat.CSV: _write_csv,
    AnswerFormat.PARQUET: _write_parquet,
}
"""How an answer is written to a file; times are texts as in ISO 8601, but times in Parquet and shorter in a table."""


def _head(named: NamedQuery, name: str) -> str:
    column = named.columns[name]
    unit = "UTC" if column.kind == "time" else column.unit
    return f"{name} ({unit})" if unit else name


def _shown(named: NamedQuery, answer: Any) -> Iterator[Sequence[str]]:
    times = {name for name, column in named.columns.items() if column.kind == "time"}
    for row in json_rows(answer):
        yield [escape(_cell(value, time=name in times)) for name, value in row.items()]


def _cell(value: Any, *, time: bool) -> str:
    if value is None:
        return ""
    if time:
        return str(value)[:23].rstrip("Z").replace("T", " ")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
