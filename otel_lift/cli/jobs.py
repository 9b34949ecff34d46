"""`otel-lift jobs` and `otel-lift audit`."""

import json
import re
import sys
import time
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from otel_lift.cli.console import ConfigOption, output
from otel_lift.errors import ConfigError
from otel_lift.jobs import perform

__all__ = ["audit", "jobs"]

_AGE = re.compile(r"(\d{1,9})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def jobs(config: ConfigOption) -> None:
    """Say how the jobs of the running gateway fare: last run, last success, last error."""
    (answer,) = perform(config, "jobs", {})
    if not answer["running"]:
        output.print("no gateway runs on this configuration's data folder; these are the jobs that it would do")
    table = Table("job", "every", "runs", "failures", "last start", "last end", "last success", "last error")
    for job in answer["jobs"]:
        times = [_clock(job[name]) for name in ("started", "ended", "succeeded")]
        counts = str(job["runs"]), str(job["failures"])
        table.add_row(escape(job["name"]), f"{job['every']:g} s", *counts, *times, escape(job["error"]))
    output.print(table)


def audit(
    config: ConfigOption,
    since: Annotated[
        str, typer.Option("--since", help="From when: an age such as 90s, 12h or 7d, or a time such as 2026-11-21.")
    ] = "7d",
    action: Annotated[str | None, typer.Option("--action", help="Only this action, e.g. `audit`.")] = None,
) -> None:
    """Print the audit log as JSON Lines: who did what, when, about whom (a pseudonym), and how many rows it was."""
    for answer in perform(config, "audit", {"since": _since(since), "action": action}):
        for entry in answer.get("entries", ()):
            _print(entry)


def _print(entry: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ") if seconds else "-"


def _since(text: str) -> float:
    age = _AGE.fullmatch(text)
    if age:
        return max(time.time() - int(age[1]) * _SECONDS[age[2]], 0.0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"--since takes an age such as 7d or a time such as 2026-11-21T08:00, not '{text}'"
        ) from error
    return moment.timestamp() if moment.tzinfo else moment.replace(tzinfo=UTC).timestamp()
