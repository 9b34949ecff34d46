"""Lift's own tables: typed events, error patterns, and the record of migrations."""

from otel_lift.semconv import COLUMNS, ColumnType
from otel_lift.store.schema.model import Column, Index, SchemaOptions, Table, View
from otel_lift.store.schema.standard import LC, MAP, TIME, retention

__all__ = ["ERROR_PATTERNS_VIEW", "error_patterns", "events", "migrations"]

# The registry's types, which name no engine, as the engine's.
_TYPES: dict[ColumnType, str] = {
    "bool": "Bool",
    "float64": "Float64",
    "int64": "Int64",
    "lowcardinality": LC,
    "string": "String",
    "timestamp_ns": TIME,
    "uint16": "UInt16",
    "uint32": "UInt32",
    "uint64": "UInt64",
    "uint8": "UInt8",
}

_PROPERTIES = Column("properties", MAP, comment="Fields that have no column of their own.")


def events(options: SchemaOptions) -> Table:
    """`lift_events`, one row a Lift event, with the typed columns of the registry `otel_lift.semconv`."""
    typed = tuple(
        Column(column.name, _TYPES[column.type], _codec(column.type), comment=column.doc) for column in COLUMNS.values()
    )
    return Table(
        "lift_events",
        (*typed, _PROPERTIES),
        indexes=tuple(
            Index(f"idx_{column}", column, "bloom_filter(0.01)")
            for column in ("subject", "session_id", "fingerprint", "trace_id", "event_id")
        ),
        partition_by="toDate(event_time)",
        # Most questions name events and a window; one person's rows are found through the index.
        order_by="(event, toStartOfFiveMinutes(event_time), subject, event_time)",
        ttl=retention("toDateTime(event_time)", "event = 'user_error'", options),
        settings=("index_granularity = 8192",),
        shard_by="cityHash64(subject)",
    )


def error_patterns(options: SchemaOptions) -> Table:
    """`lift_error_patterns`: for each pattern and five minutes how often, how many people, where, and one example.

    By day on disk, so that after an erasure only the days of that person are made again.
    """
    return Table(
        "lift_error_patterns",
        (
            Column("window", "DateTime", "Delta(4), ZSTD(1)", comment="start of the five minutes"),
            Column("fingerprint", "String"),
            Column("event", LC),
            Column("service", LC),
            Column("environment", LC),
            Column("occurrences", "SimpleAggregateFunction(sum, UInt64)"),
            Column("affected_users", "AggregateFunction(uniq, String)"),
            Column("first_seen", f"SimpleAggregateFunction(min, {TIME})"),
            Column("last_seen", f"SimpleAggregateFunction(max, {TIME})"),
            Column("template", "SimpleAggregateFunction(anyLast, String)"),
            Column("pages", "AggregateFunction(topK(3), String)"),
            Column("actions", "AggregateFunction(topK(3), String)"),
            Column("sample", f"AggregateFunction(argMax, String, {TIME})", comment="the latest redacted message"),
        ),
        partition_by="toDate(window)",
        order_by="(window, fingerprint, event, service, environment)",
        engine="AggregatingMergeTree",
        ttl=(f"window + toIntervalDay({options.aggregate_days})",),
        settings=("index_granularity = 8192", "ttl_only_drop_parts = 1"),
        shard_by="cityHash64(fingerprint)",
    )


ERROR_PATTERNS_VIEW = View(
    "lift_error_patterns_mv",
    source="lift_events",
    target="lift_error_patterns",
    select="""SELECT
    toDateTime(toStartOfFiveMinutes(event_time)) AS window,
    fingerprint,
    event,
    service,
    environment,
    count() AS occurrences,
    uniqStateIf(subject, subject != '') AS affected_users,
    min(event_time) AS first_seen,
    max(event_time) AS last_seen,
    anyLast(lift_events.template) AS template,
    topKStateIf(3)(toString(page), page != '') AS pages,
    topKStateIf(3)(toString(action), action != '') AS actions,
    argMaxState(message, event_time) AS sample
FROM {source} AS lift_events
WHERE fingerprint != ''
GROUP BY window, fingerprint, event, service, environment""",
)


def migrations() -> Table:
    """`lift_migrations`: what was applied to this database, and when."""
    return Table(
        "lift_migrations",
        (
            Column("name", "String"),
            Column("applied_at", "DateTime64(3)", "Delta(8), ZSTD(1)"),
            Column("applied_by", "String", comment="version of otel-lift"),
            Column("statements", "Array(String)"),
        ),
        order_by="name",
        shard_by="cityHash64(name)",
    )


def _codec(kind: ColumnType) -> str:
    return "Delta(8), ZSTD(1)" if kind == "timestamp_ns" else "ZSTD(1)"
