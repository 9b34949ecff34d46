"""Metrics: what stands in the columns after decoding, and that nothing of any kind is lost."""

import math
from typing import Any

import pytest
from kernels import each_kernel, export

from otel_lift.batch import Batch, Level, MetricKind, RequestContext, Signal, ValueType
from otel_lift.kernel.interface import Kernel
from otel_lift.kernel.requests import REQUESTS
from otel_lift.testing.otlp import normalise

_TOP_32, _TOP_64 = 2**32 - 1, 2**64 - 1
_MOST, _LEAST = 2**31 - 1, -(2**31)


def _attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"string_value": value}}


def _request(*metrics: dict[str, Any]) -> Any:
    return export(Signal.METRICS, {"scope_metrics": [{"metrics": metrics}]})


def _decode(kernel: Kernel, *messages: Any) -> Batch:
    payloads = [message.SerializeToString() for message in messages]
    decoded = kernel.decode(Signal.METRICS, payloads, RequestContext(), 0)
    assert [outcome.error for outcome in decoded.outcomes] == [None] * len(payloads)
    assert [outcome.rejected for outcome in decoded.outcomes] == [0] * len(payloads)
    return decoded.batch


def _round(kernel: Kernel, message: Any) -> Any:
    return REQUESTS[Signal.METRICS].FromString(kernel.encode(_decode(kernel, message)))


_EXEMPLAR = {
    "filtered_attributes": [_attribute("user.id", "17")],
    "time_unix_nano": _TOP_64,
    "as_double": -0.0,
    "trace_id": b"t" * 16,
    "span_id": b"s" * 8,
}
_POINT = {
    "attributes": [_attribute("k", "v"), _attribute("k", "")],
    "start_time_unix_nano": _TOP_64,
    "time_unix_nano": _TOP_64,
    "flags": _TOP_32,
}
_NUMBERS = {
    "data_points": [
        {**_POINT, "as_int": -(2**63), "exemplars": [_EXEMPLAR, {**_EXEMPLAR, "as_int": 0}, {}]},
        {"as_double": 0.0},
        {"as_int": 0},
        {"as_double": math.nan},
        {"as_double": -0.0},
        {"as_double": -math.inf},
        {},
    ]
}
_STATISTICS = {"count": _TOP_64, "sum": 0.0, "min": -0.0, "max": 0.0}
_BUCKETS = [0, 1, 2**63, _TOP_64]
_EXTREMES: list[dict[str, Any]] = [
    {"gauge": _NUMBERS, "metadata": [_attribute("owner", "jo"), {"key": "owner"}], "description": "\0", "unit": "By"},
    {"sum": {**_NUMBERS, "aggregation_temporality": _LEAST, "is_monotonic": True}, "name": "\0"},
    {
        "histogram": {
            "aggregation_temporality": _MOST,
            "data_points": [
                {
                    **_POINT,
                    **_STATISTICS,
                    "bucket_counts": _BUCKETS,
                    "explicit_bounds": [-math.inf, -0.0, 5e-324, math.nan],
                    "exemplars": [_EXEMPLAR],
                },
                {"count": 1},
            ],
        }
    },
    {
        "exponential_histogram": {
            "data_points": [
                {
                    **_POINT,
                    **_STATISTICS,
                    "scale": _LEAST,
                    "zero_count": _TOP_64,
                    "zero_threshold": -0.0,
                    "positive": {"offset": _LEAST, "bucket_counts": _BUCKETS},
                    "negative": {"offset": _MOST},
                    "exemplars": [_EXEMPLAR],
                },
                {"negative": {"bucket_counts": [0]}},
                {},
            ]
        }
    },
    {
        "summary": {
            "data_points": [
                {**_POINT, "count": _TOP_64, "sum": -0.0, "quantile_values": [{"quantile": 1.0, "value": -0.0}, {}]},
                {"sum": math.nan},
            ]
        }
    },
]


@each_kernel
@pytest.mark.parametrize("metric", _EXTREMES, ids=[next(iter(metric)) for metric in _EXTREMES])
def test_the_extremes_of_every_field_survive(kernel: Kernel, metric: dict[str, Any]) -> None:
    """Largest and smallest numbers, the sign of zero, zero against absent, and unknown enumerations stay."""
    message = _request({"name": "m", **metric})

    back = _round(kernel, message)

    assert normalise(back) == normalise(message)
    [part] = back.resource_metrics[0].scope_metrics
    assert len(part.metrics) == 1


@each_kernel
def test_each_kind_stands_in_its_columns(kernel: Kernel) -> None:
    """A metric's text stands once, a data point of any kind is one record, and exemplars name their record's row."""
    batch = _decode(kernel, _request(*({"name": str(place), **metric} for place, metric in enumerate(_EXTREMES))))

    metrics = batch.tables[Level.METRIC].to_pylist()
    assert [MetricKind(metric["kind"]) for metric in metrics] == list(MetricKind)
    assert [metric["scope"] for metric in metrics] == [0] * 5
    assert [metric["is_monotonic"] for metric in metrics] == [False, True, False, False, False]
    assert [metric["aggregation_temporality"] for metric in metrics] == [0, _LEAST, _MOST, 0, 0]
    assert [entry["key"] for entry in metrics[0]["attributes"]] == ["owner", "owner"]
    assert (metrics[0]["description"], metrics[0]["unit"]) == ("\0", "By")
    assert batch.column(Level.RECORD, "metric").to_pylist() == [0] * 7 + [1] * 7 + [2] * 2 + [3] * 3 + [4] * 2
    assert batch.column(Level.EXEMPLAR, "record").to_pylist() == [0, 0, 0, 7, 7, 7, 14, 16]


@each_kernel
def test_what_a_kind_does_not_have_is_null_zero_or_empty(kernel: Kernel) -> None:
    """The columns of other kinds say nothing, and are the same for any implementation."""
    summary = {"quantile_values": [{"quantile": 0.5, "value": 2.0}], "count": 3, "sum": 4.0}
    request = _request(
        {"gauge": {"data_points": [{"as_int": 7}]}},
        {"summary": {"data_points": [summary]}},
    )

    gauge, point = _decode(kernel, request).records.to_pylist()

    sent = {"resource", "scope", "metric", "attributes", "start_time_unix_nano", "time_unix_nano", "flags"}
    measured = {name: value for name, value in gauge.items() if name not in sent and not name.startswith("lift.")}
    assert measured == {
        "value_type": ValueType.INT,
        "value_double": None,
        "value_int": 7,
        "count": 0,
        "sum": None,
        "min": None,
        "max": None,
        "bucket_counts": [],
        "explicit_bounds": [],
        "scale": 0,
        "zero_count": 0,
        "zero_threshold": 0.0,
        "positive_offset": 0,
        "positive_bucket_counts": [],
        "negative_offset": 0,
        "negative_bucket_counts": [],
        "quantile_values": [],
    }
    assert {name: point[name] for name in summary} == summary
    assert (point["value_type"], point["value_int"], point["value_double"]) == (ValueType.EMPTY, None, None)


@each_kernel
def test_equal_metrics_are_stored_once_over_all_payloads(kernel: Kernel) -> None:
    """Metrics of one scope that differ in nothing but their points are one row; any difference makes another."""
    one: dict[str, Any] = {"name": "n", "unit": "1", "sum": {"data_points": [{"as_int": 1}]}}
    others = [
        {**one, "name": "o"},
        {**one, "description": "d"},
        {**one, "unit": "2"},
        {**one, "metadata": [_attribute("k", "v")]},
        {**one, "sum": {**one["sum"], "is_monotonic": True}},
        {**one, "sum": {**one["sum"], "aggregation_temporality": 2}},
        {**one, "sum": None, "gauge": one["sum"]},
    ]
    other_scope = export(Signal.METRICS, {"scope_metrics": [{"scope": {"name": "s"}, "metrics": [one]}]})

    batch = _decode(kernel, _request(one, one, *others), _request(one, *others), other_scope)

    assert batch.column(Level.RECORD, "metric").to_pylist() == [0, 0, *range(1, 8), 0, *range(1, 8), 8]
    assert batch.column(Level.METRIC, "scope").to_pylist() == [0] * 8 + [1]


@each_kernel
def test_a_metric_without_a_point_is_not_stored(kernel: Kernel) -> None:
    """Metrics without points, and of no kind, leave no row, nor does a context that has only such."""
    message = export(
        Signal.METRICS,
        {"scope_metrics": [{"metrics": [{"name": "n", "gauge": {}}, {"name": "o"}, {"histogram": {}}]}]},
    )

    batch = _decode(kernel, message)

    assert [table.num_rows for table in batch.tables.values()] == [0] * 5
    assert kernel.encode(batch) == b""


@each_kernel
def test_an_exemplars_ids_of_wrong_length_are_null(kernel: Kernel) -> None:
    """Ids are optional in an exemplar: one of wrong length becomes null and the exemplar stays."""
    ids: list[dict[str, bytes]] = [
        {"trace_id": b"t" * 16, "span_id": b"s" * 8},
        {"trace_id": b"t" * 15, "span_id": b"s" * 9},
        {},
    ]
    batch = _decode(kernel, _request({"gauge": {"data_points": [{"exemplars": ids}]}}))

    assert batch.column(Level.EXEMPLAR, "trace_id").to_pylist() == [b"t" * 16, None, None]
    assert batch.column(Level.EXEMPLAR, "span_id").to_pylist() == [b"s" * 8, None, None]


@each_kernel
def test_of_two_kinds_on_the_wire_the_last_counts(kernel: Kernel) -> None:
    """A metric that carries two kinds is of the later one, as protobuf has it of fields of which one may be set."""
    gauge = _request({"name": "n", "gauge": {"data_points": [{"as_int": 1}]}}).resource_metrics[0].scope_metrics[0]
    later = _request({"sum": {"data_points": [{"as_int": 2}, {"as_int": 3}]}}).resource_metrics[0].scope_metrics[0]
    merged = gauge.metrics[0].SerializeToString() + later.metrics[0].SerializeToString()
    part = b"\x12" + bytes([len(merged)]) + merged
    group = b"\x12" + bytes([len(part)]) + part
    payload = b"\x0a" + bytes([len(group)]) + group

    batch = kernel.decode(Signal.METRICS, [payload], RequestContext(), 0).batch

    assert batch.column(Level.RECORD, "value_int").to_pylist() == [2, 3]
    assert batch.column(Level.METRIC, "kind").to_pylist() == [MetricKind.SUM]
    assert batch.column(Level.METRIC, "name").to_pylist() == ["n"]


@each_kernel
def test_points_keep_their_order_and_their_metric(kernel: Kernel) -> None:
    """Encoding opens a metric where it changes, so order holds and there are no more than were sent."""
    sent = [
        {"name": name, "gauge": {"data_points": [{"as_int": number} for number in range(points)]}}
        for name, points in (("a", 2), ("b", 1), ("a", 1))
    ]

    back = _round(kernel, _request(*sent))

    [part] = back.resource_metrics[0].scope_metrics
    assert [(metric.name, len(metric.gauge.data_points)) for metric in part.metrics] == [("a", 2), ("b", 1), ("a", 1)]
