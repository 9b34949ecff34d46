"""`otel-lift keys`: make, rotate and list the keys of pseudonyms."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from otel_lift.keys import KeysConfig, KeySource, create, destroy, rotate

__all__ = ["app"]

app = typer.Typer(help="The keys of pseudonyms: make a file, rotate it, list it.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(help="The file of keys, e.g. lift-data/keys/pseudonyms.keys.")]


@app.command("make")
def make_keys(file: FileArgument) -> None:
    """Make a file of new keys, for gateways that need to be given the same; an existing one stays as it is."""
    typer.echo(f"made {file}" if create(file) else f"{file} is already there and stays")


@app.command("rotate")
def rotate_keys(file: FileArgument) -> None:
    """Add a new current key. Running gateways follow by themselves; older keys stay, to find older rows."""
    typer.echo(f"the current key of {file} is now {rotate(file)}")


@app.command("destroy")
def destroy_key(
    file: FileArgument,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The id of an older key, as `keys list` shows it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take an older key out for ever: rows of its epoch stay, and nobody can tell whose they are any more."""
    if not yes:
        typer.confirm(f"Nobody will be able to find or erase a person's rows of {key_id}. Destroy it?", abort=True)
    destroy(file, key_id)
    typer.echo(f"destroyed {key_id}; delete copies of {file} too")


@app.command("list")
def list_keys(file: FileArgument) -> None:
    """List the ids and ages of the keys, never their secrets."""
    ring = KeySource(KeysConfig(file=file), file.parent).read()
    today = datetime.now(UTC).date()
    for key in ring.keys:
        current = "  current" if key is ring.current else ""
        typer.echo(f"{key.id}  {(today - key.created).days} days old{current}")
