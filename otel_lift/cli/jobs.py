"""`otel-lift jobs` and `otel-lift audit`."""

import json
import re
import sys
import time
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
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


class _Action(StrEnum):
    """What can be done beside looking."""

    RUN = "run"


def jobs(
    config: ConfigOption,
    action: Annotated[_Action | None, typer.Argument(help="`run` runs a job now; without it, all are listed.")] = None,
    name: Annotated[str | None, typer.Argument(help="The job to run, as the list names it.")] = None,
) -> None:
    """Say how the jobs of the running gateway fare: last run, last success, last error; or run one of them now."""
    if action is not None:
        if name is None:
            raise ConfigError("name the job to run; `otel-lift jobs` lists them")
        _run(config, name)
        return
    (answer,) = perform(config, "jobs", {})
    if not answer["running"]:
        output.print("no gateway runs on this configuration's data folder; these are the jobs that it would do")
    table = Table("job", "every", "runs", "failures", "last start", "last end", "last success", "last error")
    for job in answer["jobs"]:
        times = [_clock(job[field]) for field in ("started", "ended", "succeeded")]
        counts = str(job["runs"]), str(job["failures"])
        every = job["calendar"] or f"{job['every']:g} s"
        table.add_row(escape(job["name"]), every, *counts, *times, escape(job["error"]))
    output.print(table)


def _run(config: Path, name: str) -> None:
    last: dict[str, Any] = {}
    for answer in perform(config, "jobs run", {"name": name}):
        last = dict(answer)
        if "took" in answer:
            where = f" in the store of {answer['store']}" if answer["store"] else ""
            how = f"failed: {answer['error']}" if answer["error"] else "done"
            output.print(f"{escape(name)}{escape(where)}: {escape(how)} ({answer['took']:.1f} s)", highlight=False)
    if last["failed"]:
        raise typer.Exit(1)


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
