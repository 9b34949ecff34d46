"""The metric tables of the OpenTelemetry Collector's ClickHouse exporter (0.160 and later), one for each kind."""

from otel_lift.store.schema.model import Column, Index, SchemaOptions, Table
from otel_lift.store.schema.standard import LC, MAP

__all__ = ["metrics"]

_TIME_CODEC = "Delta(4), ZSTD(1)"
_COUNT_CODEC = "Delta(8), ZSTD(1)"

_SERIES = (
    Column("ResourceAttributes", MAP),
    Column("ResourceSchemaUrl", "String"),
    Column("ScopeName", "String"),
    Column("ScopeVersion", "String"),
    Column("ScopeAttributes", MAP),
    Column("ScopeDroppedAttrCount", "UInt32"),
    Column("ScopeSchemaUrl", "String"),
    Column("ServiceName", LC),
    Column("MetricName", LC),
    Column("MetricDescription", "String"),
    Column("MetricUnit", "String"),
    Column("Attributes", MAP),
    Column("StartTimeUnix", "DateTime", _TIME_CODEC),
    Column("TimeUnix", "DateTime", _TIME_CODEC),
)
_VALUE = (Column("Value", "Float64"),)
_FLAGS = (Column("Flags", "UInt32"),)
_SUM = (Column("Count", "UInt64", _COUNT_CODEC), Column("Sum", "Float64"))
_EXTREMES = (Column("Min", "Float64"), Column("Max", "Float64"))
_TEMPORALITY = (Column("AggregationTemporality", "Int32"),)
_EXEMPLARS = (
    Column("Exemplars.FilteredAttributes", f"Array({MAP})"),
    Column("Exemplars.TimeUnix", "Array(DateTime)"),
    Column("Exemplars.Value", "Array(Float64)"),
    Column("Exemplars.SpanId", "Array(String)"),
    Column("Exemplars.TraceId", "Array(String)"),
)
_KINDS = {
    "gauge": (*_VALUE, *_FLAGS, *_EXEMPLARS),
    "sum": (*_VALUE, *_FLAGS, *_EXEMPLARS, *_TEMPORALITY, Column("IsMonotonic", "Bool", "Delta(1), ZSTD(1)")),
    "histogram": (
        *_SUM,
        Column("BucketCounts", "Array(UInt64)"),
        Column("ExplicitBounds", "Array(Float64)"),
        *_EXEMPLARS,
        *_FLAGS,
        *_EXTREMES,
        *_TEMPORALITY,
    ),
    "exponential_histogram": (
        *_SUM,
        Column("Scale", "Int32"),
        Column("ZeroCount", "UInt64"),
        Column("PositiveOffset", "Int32"),
        Column("PositiveBucketCounts", "Array(UInt64)"),
        Column("NegativeOffset", "Int32"),
        Column("NegativeBucketCounts", "Array(UInt64)"),
        *_EXEMPLARS,
        *_FLAGS,
        *_EXTREMES,
        *_TEMPORALITY,
    ),
    "summary": (
        *_SUM,
        Column("ValueAtQuantiles.Quantile", "Array(Float64)"),
        Column("ValueAtQuantiles.Value", "Array(Float64)"),
        *_FLAGS,
    ),
}


def metrics(options: SchemaOptions) -> tuple[Table, ...]:
    """`otel_metrics_<kind>` for each kind, one row a data point."""
    return tuple(_table(f"otel_metrics_{kind}", columns, options) for kind, columns in _KINDS.items())


def _table(name: str, columns: tuple[Column, ...], options: SchemaOptions) -> Table:
    return Table(
        name,
        (*_SERIES, *columns),
        indexes=(
            *(
                Index(f"idx_{short}attr_{half}", f"map{half.capitalize()}s({column})", "bloom_filter(0.01)")
                for short, column in (("res_", "ResourceAttributes"), ("scope_", "ScopeAttributes"), ("", "Attributes"))
                for half in ("key", "value")
            ),
            Index("idx_time_minmax", "TimeUnix", "minmax"),
        ),
        partition_by="toDate(TimeUnix)",
        order_by="(ServiceName, MetricName, toStartOfHour(TimeUnix), cityHash64(Attributes), TimeUnix)",
        ttl=(f"TimeUnix + toIntervalDay({options.raw_days})",),
        settings=("index_granularity = 8192", "ttl_only_drop_parts = 1"),
        shard_by="cityHash64(ServiceName, MetricName, Attributes)",
    )
