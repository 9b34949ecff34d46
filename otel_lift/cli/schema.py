"""`otel-lift schema print|apply|diff`."""

from typing import Annotated

import typer
from rich.markup import escape

from otel_lift.cli.console import DEFAULT_DSN, DsnOption, output
from otel_lift.store import Dsn, open_store
from otel_lift.store.schema import SchemaOptions, diff, statements
from otel_lift.store.schema import apply as apply_schema

__all__ = ["app"]

app = typer.Typer(help="The store's tables: print their SQL, apply it, or say what differs.", no_args_is_help=True)

ClusterOption = Annotated[str | None, typer.Option("--cluster", help="Make replicated tables on this cluster.")]
DatabaseOption = Annotated[str, typer.Option("--database", help="The database.")]
RawOption = Annotated[int, typer.Option("--ttl-raw", min=1, help="Days to keep rows, as the exporter's `ttl.raw`.")]
UserErrorsOption = Annotated[
    int, typer.Option("--ttl-user-errors", min=1, help="Days to keep user errors, as the exporter's `ttl.user_errors`.")
]
AggregatesOption = Annotated[
    int, typer.Option("--ttl-aggregates", min=1, help="Days to keep aggregates, as the exporter's `ttl.aggregates`.")
]
MonthlyOption = Annotated[
    int, typer.Option("--ttl-monthly", min=1, help="Days to keep monthly counts, as the exporter's `ttl.monthly`.")
]
_DEFAULTS = SchemaOptions()


@app.command("print")
def print_(
    database: DatabaseOption = _DEFAULTS.database,
    cluster: ClusterOption = None,
    raw: RawOption = _DEFAULTS.raw_days,
    user_errors: UserErrorsOption = _DEFAULTS.user_error_days,
    aggregates: AggregatesOption = _DEFAULTS.aggregate_days,
    monthly: MonthlyOption = _DEFAULTS.monthly_days,
) -> None:
    """Print the SQL of all tables and views, to be run by whoever owns the database."""
    for statement in statements(SchemaOptions(database, raw, user_errors, aggregates, monthly, cluster)):
        typer.echo(f"{statement.rstrip(';')};\n")


@app.command()
def apply(
    dsn: DsnOption = DEFAULT_DSN,
    raw: RawOption = _DEFAULTS.raw_days,
    user_errors: UserErrorsOption = _DEFAULTS.user_error_days,
    aggregates: AggregatesOption = _DEFAULTS.aggregate_days,
    monthly: MonthlyOption = _DEFAULTS.monthly_days,
) -> None:
    """Bring a store's tables to this version; what is already there stays."""
    with open_store(dsn) as store:
        done = apply_schema(store, _options(store.dsn, raw, user_errors, aggregates, monthly))
    for step in done:
        output.print(f"[green]applied[/] {escape(step)}", highlight=False, soft_wrap=True)
    if not done:
        output.print("nothing to do: the store is up to date")


@app.command("diff")
def diff_(
    dsn: DsnOption = DEFAULT_DSN,
    raw: RawOption = _DEFAULTS.raw_days,
    user_errors: UserErrorsOption = _DEFAULTS.user_error_days,
    aggregates: AggregatesOption = _DEFAULTS.aggregate_days,
    monthly: MonthlyOption = _DEFAULTS.monthly_days,
) -> None:
    """Say what differs between a store's tables and this version; exit code 1 if anything does."""
    with open_store(dsn) as store:
        differences = diff(store, _options(store.dsn, raw, user_errors, aggregates, monthly))
    for difference in differences:
        output.print(escape(str(difference)), highlight=False, soft_wrap=True)
    if differences:
        raise typer.Exit(1)
    output.print("no difference")


def _options(dsn: Dsn, raw: int, user_errors: int, aggregates: int, monthly: int) -> SchemaOptions:
    return SchemaOptions(dsn.database, raw, user_errors, aggregates, monthly, dsn.cluster)
