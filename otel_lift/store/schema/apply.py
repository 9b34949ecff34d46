"""Print, apply and compare the schema."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from otel_lift import __version__
from otel_lift.errors import StoreError
from otel_lift.store.names import literal
from otel_lift.store.schema.migrations import (
    MIGRATIONS,
    create_database,
    expected_plain_views,
    expected_tables,
    expected_views,
)
from otel_lift.store.schema.model import Column, SchemaOptions, Table
from otel_lift.store.store import Store

__all__ = ["Difference", "apply", "diff", "statements"]

_TTL = re.compile(r" TTL (.*?)(?= SETTINGS | COMMENT |$)")
_SPACES = re.compile(r"\s+")

_Created = dict[str, str]  # the statement that made it, by table
_Columns = dict[str, dict[str, tuple[str, str]]]  # type and kind of default, by table and column


@dataclass(frozen=True, slots=True)
class Difference:
    """What a store lacks or has otherwise; `remedy` is the SQL that `apply` runs, empty where a person must decide."""

    table: str
    what: str
    remedy: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.table}: {self.what}"


def statements(options: SchemaOptions) -> list[str]:
    """Answer all statements that make the schema in an empty server, in order."""
    steps = (statement for migration in MIGRATIONS for statement in migration.statements(options))
    return [*create_database(options), *steps]


def apply(store: Store, options: SchemaOptions) -> list[str]:
    """Bring the store to the present schema and answer the names of what was done, nothing if it was there.

    Safe to run again, after a failure half way, and from several gateways at once. Tables that the OpenTelemetry
    Collector made are kept and completed.
    """
    for statement in create_database(options):
        store.command(statement, use_database=False)
    rows = store.query(f"SELECT name FROM {options.qualified('lift_migrations')}").rows  # noqa: S608  # a quoted name
    recorded = {row[0] for row in rows}
    done = []
    # a view that a migration makes can read a column that an older version, or the Collector, did not have
    for difference in _missing_columns(options, *_found(store, options)):
        _run(store, options, str(difference), difference.remedy)
        done.append(str(difference))
    for migration in MIGRATIONS:
        if migration.name not in recorded:
            _run(store, options, migration.name, migration.statements(options), migration.fill)
            done.append(migration.name)
    for difference in diff(store, options):
        if difference.remedy:
            _run(store, options, str(difference), difference.remedy)
            done.append(str(difference))
    return done


def diff(store: Store, options: SchemaOptions) -> list[Difference]:
    """Compare the store's tables and views with what this version expects; additional columns are no difference."""
    created, found = _found(store, options)
    differences: list[Difference] = []
    for table in expected_tables(options):
        stored = table.stored_name(options)
        if stored not in created:
            differences.append(Difference(table.name, "is missing", tuple(table.create(options))))
            continue
        differences += _columns(table, found.get(stored, {}), options)
        differences += _storage(table, created[stored], options)
    for view in expected_views():
        if view.name not in created:
            differences.append(Difference(view.name, "is missing", tuple(view.create(options))))
    for plain in expected_plain_views(options):
        if plain.name not in created:
            differences.append(Difference(plain.name, "is missing", tuple(plain.create(options))))
        elif literal(plain.mark) not in created[plain.name]:
            differences.append(Difference(plain.name, "is another view", tuple(plain.create(options))))
    return differences


def _found(store: Store, options: SchemaOptions) -> tuple[_Created, _Columns]:
    columns = store.query(
        "SELECT table, name, type, default_kind FROM system.columns WHERE database = {database:String}",
        {"database": options.database},
    )
    tables = store.query(
        "SELECT name, create_table_query FROM system.tables WHERE database = {database:String}",
        {"database": options.database},
    )
    created = {str(name): str(query) for name, query in tables.rows}
    found: _Columns = {}
    for table, name, kind_of_value, default_kind in columns.rows:
        found.setdefault(table, {})[name] = (kind_of_value, default_kind)
    return created, found


def _missing_columns(options: SchemaOptions, created: _Created, found: _Columns) -> list[Difference]:
    """Answer the columns that tables lack which are there."""
    tables = [(table, table.stored_name(options)) for table in expected_tables(options)]
    return [
        difference
        for table, stored in tables
        if stored in created
        for difference in _columns(table, found.get(stored, {}), options)
        if difference.remedy
    ]


def _columns(table: Table, found: dict[str, tuple[str, str]], options: SchemaOptions) -> Iterable[Difference]:
    for column in table.columns:
        if column.name not in found:
            remedy = tuple(table.add_column(column, options))
            yield Difference(table.name, f"column {column.name} is missing", remedy)
        elif column.kind != "ALIAS" and found[column.name][0] != column.type:
            yield Difference(table.name, _mistyped(column, found[column.name][0]))


def _mistyped(column: Column, found: str) -> str:
    return f"column {column.name} is {found}, expected {column.type}"


def _storage(table: Table, created: str, options: SchemaOptions) -> Iterable[Difference]:
    alter = f"ALTER TABLE {options.qualified(table.stored_name(options))}{options.on_cluster} MODIFY "
    for setting in table.deduplication(options):
        if setting not in created:
            yield Difference(table.name, f"setting {setting} is missing", (f"{alter}SETTING {setting}",))
    expected = ", ".join(table.ttl)
    match = _TTL.search(created)
    found = match.group(1) if match else ""
    if _plain(found) != _plain(expected):
        # Old parts take the new rule at their next merge: rewriting them all at once is for a person to decide.
        remedy = f"{alter}TTL {expected} SETTINGS materialize_ttl_after_modify = 0"
        yield Difference(table.name, f"time to live is {found or 'none'}, expected {expected}", (remedy,))


def _plain(expression: str) -> str:
    return _SPACES.sub("", expression).replace("(", "").replace(")", "")


def _run(
    store: Store,
    options: SchemaOptions,
    name: str,
    steps: Iterable[str],
    fill: Callable[[Store, SchemaOptions], None] | None = None,
) -> None:
    steps = list(steps)
    try:
        for statement in steps:
            store.command(statement)
        if fill is not None:
            fill(store, options)
    except StoreError as error:
        raise StoreError(f"migration {name} failed and can be applied again: {error}") from error
    store.command(
        f"INSERT INTO {options.qualified('lift_migrations')} (name, applied_at, applied_by, statements) "
        "SELECT {name:String}, now64(3), {version:String}, {steps:Array(String)}",
        {"name": name, "version": __version__, "steps": steps},
        {"async_insert": 0},
    )
