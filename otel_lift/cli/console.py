"""What all commands share: output and options."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

__all__ = ["DEFAULT_DSN", "ConfigOption", "DsnOption", "output", "remarks"]

DEFAULT_DSN = "clickhouse://127.0.0.1:8123/otel"

output = Console()
remarks = Console(stderr=True)

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file.", exists=True, dir_okay=False, readable=True)
]
DsnOption = Annotated[
    str,
    typer.Option(
        "--dsn",
        envvar="OTEL_LIFT_DSN",
        help="The store. A running gateway's embedded store answers at its SQL endpoint, which is the default.",
    ),
]
