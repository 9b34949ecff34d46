"""`otel-lift demo`."""

from pathlib import Path
from typing import Annotated

import typer

from otel_lift.cli.console import output
from otel_lift.errors import ConfigError

__all__ = ["demo"]

_SECONDS_WITHOUT_TERMINAL = 30.0


def demo(
    seconds: Annotated[
        float | None,
        typer.Option(min=1, help="End after this time. By default, Ctrl-C ends it; without a terminal, 30 seconds do."),
    ] = None,
    data: Annotated[Path, typer.Option(help="Folder of the demo's data, made new for each run.")] = Path(
        "lift-data/demo"
    ),
    visitors_per_second: Annotated[float, typer.Option(min=0.1, max=50, help="How many visitors come.")] = 4.0,
    seed: Annotated[int, typer.Option(help="Another seed brings other visitors.")] = 1,
) -> None:
    """Run a gateway and a small app with simulated visitors, and watch; exit code 1 if what it shows does not hold."""
    try:
        from otel_lift.demo import Options, run  # noqa: PLC0415 - needs an extra that a gateway does not
    except ImportError as error:
        raise ConfigError(f'{error.name} is missing; install it with: pip install "otel-lift[demo,gateway]"') from error
    if seconds is None and not output.is_terminal:
        seconds = _SECONDS_WITHOUT_TERMINAL
    if not run(Options(data, seconds, visitors_per_second, seed), output).good:
        raise typer.Exit(1)
