"""`otel-lift drift`: which attributes began to carry personal data, and what becomes of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from otel_lift.config import load
from otel_lift.errors import ConfigError
from otel_lift_redaction.drift.findings import ACCEPTED, DISMISSED, Finding, Folder, rule_for

__all__ = ["app"]

app = typer.Typer(help="Attributes that were clean and begin to carry personal data.", no_args_is_help=True)

_ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file.", exists=True, dir_okay=False, readable=True)
]
_KeyArgument = Annotated[str, typer.Argument(help="The attribute's name, as `drift list` shows it.")]
_MOST = 1_000_000
_Attribute = tuple[str, str, str, str]


@app.command("list")
def list_findings(config: _ConfigOption) -> None:
    """List the attributes with what they had before and have had since, never a value."""
    folder = Folder(load(config).service.data)
    findings = folder.findings()
    if not findings:
        typer.echo("no attribute that was clean has begun to carry personal data")
        return
    now = _now(folder)
    table = Table("attribute", "where", "service", "rule", "since", "clean before", "found since", "state")
    for one in findings:
        values, dirty = now.get(one.attribute, (one.before, one.dirty_before))
        table.add_row(
            escape(_shown(one.key)),
            f"{one.signal} {one.level}",
            escape(_shown(one.service)),
            one.rule,
            datetime.fromtimestamp(one.seen, UTC).strftime("%Y-%m-%d %H:%M:%S"),
            str(one.before),
            f"{max(dirty - one.dirty_before, 0)} of {max(values - one.before, 0)}",
            one.decision or ("quarantine" if one.quarantine else "reported"),
        )
    Console().print(table)


@app.command("accept")
def accept(key: _KeyArgument, config: _ConfigOption) -> None:
    """Print the rule for the configuration that masks or drops the attribute for good; until then quarantine holds."""
    folder = Folder(load(config).service.data)
    held = next((one.quarantine for one in _of_key(folder, key) if one.quarantine), "mask")
    rule = rule_for(key, held)
    folder.decide(key, ACCEPTED)
    typer.echo(rule)
    typer.echo("put this under `redaction` in the configuration, then reload (SIGHUP)", err=True)


@app.command("dismiss")
def dismiss(key: _KeyArgument, config: _ConfigOption) -> None:
    """Let the attribute through again, its findings redacted; running gateways follow within a second."""
    folder = Folder(load(config).service.data)
    _of_key(folder, key)
    folder.decide(key, DISMISSED)
    typer.echo(f"{_shown(key)} passes again; what detectors find in it stays redacted")


def _of_key(folder: Folder, key: str) -> list[Finding]:
    found = [one for one in folder.findings() if one.key == key]
    if not found:
        raise ConfigError(f"{_shown(key)} is not in the list of drift; `otel-lift drift list` shows what is")
    return found


def _now(folder: Folder) -> Mapping[_Attribute, tuple[int, int]]:
    rows = folder.read_counts(_MOST).table().to_pylist()
    return {(row["signal"], row["level"], row["key"], row["service"]): (row["values"], row["dirty"]) for row in rows}


def _shown(text: str) -> str:
    return text if text.isprintable() else repr(text)
