"""`otel-lift report`."""

import json
import sys
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from otel_lift.cli.console import ConfigOption
from otel_lift.errors import ConfigError
from otel_lift.jobs import perform

__all__ = ["report"]


class _Kind(StrEnum):
    """How long a period is."""

    DAILY = "daily"
    MONTHLY = "monthly"


class _Format(StrEnum):
    """How a report is written."""

    HTML = "html"
    JSON = "json"


def report(
    kind: Annotated[_Kind, typer.Argument(help="Of a day or of a month.")],
    config: ConfigOption,
    date: Annotated[
        str | None, typer.Option("--date", help="A day of the period, e.g. 2026-11-20; by default the last one over.")
    ] = None,
    form: Annotated[_Format, typer.Option("--format", "-f", help="How to write it.")] = _Format.HTML,
    store: Annotated[
        str | None, typer.Option("--store", help="The exporter whose store is asked, if there are several.")
    ] = None,
) -> None:
    """Print an executive report; groups of few people are hidden in it."""
    today = datetime.now(UTC).date()
    over = today - timedelta(days=1) if kind is _Kind.DAILY else today.replace(day=1) - timedelta(days=1)
    arguments = {"kind": kind.value, "date": date or over.isoformat(), "store": store}
    answers = list(perform(config, "report", arguments))
    if len(answers) != 1:
        names = ", ".join(answer["store"] for answer in answers)
        raise ConfigError(f"name the store with --store: {names}" if names else "no exporter has a store of that name")
    text = answers[0]["html"] if form is _Format.HTML else json.dumps(answers[0]["report"], indent=1) + "\n"
    sys.stdout.write(text)
