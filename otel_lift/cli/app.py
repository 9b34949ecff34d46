"""The commands by name; each stands in a module of its own, and components bring theirs by entry point."""

import logging
import sys
from importlib.metadata import entry_points
from typing import Annotated

import typer
from rich.markup import escape

from otel_lift import __version__
from otel_lift.cli import backup, demo, doctor, jobs, keys, query, report, run, schema, subject, validate
from otel_lift.cli.console import remarks
from otel_lift.errors import OtelLiftError

__all__ = ["app", "main"]

app = typer.Typer(
    name="otel-lift",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"otel-lift {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Run a privacy-first OpenTelemetry gateway, and ask what it stored."""


app.command()(run.run)
app.command()(demo.demo)
app.command()(validate.validate)
app.command()(query.query)
app.command()(doctor.doctor)
app.command()(jobs.jobs)
app.command()(jobs.audit)
app.command()(report.report)
app.add_typer(backup.app, name="backup")
app.add_typer(schema.app, name="schema")
app.add_typer(keys.app, name="keys")
app.add_typer(subject.app, name="subject")
for _entry in sorted(entry_points(group="otel_lift.commands"), key=lambda entry: entry.name):
    app.add_typer(_entry.load(), name=_entry.name)


def main() -> None:
    """Run the command line; an error of otel-lift is printed as its message alone, with exit code 1."""
    # The client logs what it then raises; people get one message.
    logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())
    try:
        app()
    except OtelLiftError as error:
        remarks.print(f"[bold red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(1)
