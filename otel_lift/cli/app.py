"""The commands by name; each stands in a module of its own, and components bring theirs by entry point."""

import sys
from importlib.metadata import entry_points

import typer
from rich.markup import escape

from otel_lift.cli import demo, doctor, query, run, schema, validate
from otel_lift.cli.console import remarks
from otel_lift.errors import OtelLiftError

__all__ = ["app", "main"]

app = typer.Typer(
    name="otel-lift",
    help="A privacy-first OpenTelemetry gateway.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
app.command()(run.run)
app.command()(demo.demo)
app.command()(validate.validate)
app.command()(query.query)
app.command()(doctor.doctor)
app.add_typer(schema.app, name="schema")
for _entry in sorted(entry_points(group="otel_lift.commands"), key=lambda entry: entry.name):
    app.add_typer(_entry.load(), name=_entry.name)


def main() -> None:
    """Run the command line; an error of otel-lift is printed as its message alone, with exit code 1."""
    try:
        app()
    except OtelLiftError as error:
        remarks.print(f"[bold red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(1)
