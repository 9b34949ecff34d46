"""The migrations: numbered, forward only, idempotent, and recorded in `lift_migrations`.

A migration that was released never changes. What grows by itself (the registry's columns, a time to live in the
configuration) is no migration: `diff` finds it and `apply` adds it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from otel_lift.store.names import identifier
from otel_lift.store.schema import lift, operations, privacy, relations, standard
from otel_lift.store.schema.compatible import COMPATIBLE_VIEWS
from otel_lift.store.schema.metrics import metrics
from otel_lift.store.schema.model import PlainView, SchemaOptions, Table, View
from otel_lift.store.schema.remake import fill
from otel_lift.store.schema.rollups import ROLLUPS
from otel_lift.store.store import Store

__all__ = ["MIGRATIONS", "Migration", "create_database", "expected_plain_views", "expected_tables", "expected_views"]


@dataclass(frozen=True, slots=True)
class Migration:
    """One step; `statements` can run again without harm, and so can `fill`, which comes after them."""

    number: int
    title: str
    statements: Callable[[SchemaOptions], Sequence[str]]
    fill: Callable[[Store, SchemaOptions], None] | None = None

    @property
    def name(self) -> str:
        """How the step is recorded."""
        return f"{self.number:04d}_{self.title}"


def create_database(options: SchemaOptions) -> list[str]:
    """Write the statements that must have run before any migration can be recorded."""
    # Named, since the embedded engine's own default is an overlay in which refreshable views fail.
    database = f"CREATE DATABASE IF NOT EXISTS {identifier(options.database)}{options.on_cluster} ENGINE = Atomic"
    return [database, *lift.migrations().create(options)]


def expected_tables(options: SchemaOptions) -> tuple[Table, ...]:
    """Answer the tables of the present version."""
    return (
        lift.migrations(),
        standard.logs(options),
        standard.traces(options),
        standard.trace_times(options),
        lift.events(options),
        lift.error_patterns(options),
        *metrics(options),
        *_privacy_tables(options),
        *_rollup_tables(options),
        *operations.operations(),
    )


def expected_views() -> tuple[View, ...]:
    """Answer the materialized views of the present version."""
    return (standard.TRACE_TIMES_VIEW, lift.ERROR_PATTERNS_VIEW, *(rollup.view for rollup in ROLLUPS))


def expected_plain_views(options: SchemaOptions) -> tuple[PlainView, ...]:
    """Answer the views of the present version that store nothing; one that reads another comes after it."""
    return (*relations.linked_views(options), *COMPATIBLE_VIEWS)


def _standard_tables(options: SchemaOptions) -> list[str]:
    tables = (standard.logs(options), standard.traces(options), standard.trace_times(options))
    statements = [statement for table in tables for statement in table.create(options)]
    return [*statements, *standard.TRACE_TIMES_VIEW.create(options)]


def _events(options: SchemaOptions) -> list[str]:
    return lift.events(options).create(options)


def _error_patterns(options: SchemaOptions) -> list[str]:
    return [*lift.error_patterns(options).create(options), *lift.ERROR_PATTERNS_VIEW.create(options)]


def _standard_metrics(options: SchemaOptions) -> list[str]:
    return [statement for table in metrics(options) for statement in table.create(options)]


def _privacy_tables(options: SchemaOptions) -> tuple[Table, ...]:
    return privacy.consent(), privacy.tombstones(), privacy.subjects(options), privacy.audit(options)


def _privacy(options: SchemaOptions) -> list[str]:
    return [statement for table in _privacy_tables(options) for statement in table.create(options)]


def _operations(options: SchemaOptions) -> list[str]:
    return [statement for table in operations.operations() for statement in table.create(options)]


def _rollup_tables(options: SchemaOptions) -> tuple[Table, ...]:
    return (*(rollup.table(options) for rollup in ROLLUPS), relations.resolutions(), relations.relinks())


def _rollups(options: SchemaOptions) -> list[str]:
    views = (rollup.view for rollup in ROLLUPS)
    makers: tuple[Table | View | PlainView, ...] = (*_rollup_tables(options), *views, *expected_plain_views(options))
    return [statement for maker in makers for statement in maker.create(options)]


MIGRATIONS = (
    Migration(1, "standard_tables", _standard_tables),
    Migration(2, "lift_events", _events),
    Migration(3, "lift_error_patterns", _error_patterns),
    Migration(4, "standard_metrics", _standard_metrics),
    Migration(5, "privacy", _privacy),
    Migration(6, "rollups", _rollups, fill),
    Migration(7, "operations", _operations),
)
