"""`otel-lift validate`."""

from typing import Annotated

import typer
import yaml
from rich.markup import escape
from rich.syntax import Syntax

from otel_lift.cli.console import ConfigOption, output
from otel_lift.config import load

__all__ = ["validate"]


def validate(
    config: ConfigOption,
    show: Annotated[
        bool, typer.Option("--show", help="Print all settings, defaults included, secrets masked.")
    ] = False,
) -> None:
    """Check a configuration file; every mistake is told with its place and what would be right."""
    settings = load(config)
    for warning in settings.warnings:
        output.print(f"[yellow]warning:[/] {escape(str(warning))}", highlight=False, soft_wrap=True)
    if show:
        _show(yaml.safe_dump(settings.masked(), sort_keys=False, allow_unicode=True))
    names = ", ".join(settings.pipelines)
    output.print(f"[green]valid:[/] {escape(str(config))} with the pipelines {escape(names)}", highlight=False)


def _show(text: str) -> None:
    if output.is_terminal:
        output.print(Syntax(text, "yaml", background_color="default", word_wrap=True))
    else:
        typer.echo(text, nl=False)  # rich would cut lines at the width of a terminal that is not there
