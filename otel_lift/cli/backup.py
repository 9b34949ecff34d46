"""`otel-lift backup`: make, list and restore backups of an embedded store."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from otel_lift.cli.console import ConfigOption, output, remarks
from otel_lift.jobs import perform

__all__ = ["app"]

app = typer.Typer(help="Backups of embedded stores: create, list, restore.", no_args_is_help=True)

StoreOption = Annotated[str | None, typer.Option("--store", help="The exporter whose store is meant; else all.")]


@app.command("create")
def create_backup(
    config: ConfigOption,
    store: StoreOption = None,
    full: Annotated[bool, typer.Option("--full", help="Needs no earlier backup.")] = False,
) -> None:
    """Make a backup now, incremental where a full one is young enough."""
    for made in perform(config, "backup create", {"store": store, "full": full}):
        remarks.print(
            f"{escape(made['store'])}: {made['name']}, {made['size']:,} bytes, {made['rows']:,} rows, "
            f"{made['took']:.1f} s",
            highlight=False,
        )


@app.command("list")
def list_backups(config: ConfigOption, store: StoreOption = None) -> None:
    """List the backups there are, oldest first."""
    table = Table("store", "name", "made", "bytes", "rows", "needs")
    for one in perform(config, "backup list", {"store": store}):
        made = datetime.fromtimestamp(one["made_at"], UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        table.add_row(escape(one["store"]), one["name"], made, f"{one['size']:,}", f"{one['rows']:,}", one["base"])
    output.print(table)


@app.command("restore")
def restore_backup(
    name: Annotated[str, typer.Argument(help="The backup, as `otel-lift backup list` names it.")],
    config: ConfigOption,
    store: StoreOption = None,
    database: Annotated[
        str | None,
        typer.Option(help="A new database to restore into, beside the present one; else the store's own, if empty."),
    ] = None,
) -> None:
    """Restore a backup into an empty store or a new database; people who were erased since are erased again."""
    last: Mapping[str, Any] = {}
    for last in perform(config, "backup restore", {"name": name, "store": store, "database": database}):
        table = Table("table", "rows in the backup", "rows restored")
        for one in sorted({*last["expected"], *last["rows"]}):
            table.add_row(one, str(last["expected"].get(one, 0)), str(last["rows"].get(one, 0)))
        output.print(table)
    remarks.print(f"{len(last['erased_again'])} people who were erased came back and were erased again")
    if not last["complete"]:
        remarks.print("the search for erased people is not complete; a running gateway goes on with it")
        raise typer.Exit(1)
