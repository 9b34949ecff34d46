"""The tables of the OpenTelemetry Collector's ClickHouse exporter (0.151 and later), which existing tools query."""

from otel_lift.store.schema.model import Column, Index, SchemaOptions, Table, View

__all__ = ["LC", "MAP", "TIME", "TRACE_TIMES_VIEW", "logs", "retention", "trace_times", "traces"]

LC = "LowCardinality(String)"
MAP = "Map(LowCardinality(String), String)"
TIME = "DateTime64(9)"
_TIME_CODEC = "Delta(8), ZSTD(1)"

_MATERIALIZED = (
    "k8s.cluster.name",
    "k8s.container.name",
    "k8s.deployment.name",
    "k8s.namespace.name",
    "k8s.node.name",
    "k8s.pod.name",
    "k8s.pod.uid",
    "deployment.environment.name",
)


def retention(time: str, user_errors: str, options: SchemaOptions) -> tuple[str, ...]:
    """When rows go: all of them, and user errors (rows where the condition `user_errors` holds) earlier."""
    clauses = (f"{time} + toIntervalDay({options.raw_days})",)
    if options.user_error_days >= options.raw_days:
        return clauses
    return (*clauses, f"{time} + toIntervalDay({options.user_error_days}) WHERE {user_errors}")


def logs(options: SchemaOptions) -> Table:
    """`otel_logs`, one row a log record."""
    columns = (
        Column("Timestamp", TIME, _TIME_CODEC),
        Column("TraceId", "String"),
        Column("SpanId", "String"),
        Column("TraceFlags", "UInt8", ""),
        Column("SeverityText", LC),
        Column("SeverityNumber", "UInt8", ""),
        Column("ServiceName", LC),
        Column("Body", "String"),
        Column("ResourceSchemaUrl", LC),
        Column("ResourceAttributes", MAP),
        Column("ScopeSchemaUrl", LC),
        Column("ScopeName", "String"),
        Column("ScopeVersion", LC),
        Column("ScopeAttributes", MAP),
        Column("LogAttributes", MAP),
        Column("EventName", "String"),
        *(
            Column(f"__otel_materialized_{key}", LC, kind="MATERIALIZED", expression=f"ResourceAttributes['{key}']")
            for key in _MATERIALIZED
        ),
        # A column up to 0.150, which dashboards made before then still ask for.
        Column("TimestampTime", "DateTime", kind="ALIAS", expression="toDateTime(Timestamp)"),
    )
    return Table(
        "otel_logs",
        columns,
        indexes=(
            *_attribute_indexes({"res": "ResourceAttributes", "scope": "ScopeAttributes", "log": "LogAttributes"}),
            Index("idx_lower_body", "lower(Body)", "tokenbf_v1(32768, 3, 0)", 8),
        ),
        partition_by="toDate(Timestamp)",
        order_by="(toStartOfFiveMinutes(Timestamp), ServiceName, Timestamp)",
        ttl=retention("toDateTime(Timestamp)", "EventName = 'lift.user_error'", options),
        settings=("index_granularity = 8192",),
        shard_by="cityHash64(TraceId)",
    )


def traces(options: SchemaOptions) -> Table:
    """`otel_traces`, one row a span."""
    columns = (
        Column("Timestamp", TIME, _TIME_CODEC),
        Column("TraceId", "String"),
        Column("SpanId", "String"),
        Column("ParentSpanId", "String"),
        Column("TraceState", "String"),
        Column("SpanName", LC),
        Column("SpanKind", LC),
        Column("ServiceName", LC),
        Column("ResourceAttributes", MAP),
        Column("ScopeName", "String"),
        Column("ScopeVersion", "String"),
        Column("SpanAttributes", MAP),
        Column("Duration", "UInt64"),
        Column("StatusCode", LC),
        Column("StatusMessage", "String"),
        Column("Events.Timestamp", f"Array({TIME})"),
        Column("Events.Name", f"Array({LC})"),
        Column("Events.Attributes", f"Array({MAP})"),
        Column("Links.TraceId", "Array(String)"),
        Column("Links.SpanId", "Array(String)"),
        Column("Links.TraceState", "Array(String)"),
        Column("Links.Attributes", f"Array({MAP})"),
    )
    user_errors = (
        "(SpanAttributes['lift.event'] = 'user_error') "
        "OR arrayExists(a -> ((a['lift.event']) = 'user_error'), `Events.Attributes`)"
    )
    return Table(
        "otel_traces",
        columns,
        indexes=(
            *_attribute_indexes({"res": "ResourceAttributes", "span": "SpanAttributes"}),
            Index("idx_duration", "Duration", "minmax"),
        ),
        partition_by="toDate(Timestamp)",
        order_by="(ServiceName, SpanName, toDateTime(Timestamp))",
        ttl=retention("toDateTime(Timestamp)", user_errors, options),
        settings=("index_granularity = 8192",),
        shard_by="cityHash64(TraceId)",
    )


def trace_times(options: SchemaOptions) -> Table:
    """`otel_traces_trace_id_ts`: when each trace was, so that one trace is found without reading all days."""
    return Table(
        "otel_traces_trace_id_ts",
        (
            Column("TraceId", "String"),
            Column("Start", "DateTime", "Delta(4), ZSTD(1)"),
            Column("End", "DateTime", "Delta(4), ZSTD(1)"),
        ),
        indexes=(Index("idx_trace_id", "TraceId", "bloom_filter(0.01)"),),
        partition_by="toDate(Start)",
        order_by="(TraceId, Start)",
        ttl=(f"toDateTime(Start) + toIntervalDay({options.raw_days})",),
        settings=("index_granularity = 8192", "ttl_only_drop_parts = 1"),
        shard_by="cityHash64(TraceId)",
    )


TRACE_TIMES_VIEW = View(
    "otel_traces_trace_id_ts_mv",
    source="otel_traces",
    target="otel_traces_trace_id_ts",
    select=(
        "SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End "
        "FROM {source} WHERE TraceId != '' GROUP BY TraceId"
    ),
)


def _attribute_indexes(maps: dict[str, str]) -> tuple[Index, ...]:
    indexes = [Index("idx_trace_id", "TraceId", "bloom_filter(0.001)")]
    for short, column in maps.items():
        indexes.append(Index(f"idx_{short}_attr_key", f"mapKeys({column})", "bloom_filter(0.01)"))
        indexes.append(Index(f"idx_{short}_attr_value", f"mapValues({column})", "bloom_filter(0.01)"))
    return tuple(indexes)
