"""`otel-lift consent`: what a person agreed to, and when; to be asked, and to be changed."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from otel_lift.cli.console import ConfigOption
from otel_lift.errors import ConfigError
from otel_lift.jobs import perform
from otel_lift.semconv import Consent

__all__ = ["app"]

app = typer.Typer(help="Consent of a person: show it, its history, grant, withdraw.", no_args_is_help=True)

IdArgument = Annotated[str, typer.Argument(help="The person, as the app names them; `-` reads it from the input.")]
TenantOption = Annotated[str | None, typer.Option(help="The tenant whose person it is.")]
CategoryOption = Annotated[list[Consent], typer.Option("--category", help="A category; name several one by one.")]
AtOption = Annotated[
    str | None, typer.Option(help="A time such as 2026-11-21T10:00:00+01:00, without a zone in UTC; else now.")
]
PurposeOption = Annotated[str, typer.Option(help="What the data may be used for.")]
SourceOption = Annotated[str, typer.Option(help="Where the decision came from.")]
ProofOption = Annotated[str, typer.Option(help="What shows the decision, e.g. the id of a form.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_SECOND = 1_000_000_000


@app.command()
def show(
    person: IdArgument,
    *,
    config: ConfigOption,
    tenant: TenantOption = None,
    at: AtOption = None,
    known_at: Annotated[str | None, typer.Option(help="By what was known at this time; else now.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what holds for a person at a time, by what was known at another."""
    arguments = {"id": _named(person), "tenant": tenant, "at": _time(at), "known_at": _time(known_at)}
    last = _last(perform(config, "consent show", arguments))
    if as_json:
        typer.echo(json.dumps(last))
        return
    for answer in last["answers"]:
        entry = answer["entry"]
        said = _line(entry) if entry else "no answer until then"
        typer.echo(f"{answer['category']}: the ledger {_EFFECTS[answer['effect']]} ({said})")
    if not last["answers"]:
        typer.echo("the ledger knows nothing of this person")


@app.command()
def history(
    person: IdArgument, *, config: ConfigOption, tenant: TenantOption = None, as_json: JsonOption = False
) -> None:
    """Print all entries of a person, by the time from which they hold."""
    last = _last(perform(config, "consent history", {"id": _named(person), "tenant": tenant}))
    _print_entries(last["entries"], as_json=as_json)


@app.command()
def grant(
    person: IdArgument,
    *,
    config: ConfigOption,
    category: CategoryOption,
    tenant: TenantOption = None,
    at: AtOption = None,
    purpose: PurposeOption = "",
    source: SourceOption = "command",
    proof: ProofOption = "",
    as_json: JsonOption = False,
) -> None:
    """Write that a person agreed: it holds here when this returns, at all gateways within 5 seconds."""
    said = {"purpose": purpose, "source": source, "proof": proof}
    _record("consent grant", config, _arguments(person, tenant, category, at) | said, as_json=as_json)


@app.command()
def withdraw(
    person: IdArgument,
    *,
    config: ConfigOption,
    category: CategoryOption,
    tenant: TenantOption = None,
    at: AtOption = None,
    purpose: PurposeOption = "",
    source: SourceOption = "command",
    proof: ProofOption = "",
    as_json: JsonOption = False,
) -> None:
    """Write that a person withdrew: it holds here when this returns, and what is stored since then is purged."""
    said = {"purpose": purpose, "source": source, "proof": proof}
    _record("consent withdraw", config, _arguments(person, tenant, category, at) | said, as_json=as_json)


_EFFECTS = {"grants": "grants", "denies": "denies", "nothing": "says nothing"}


def _arguments(person: str, tenant: str | None, category: Sequence[Consent], at: str | None) -> dict[str, Any]:
    return {"id": _named(person), "tenant": tenant, "categories": [str(one) for one in category], "at": _time(at)}


def _record(name: str, config: Path, arguments: Mapping[str, Any], *, as_json: bool) -> None:
    last = _last(perform(config, name, arguments))
    _print_entries(last["entries"], as_json=as_json)
    if last["later"]:
        typer.echo(
            f"not yet in the store of {', '.join(last['later'])}: it goes there when it can be reached", err=True
        )


def _print_entries(entries: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    for entry in entries:
        typer.echo(json.dumps(entry) if as_json else f"{entry['category']}: {_line(entry)}")


def _line(entry: Mapping[str, Any]) -> str:
    state = "granted" if entry["granted"] else "withdrawn"
    further = [f"{name} {entry[name]}" for name in ("purpose", "source", "proof") if entry[name]]
    known = f"known since {_told(entry['known_time'])}"
    return ", ".join([f"{state} from {_told(entry['event_time'])} on", known, *further])


def _named(person: str) -> str:
    """Answer the id; one from the input stands neither in the shell's history nor in the list of processes."""
    return sys.stdin.readline().strip() if person == "-" else person


def _last(answers: Iterator[Mapping[str, Any]]) -> Mapping[str, Any]:
    *_, last = answers
    return last


def _time(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"'{text}' is no time; write it as 2026-11-21T10:00:00+01:00") from None
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    return int(time.timestamp()) * _SECOND + time.microsecond * 1000


def _told(nanoseconds: int) -> str:
    return datetime.fromtimestamp(nanoseconds / _SECOND, UTC).isoformat(timespec="seconds")
