"""Data points of the five kinds of metric, and their exemplars."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from google.protobuf.message import Message
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    Exemplar,
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    SummaryDataPoint,
)

from otel_lift.batch import SCHEMAS, Batch, Level, MetricKind, Signal, ValueType
from otel_lift.kernel.outcome import Outcome
from otel_lift.kernel.pure.codec import Codec
from otel_lift.kernel.pure.columns import AttributeColumn, ChildWriter, MessageWriter, build_table
from otel_lift.kernel.pure.contexts import Contexts, Interned, open_groups

__all__ = ["CODEC"]

_SCHEMAS = SCHEMAS[Signal.METRICS]
_KINDS = {kind.name.lower(): kind for kind in MetricKind}
_POINTS: Mapping[MetricKind, type[Message]] = {
    MetricKind.GAUGE: NumberDataPoint,
    MetricKind.SUM: NumberDataPoint,
    MetricKind.HISTOGRAM: HistogramDataPoint,
    MetricKind.EXPONENTIAL_HISTOGRAM: ExponentialHistogramDataPoint,
    MetricKind.SUMMARY: SummaryDataPoint,
}
# What stands in the columns that a point's kind does not have.
_ABSENT: Mapping[str, Any] = {
    "value_type": int(ValueType.EMPTY),
    "value_double": None,
    "value_int": None,
    "count": 0,
    "sum": None,
    "min": None,
    "max": None,
    "bucket_counts": (),
    "explicit_bounds": (),
    "scale": 0,
    "zero_count": 0,
    "zero_threshold": 0.0,
    "positive_offset": 0,
    "positive_bucket_counts": (),
    "negative_offset": 0,
    "negative_bucket_counts": (),
    "quantile_values": (),
}


class _PointRows:
    def __init__(self) -> None:
        self._contexts = Contexts()
        self._metrics = Interned()
        self._points: list[tuple[Any, ...]] = []
        self._point_attributes = AttributeColumn()
        self._exemplars: list[tuple[Any, ...]] = []
        self._exemplar_attributes = AttributeColumn()

    def read(self, request: ExportMetricsServiceRequest) -> Outcome:
        before = len(self._points)
        for group in request.resource_metrics:
            for part in group.scope_metrics:
                metrics = [(metric, kind, data) for metric, kind, data in _data(part.metrics) if data.data_points]
                if not metrics:
                    continue
                context = self._contexts.add(group.resource, group.schema_url, part.scope, part.schema_url)
                for metric, kind, data in metrics:
                    row = self._metric(context[1], metric, kind, data)
                    for point in data.data_points:
                        self._add((*context, row), kind, point)
        return Outcome(accepted=len(self._points) - before)

    def _metric(self, scope: int, metric: Metric, kind: MetricKind, data: Any) -> int:
        temporality = 0 if kind in {MetricKind.GAUGE, MetricKind.SUMMARY} else data.aggregation_temporality
        is_monotonic = kind is MetricKind.SUM and data.is_monotonic
        fields = (scope, metric.name, metric.description, metric.unit, int(kind), temporality, is_monotonic)
        return self._metrics.add(fields, metric.metadata, fields)

    def _add(self, context: tuple[int, int, int], kind: MetricKind, point: Any) -> None:
        row = len(self._points)
        fields = {**_ABSENT, **_measured(kind, point)}
        times = (point.start_time_unix_nano, point.time_unix_nano, point.flags)
        self._points.append((*context, *times, *fields.values()))
        self._point_attributes.add(point.attributes)
        for exemplar in () if kind is MetricKind.SUMMARY else point.exemplars:
            self._exemplars.append(
                (
                    row,
                    exemplar.time_unix_nano,
                    *_value(exemplar).values(),
                    exemplar.trace_id if len(exemplar.trace_id) == 16 else None,
                    exemplar.span_id if len(exemplar.span_id) == 8 else None,
                )
            )
            self._exemplar_attributes.add(exemplar.filtered_attributes)

    def tables(self) -> Mapping[Level, Any]:
        return {
            **self._contexts.tables(Signal.METRICS),
            Level.METRIC: self._metrics.build(_SCHEMAS[Level.METRIC]),
            Level.RECORD: build_table(_SCHEMAS[Level.RECORD], self._points, self._point_attributes),
            Level.EXEMPLAR: build_table(_SCHEMAS[Level.EXEMPLAR], self._exemplars, self._exemplar_attributes),
        }


def _data(metrics: Sequence[Metric]) -> Iterator[tuple[Metric, MetricKind, Any]]:
    for metric in metrics:
        name = metric.WhichOneof("data")
        if name is not None:
            yield metric, _KINDS[name], getattr(metric, name)


def _measured(kind: MetricKind, point: Any) -> dict[str, Any]:
    """Answer the fields that points of a kind have beyond times, flags and attributes."""
    match kind:
        case MetricKind.HISTOGRAM:
            own = {"bucket_counts": list(point.bucket_counts), "explicit_bounds": list(point.explicit_bounds)}
            return {**_statistics(point), **own}
        case MetricKind.EXPONENTIAL_HISTOGRAM:
            return {
                **_statistics(point),
                "scale": point.scale,
                "zero_count": point.zero_count,
                "zero_threshold": point.zero_threshold,
                "positive_offset": point.positive.offset,
                "positive_bucket_counts": list(point.positive.bucket_counts),
                "negative_offset": point.negative.offset,
                "negative_bucket_counts": list(point.negative.bucket_counts),
            }
        case MetricKind.SUMMARY:
            quantiles = [{"quantile": each.quantile, "value": each.value} for each in point.quantile_values]
            return {"count": point.count, "sum": point.sum, "quantile_values": quantiles}
        case _:
            return _value(point)


def _value(message: NumberDataPoint | Exemplar) -> dict[str, Any]:
    match message.WhichOneof("value"):
        case "as_double":
            return {"value_type": int(ValueType.DOUBLE), "value_double": message.as_double, "value_int": None}
        case "as_int":
            return {"value_type": int(ValueType.INT), "value_double": None, "value_int": message.as_int}
        case _:
            return {"value_type": int(ValueType.EMPTY), "value_double": None, "value_int": None}


def _statistics(point: HistogramDataPoint | ExponentialHistogramDataPoint) -> dict[str, Any]:
    optional = {name: getattr(point, name) if point.HasField(name) else None for name in ("sum", "min", "max")}
    return {"count": point.count, **optional}


def _encode(batch: Batch) -> bytes:
    request = ExportMetricsServiceRequest()
    metrics = MessageWriter(batch.tables[Level.METRIC], Metric, "metadata")
    kinds = batch.column(Level.METRIC, "kind").to_pylist()
    temporalities = batch.column(Level.METRIC, "aggregation_temporality").to_pylist()
    monotonic = batch.column(Level.METRIC, "is_monotonic").to_pylist()
    metric_of = batch.column(Level.RECORD, "metric").to_pylist()
    writer = cache(lambda kind: _PointWriter(batch, kind))
    for part, rows in open_groups(batch, request.resource_metrics, "scope_metrics"):
        opened = data = None
        for row in rows:
            metric = metric_of[row]
            kind = MetricKind(kinds[metric])
            if metric != opened:
                message, opened = part.metrics.add(), metric
                metrics.fill(message, metric)
                data = getattr(message, kind.name.lower())
                if temporalities[metric]:
                    data.aggregation_temporality = temporalities[metric]
                if monotonic[metric]:
                    data.is_monotonic = True
            assert data is not None
            writer(kind).fill(data.data_points.add(), row)
    payload: bytes = request.SerializeToString()
    return payload


class _PointWriter:
    """Writes data points of one kind."""

    def __init__(self, batch: Batch, kind: MetricKind) -> None:
        records = batch.records
        self._fields = MessageWriter(records, _POINTS[kind])
        self._number = _NumberWriter(records) if _POINTS[kind] is NumberDataPoint else None
        self._buckets = [
            (side, records.column(f"{side}_offset").to_pylist(), records.column(f"{side}_bucket_counts").to_pylist())
            for side in ("positive", "negative")
            if kind is MetricKind.EXPONENTIAL_HISTOGRAM
        ]
        self._quantiles = records.column("quantile_values").to_pylist() if kind is MetricKind.SUMMARY else None
        exemplars = batch.tables[Level.EXEMPLAR]
        self._exemplars = None
        if kind is not MetricKind.SUMMARY:
            self._exemplars = ChildWriter(batch, Level.EXEMPLAR, Exemplar, "filtered_attributes")
            self._exemplar_number = _NumberWriter(exemplars)

    def fill(self, point: Any, row: int) -> None:
        self._fields.fill(point, row)
        if self._number is not None:
            self._number.fill(point, row)
        for side, offsets, counts in self._buckets:
            if offsets[row] or counts[row]:
                buckets = getattr(point, side)
                buckets.offset = offsets[row]
                buckets.bucket_counts.extend(counts[row])
        if self._quantiles is not None:
            for quantile in self._quantiles[row]:
                point.quantile_values.add(**quantile)
        if self._exemplars is not None:
            places = self._exemplars.fill(point.exemplars, row)
            for exemplar, place in zip(point.exemplars, places, strict=True):
                self._exemplar_number.fill(exemplar, place)


class _NumberWriter:
    """Writes the value of a number data point or an exemplar."""

    def __init__(self, table: Any) -> None:
        self._doubles = table.column("value_double").to_pylist()
        self._ints = table.column("value_int").to_pylist()

    def fill(self, message: Any, row: int) -> None:
        if self._doubles[row] is not None:
            message.as_double = self._doubles[row]
        elif self._ints[row] is not None:
            message.as_int = self._ints[row]


CODEC = Codec(_PointRows, _encode)
