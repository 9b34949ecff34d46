"""The metric tables: `otel_metrics_*` in the OpenTelemetry Collector's columns, one row a data point.

The Collector's tables have no place for a metric's metadata and for the threshold of an exponential histogram's zeros.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.batch import Batch, Level, MetricKind
from otel_lift.tables.columns import MAP, childless, hexadecimal, lists, no_children, sorted_map, timestamps
from otel_lift.tables.parents import Parents, lift_attributes
from otel_lift.tables.window import TimeWindow

__all__ = ["metric_tables"]

# What a start may be at most: the last second that DateTime can hold.
_LAST = np.uint64((2**32 - 1) * 1_000_000_000)

_NUMBERS = frozenset({MetricKind.GAUGE, MetricKind.SUM})
_COUNTED = {"Count": "count", "Sum": "sum"}
_BOUNDED = {**_COUNTED, "Min": "min", "Max": "max"}
_OWN: Mapping[MetricKind, Mapping[str, str]] = {
    MetricKind.GAUGE: {},
    MetricKind.SUM: {},
    MetricKind.HISTOGRAM: {**_BOUNDED, "BucketCounts": "bucket_counts", "ExplicitBounds": "explicit_bounds"},
    MetricKind.EXPONENTIAL_HISTOGRAM: {
        **_BOUNDED,
        "Scale": "scale",
        "ZeroCount": "zero_count",
        "PositiveOffset": "positive_offset",
        "PositiveBucketCounts": "positive_bucket_counts",
        "NegativeOffset": "negative_offset",
        "NegativeBucketCounts": "negative_bucket_counts",
    },
    MetricKind.SUMMARY: _COUNTED,
}
"""The columns that a kind's table has of its points' own columns; a number that was not sent is zero."""

_NO_EXEMPLARS = childless(
    {
        "Exemplars.FilteredAttributes": MAP,
        "Exemplars.TimeUnix": pa.timestamp("ns"),
        "Exemplars.Value": pa.float64(),
        "Exemplars.SpanId": pa.string(),
        "Exemplars.TraceId": pa.string(),
    }
)


def metric_tables(batch: Batch, window: TimeWindow) -> Iterator[tuple[str, Any]]:
    """Yield the name and the rows of each kind's table that the batch has data points for.

    A point without a time has the receive time. What the gateway says of a point stands in `Attributes`, as it does of
    spans and log records in theirs.
    """
    metrics = batch.column(Level.RECORD, "metric")
    kind_of = batch.column(Level.METRIC, "kind").take(metrics).to_numpy()
    shared = pa.RecordBatch.from_pydict(_shared(batch, window))
    for kind in MetricKind:
        rows = np.flatnonzero(kind_of == kind)
        if not len(rows):
            continue
        points = _taken(shared, rows)
        if kind is MetricKind.SUMMARY:
            points = points.drop_columns(list(_NO_EXEMPLARS))
        # only what the kind has: a take of all columns would copy the attributes again
        own = _own(kind, _taken(batch.records.select(_needed(kind)), rows), batch.tables[Level.METRIC])
        columns = {**dict(zip(points.schema.names, points.columns, strict=True)), **own}
        yield f"otel_metrics_{kind.name.lower()}", pa.RecordBatch.from_pydict(columns)


def _taken(table: Any, rows: npt.NDArray[np.int64]) -> Any:
    return table if len(rows) == table.num_rows else table.take(pa.array(rows))


def _shared(batch: Batch, window: TimeWindow) -> dict[str, Any]:
    """Answer the columns that the tables of all kinds have; summaries have no exemplars."""
    points = batch.records
    times = window.place(points.column("time_unix_nano").to_numpy(), batch.received)
    resource, scope, metric = (Parents(batch, level) for level in (Level.RESOURCE, Level.SCOPE, Level.METRIC))
    dropped = batch.column(Level.SCOPE, "dropped_attributes_count").fill_null(0)
    return {
        "ResourceAttributes": resource.attributes(),
        "ResourceSchemaUrl": resource.column("schema_url"),
        "ScopeName": scope.column("name"),
        "ScopeVersion": scope.column("version"),
        "ScopeAttributes": scope.attributes(),
        "ScopeDroppedAttrCount": dropped.take(points.column("scope")),
        "ScopeSchemaUrl": scope.column("schema_url"),
        "ServiceName": resource.attribute("service.name"),
        "MetricName": metric.column("name"),
        "MetricDescription": metric.column("description"),
        "MetricUnit": metric.column("unit"),
        "Attributes": sorted_map(batch.attributes(Level.RECORD), [*lift_attributes(batch, Level.RECORD), times.moved]),
        "StartTimeUnix": timestamps(np.minimum(points.column("start_time_unix_nano").to_numpy(), _LAST)),
        "TimeUnix": times.column(),
        "Flags": points.column("flags"),
        **_exemplars(batch, window),
    }


def _needed(kind: MetricKind) -> list[str]:
    values = ["value_double", "value_int"] if kind in _NUMBERS else []
    quantiles = ["quantile_values"] if kind is MetricKind.SUMMARY else []
    return ["metric", *_OWN[kind].values(), *values, *quantiles]


def _own(kind: MetricKind, points: Any, metrics: Any) -> dict[str, Any]:
    """Answer the columns that only some kinds have."""
    own = {name: _filled(points.column(column)) for name, column in _OWN[kind].items()}
    metric = points.column("metric")
    if kind in _NUMBERS:
        own["Value"] = _values(points)
    if kind is MetricKind.SUMMARY:
        return own | _quantiles(points.column("quantile_values"))
    if kind is not MetricKind.GAUGE:
        own["AggregationTemporality"] = metrics.column("aggregation_temporality").take(metric)
    if kind is MetricKind.SUM:
        own["IsMonotonic"] = metrics.column("is_monotonic").take(metric)
    return own


def _filled(column: Any) -> Any:
    return column if pa.types.is_list(column.type) else column.fill_null(0)


def _values(table: Any) -> Any:
    """Answer what was measured as doubles, as the Collector has it; zero where no value was sent."""
    integers = table.column("value_int").cast(pa.float64(), safe=False)
    return pc.coalesce(table.column("value_double"), integers, pa.scalar(0.0))


def _quantiles(values: Any) -> dict[str, Any]:
    quantile, value = values.values.flatten()
    return {
        "ValueAtQuantiles.Quantile": pa.ListArray.from_arrays(values.offsets, quantile),
        "ValueAtQuantiles.Value": pa.ListArray.from_arrays(values.offsets, value),
    }


def _exemplars(batch: Batch, window: TimeWindow) -> dict[str, Any]:
    if not batch.rows(Level.EXEMPLAR):
        return no_children(len(batch), _NO_EXEMPLARS)
    exemplars, parents, points = batch.tables[Level.EXEMPLAR], batch.parents(Level.EXEMPLAR), len(batch)
    times = window.place(exemplars.column("time_unix_nano").to_numpy(), batch.received)
    attributes = sorted_map(batch.attributes(Level.EXEMPLAR), [*lift_attributes(batch, Level.EXEMPLAR), times.moved])
    columns = (
        attributes,
        times.column(),
        _values(exemplars),
        hexadecimal(exemplars.column("span_id")),
        hexadecimal(exemplars.column("trace_id")),
    )
    return {name: lists(parents, points, column) for name, column in zip(_NO_EXEMPLARS, columns, strict=True)}
