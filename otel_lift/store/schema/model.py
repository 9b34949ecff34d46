"""Tables and views as data, and the SQL that makes them: for one server, or for a cluster."""

import hashlib
from dataclasses import dataclass

from otel_lift.store.names import identifier, literal

__all__ = ["DEDUPLICATION_WINDOW", "Column", "Index", "PlainView", "SchemaOptions", "Table", "View"]

DEDUPLICATION_WINDOW = 10_000
"""How many of the last inserted blocks a table knows the tokens of. An insert makes one block a partition (a day)."""

_REPLICATED_WINDOW_SECONDS = 7 * 24 * 3600
_LOCAL = "_local"


@dataclass(frozen=True, slots=True)
class SchemaOptions:
    """What a user can choose of the schema. Times to live are in days.

    With `cluster` every statement runs on that cluster, tables are replicated, and the plain name is a distributed
    table over the local one.
    """

    database: str = "otel"
    raw_days: int = 90
    user_error_days: int = 30
    aggregate_days: int = 365
    monthly_days: int = 730
    cluster: str | None = None

    @property
    def on_cluster(self) -> str:
        """The clause of each statement that names the cluster, empty without one."""
        return f" ON CLUSTER {identifier(self.cluster)}" if self.cluster else ""

    def qualified(self, table: str) -> str:
        """Quote a table's name with its database."""
        return f"{identifier(self.database)}.{identifier(table)}"

    def stored(self, table: str) -> str:
        """Quote the name of the table that holds the rows: on a cluster the local one."""
        return self.qualified(table + _LOCAL if self.cluster else table)

    def stored_name(self, table: str) -> str:
        """Answer the unquoted name of the table that holds the rows."""
        return table + _LOCAL if self.cluster else table


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `type` is written as the engine writes it, so that it can be compared."""

    name: str
    type: str
    codec: str = "ZSTD(1)"
    kind: str = ""  # "", DEFAULT, MATERIALIZED or ALIAS
    expression: str = ""
    comment: str = ""

    def sql(self, *, stored: bool = True) -> str:
        """Write the column's definition; a distributed table takes it without storage (`stored` false)."""
        parts = [identifier(self.name), self.type]
        if self.kind:
            parts.append(f"{self.kind} {self.expression}")
        if self.comment:
            parts.append(f"COMMENT {literal(self.comment)}")
        if self.codec and stored and self.kind != "ALIAS":
            parts.append(f"CODEC({self.codec})")
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Index:
    """A data skipping index."""

    name: str
    expression: str
    type: str
    granularity: int = 1

    def sql(self) -> str:
        """Write the index's definition."""
        return f"INDEX {self.name} {self.expression} TYPE {self.type} GRANULARITY {self.granularity}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the MergeTree family, or of the engine Memory, which is each node's own and forgets.

    `version` is the column by which a ReplacingMergeTree knows the newest row; `shard_by` says which rows of a cluster
    lie together.
    """

    name: str
    columns: tuple[Column, ...]
    order_by: str = ""
    partition_by: str = ""
    indexes: tuple[Index, ...] = ()
    engine: str = "MergeTree"
    version: str = ""
    ttl: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    shard_by: str = "rand()"
    comment: str = ""

    @property
    def in_memory(self) -> bool:
        """Whether its rows are on no disk."""
        return self.engine == "Memory"

    def stored_name(self, options: SchemaOptions) -> str:
        """Answer the unquoted name of the table that holds the rows."""
        return self.name if self.in_memory else options.stored_name(self.name)

    def create(self, options: SchemaOptions) -> list[str]:
        """Write the statements that make the table where it does not exist."""
        lines = [column.sql() for column in self.columns] + [index.sql() for index in self.indexes]
        body = ",\n    ".join(lines)
        stored = options.qualified(self.stored_name(options))
        create = f"CREATE TABLE IF NOT EXISTS {stored}{options.on_cluster}\n(\n    {body}\n)"
        if self.in_memory:
            return [f"{create}\nENGINE = {self.engine}"]
        clauses = [
            create,
            f"ENGINE = {self._engine(options)}",
            *([f"PARTITION BY {self.partition_by}"] if self.partition_by else []),
            f"ORDER BY {self.order_by}",
            *([f"TTL {', '.join(self.ttl)}"] if self.ttl else []),
            f"SETTINGS {', '.join([*self.settings, *self.deduplication(options)])}",
            *([f"COMMENT {literal(self.comment)}"] if self.comment else []),
        ]
        return ["\n".join(clauses), *self._distributed(options)]

    def add_column(self, column: Column, options: SchemaOptions) -> list[str]:
        """Write the statements that add a column to a table that exists."""
        add = f"ALTER TABLE {{}}{options.on_cluster} ADD COLUMN IF NOT EXISTS "
        statements = [add.format(options.qualified(self.stored_name(options))) + column.sql()]
        if options.cluster and not self.in_memory:
            statements.append(add.format(options.qualified(self.name)) + column.sql(stored=False))
        return statements

    def deduplication(self, options: SchemaOptions) -> tuple[str, ...]:
        """Answer the settings that make an insert's token hold."""
        if self.in_memory:
            return ()
        if options.cluster:
            return (
                f"replicated_deduplication_window = {DEDUPLICATION_WINDOW}",
                f"replicated_deduplication_window_seconds = {_REPLICATED_WINDOW_SECONDS}",
            )
        return (f"non_replicated_deduplication_window = {DEDUPLICATION_WINDOW}",)

    def _engine(self, options: SchemaOptions) -> str:
        if options.cluster:
            version = f", {identifier(self.version)}" if self.version else ""
            return f"Replicated{self.engine}('/clickhouse/tables/{{uuid}}/{{shard}}', '{{replica}}'{version})"
        return f"{self.engine}({identifier(self.version)})" if self.version else self.engine

    def _distributed(self, options: SchemaOptions) -> list[str]:
        if not options.cluster:
            return []
        body = ",\n    ".join(column.sql(stored=False) for column in self.columns)
        target = ", ".join(
            [identifier(options.cluster), identifier(options.database), identifier(self.name + _LOCAL), self.shard_by]
        )
        create = f"CREATE TABLE IF NOT EXISTS {options.qualified(self.name)}{options.on_cluster}"
        return [f"{create}\n(\n    {body}\n)\nENGINE = Distributed({target})"]


@dataclass(frozen=True, slots=True)
class View:
    """A materialized view that feeds `target` from each insert into `source`; `select` has a place for the source."""

    name: str
    source: str
    target: str
    select: str

    def create(self, options: SchemaOptions) -> list[str]:
        """Write the statement that makes the view where it does not exist; on a cluster it is local to each shard."""
        select = self.select.format(source=options.stored(self.source))
        create = f"CREATE MATERIALIZED VIEW IF NOT EXISTS {options.qualified(self.name)}{options.on_cluster}"
        return [f"{create}\nTO {options.stored(self.target)}\nAS {select}"]


@dataclass(frozen=True, slots=True)
class PlainView:
    """A view that stores nothing; `select` has a place for each of the tables and views that it `reads`."""

    name: str
    select: str
    reads: tuple[str, ...]
    comment: str = ""

    def create(self, options: SchemaOptions) -> list[str]:
        """Write the statement that makes the view, in the place of an older one."""
        select = self.select.format(**{name: options.qualified(name) for name in self.reads})
        create = f"CREATE OR REPLACE VIEW {options.qualified(self.name)}{options.on_cluster}"
        return [f"{create}\nAS {select}\nCOMMENT {literal(self.mark)}"]

    @property
    def mark(self) -> str:
        """The view's comment, which ends with a hash of its SQL: the engine writes the SQL itself in its own way."""
        return f"{self.comment} [{hashlib.sha256(self.select.encode()).hexdigest()[:12]}]".strip()
