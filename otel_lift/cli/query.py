"""`otel-lift query`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from otel_lift.cli.answers import WRITERS, AnswerFormat, print_table
from otel_lift.cli.console import DEFAULT_DSN, DsnOption, output
from otel_lift.config import load
from otel_lift.errors import ConfigError
from otel_lift.queries import FILTERS, QUERIES, Given, NamedQuery, ask, catalogue, find
from otel_lift.store import open_store

__all__ = ["query"]

_OBVIOUS = frozenset({"to", *FILTERS})  # now, and all


def query(
    name: Annotated[str | None, typer.Argument(help="The query; without one, all are listed.")] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", help="Start of the window: ISO 8601 (UTC without a zone), -24h, now-7d, epoch seconds."),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="End of the window, not in it; now where it is left out.")
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="A parameter as name=value; may be repeated.")
    ] = None,
    answer_format: Annotated[
        AnswerFormat, typer.Option("--format", "-f", help="How to write the answer.")
    ] = AnswerFormat.TABLE,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; standard output where it is left out.")
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Ask the events themselves, where the query answers from rollups.")
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            help="A gateway's configuration, whose defaults of parameters are taken.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
    dsn: DsnOption = DEFAULT_DSN,
) -> None:
    """Answer a named question from the store."""
    queries = catalogue(load(config).service.queries) if config is not None else QUERIES
    if name is None:
        _list(queries)
        return
    named = find(name, queries)
    given = dict(_pair(text) for text in parameter or [])
    given |= {key: value for key, value in (("from", start), ("to", end)) if value is not None}
    bound = named.bind(given)
    named.statement(raw=raw)  # what cannot be asked is told before a store is opened
    if answer_format is AnswerFormat.PARQUET and file is None and sys.stdout.isatty():
        raise ConfigError("Parquet is no text for a terminal: name a file with --output")
    if file is not None and not file.parent.is_dir():
        raise ConfigError(f"--output {file} cannot be written: there is no folder {file.parent}")
    with open_store(dsn) as store:
        found = ask(store, named, bound, raw=raw)
    _write(named, found, answer_format, file)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"--parameter takes name=value, not '{text}'")
    return name, value


def _list(queries: Mapping[str, NamedQuery]) -> None:
    table = Table()
    table.add_column("question", justify="right")
    table.add_column("query", no_wrap=True)
    for head in ("parameters", "description"):
        table.add_column(head)
    for named in sorted(queries.values(), key=lambda named: (named.question, named.name)):
        defaults = {name: parameter.default for name, parameter in named.parameters.items() if name not in _OBVIOUS}
        parameters = ", ".join(f"{name}={_written(default)}" for name, default in defaults.items())
        table.add_row(str(named.question), named.name, parameters, named.description)
    output.print(table)


def _written(default: Given) -> str:
    return str(default) if isinstance(default, (str, int, float)) else ",".join(default)


def _write(named: NamedQuery, found: Any, answer_format: AnswerFormat, file: Path | None) -> None:
    if file is None and answer_format is AnswerFormat.TABLE:
        print_table(named, found, output)
        return
    if file is None:
        WRITERS[answer_format](named, found, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    try:
        with file.open("wb") as out:
            WRITERS[answer_format](named, found, out)
    except OSError as error:
        raise ConfigError(f"--output {file} cannot be written: {error.strerror}") from error
