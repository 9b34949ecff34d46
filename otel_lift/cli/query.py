"""`otel-lift query`."""

import csv
import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from otel_lift.cli.console import DEFAULT_DSN, DsnOption, output
from otel_lift.errors import ConfigError
from otel_lift.queries import QUERIES, NamedQuery, find
from otel_lift.store import Result, open_store

__all__ = ["query"]

_UNBOUNDED = 10_000  # columns of text: more than any table needs


class _Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def query(
    name: Annotated[str | None, typer.Argument(help="The query; without one, all are listed.")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="A parameter as name=value; may be repeated.")
    ] = None,
    output_format: Annotated[_Format, typer.Option("--format", "-f", help="How to print the answer.")] = _Format.TABLE,
    dsn: DsnOption = DEFAULT_DSN,
) -> None:
    """Answer a named question from the store."""
    if name is None:
        _list()
        return
    named = find(name)
    bound = named.bind(dict(_pair(text) for text in parameter or []))
    with open_store(dsn) as store:
        answer = store.query(named.sql, bound)
    _PRINTERS[output_format](named, answer)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"--parameter takes name=value, not '{text}'")
    return name, value


def _list() -> None:
    table = Table()
    table.add_column("query", no_wrap=True)
    for head in ("question", "parameters", "description"):
        table.add_column(head)
    for named in QUERIES.values():
        parameters = ", ".join(f"{name}={parameter.default}" for name, parameter in named.parameters.items())
        table.add_row(named.name, str(named.question), parameters, named.description)
    output.print(table)


def _print_table(named: NamedQuery, answer: Result) -> None:
    heads = [f"{column} ({unit})" if (unit := _unit(named, column)) else column for column in _columns(named, answer)]
    rows = [[escape(str(value)) for value in row] for row in answer.rows]
    if not rows:
        output.print(f"{named.title}: nothing in this time")
        return
    table = Table(*heads, title=named.title)
    for row in rows:
        table.add_row(*row)
    if output.measure(table, options=output.options.update(width=_UNBOUNDED)).maximum <= output.width:
        output.print(table)
        return
    for number, row in enumerate(rows, start=1):
        record = Table("column", Column("value", overflow="fold"), title=f"{named.title}, {number}", show_header=False)
        for head, value in zip(heads, row, strict=True):
            record.add_row(head, value)
        output.print(record)


def _print_json(_: NamedQuery, answer: Result) -> None:
    json.dump(answer.dicts(), sys.stdout, default=str, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def _print_csv(named: NamedQuery, answer: Result) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(_columns(named, answer))
    writer.writerows(answer.rows)


def _columns(named: NamedQuery, answer: Result) -> Sequence[str]:
    # The embedded engine tells no columns where there is no row.
    return answer.columns or tuple(named.columns)


def _unit(named: NamedQuery, column: str) -> str:
    known = named.columns.get(column)
    return known.unit if known else ""


_PRINTERS: dict[_Format, Any] = {_Format.TABLE: _print_table, _Format.JSON: _print_json, _Format.CSV: _print_csv}
