"""`otel-lift canaries`: plants made-up personal data once, and shows what became of it."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from otel_lift.jobs import perform

__all__ = ["app"]

app = typer.Typer(help="Made-up personal data, sent through the gateway and looked for.", no_args_is_help=True)


@app.callback()
def _canaries() -> None:
    """Send made-up personal data through the gateway, and look for it."""


@app.command("run")
def run(
    config: Annotated[
        Path, typer.Option("--config", "-c", help="The configuration file.", exists=True, dir_okay=False, readable=True)
    ],
) -> None:
    """Plant canaries in the running gateway, wait until they are stored, and search all that it keeps.

    The exit code is 1 if one was found or did not arrive.
    """
    table = Table("kind", "form", "sent in", "arrived", "found in")
    last: dict[str, Any] = {}
    for answer in perform(config, "canaries run", {}):
        last = dict(answer)
        if "kind" in answer:
            arrived = "yes" if answer["arrived"] else "no"
            table.add_row(answer["kind"], answer["form"], answer["place"], arrived, ", ".join(answer["found"]))
    Console().print(table)
    typer.echo(f"{last['planted']} planted, {last['missing']} did not arrive, {last['leaked']} leaked")
    if last["missing"] or last["leaked"]:
        raise typer.Exit(1)
