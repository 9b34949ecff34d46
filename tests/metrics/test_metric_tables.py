"""Metrics as rows of the Collector's tables."""

import io
import math
from typing import Any

import numpy as np
import privacy_rows as rows
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels import export

from otel_lift.batch import Batch, MetricKind, RequestContext, Signal
from otel_lift.kernel import decode
from otel_lift.store.schema.metrics import metrics as tables_of_schema
from otel_lift.store.schema.model import SchemaOptions
from otel_lift.tables import TimeWindow, to_tables
from otel_lift.testing.otlp import metrics_requests

_DAY = 86_400 * rows.SECOND
_NAMES = {kind: f"otel_metrics_{kind.name.lower()}" for kind in MetricKind}


def _attributes(**values: str) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"string_value": value}} for key, value in values.items()]


def _decoded(*metrics: dict[str, Any], **group: Any) -> Batch:
    message = export(Signal.METRICS, {"scope_metrics": [{"metrics": metrics, **group.pop("part", {})}], **group})
    return decode(Signal.METRICS, [message.SerializeToString()], RequestContext(), rows.NOW).batch


def _tables(batch: Batch) -> dict[str, list[dict[str, Any]]]:
    tables = {table.table: table.rows for table in to_tables(batch, TimeWindow())}
    for table in tables.values():
        table.validate(full=True)
    return {name: table.to_pylist() for name, table in tables.items()}


def _value(point: dict[str, Any]) -> dict[str, Any]:
    ((row,),) = _tables(_decoded({"gauge": {"data_points": [point]}})).values()
    return row


def test_each_kind_has_its_own_table() -> None:
    """One batch of all kinds becomes rows of five tables, each point in that of its kind with its metric's text."""
    number = {"time_unix_nano": rows.NOW, "as_int": 7}
    batch = _decoded(
        {"name": "queue", "gauge": {"data_points": [number, {**number, "as_int": 8}]}},
        {"name": "requests", "unit": "1", "sum": {"data_points": [number], "is_monotonic": True}},
        {"name": "latency", "description": "d", "histogram": {"data_points": [{"count": 1}]}},
        {"name": "size", "exponential_histogram": {"data_points": [{"count": 2}]}},
        {"name": "old", "summary": {"data_points": [{"count": 3}]}},
        {"name": "queue", "gauge": {"data_points": [{**number, "as_int": 9}]}},
    )

    tables = _tables(batch)

    assert list(tables) == list(_NAMES.values())
    assert [(row["MetricName"], row["Value"]) for row in tables["otel_metrics_gauge"]] == [
        ("queue", 7.0),
        ("queue", 8.0),
        ("queue", 9.0),
    ]
    assert [(row["MetricName"], row["MetricUnit"]) for row in tables["otel_metrics_sum"]] == [("requests", "1")]
    assert [(row["MetricName"], row["MetricDescription"]) for row in tables["otel_metrics_histogram"]] == [
        ("latency", "d")
    ]
    assert [row["Count"] for row in tables["otel_metrics_exponential_histogram"]] == [2]
    assert [row["Count"] for row in tables["otel_metrics_summary"]] == [3]


def test_a_sum_stands_in_the_collectors_columns() -> None:
    """A data point has its context, its times, its value, its exemplars and what its metric says."""
    exemplar = {
        "filtered_attributes": _attributes(b="2", a="1"),
        "time_unix_nano": rows.NOW - 1,
        "as_int": 3,
        "trace_id": b"t" * 16,
        "span_id": b"s" * 8,
    }
    point = {
        "attributes": _attributes(route="/notes", method="GET"),
        "start_time_unix_nano": rows.NOW - 400 * _DAY,
        "time_unix_nano": rows.NOW,
        "as_double": 2.5,
        "flags": 1,
        "exemplars": [exemplar, {}],
    }
    batch = _decoded(
        {
            "name": "requests",
            "description": "served",
            "unit": "1",
            "sum": {"data_points": [point], "aggregation_temporality": 2, "is_monotonic": True},
        },
        resource={"attributes": _attributes(**{"service.name": "shop"})},
        schema_url="r",
        part={
            "scope": {"name": "lib", "version": "1", "attributes": _attributes(k="v"), "dropped_attributes_count": 4},
            "schema_url": "s",
        },
    )

    ((row,),) = _tables(batch).values()

    assert row.pop("StartTimeUnix").value == rows.NOW - 400 * _DAY
    assert row.pop("TimeUnix").value == rows.NOW
    assert [time.value for time in row.pop("Exemplars.TimeUnix")] == [rows.NOW - 1, rows.NOW]
    assert row == {
        "ResourceAttributes": [("service.name", "shop")],
        "ResourceSchemaUrl": "r",
        "ScopeName": "lib",
        "ScopeVersion": "1",
        "ScopeAttributes": [("k", "v")],
        "ScopeDroppedAttrCount": 4,
        "ScopeSchemaUrl": "s",
        "ServiceName": "shop",
        "MetricName": "requests",
        "MetricDescription": "served",
        "MetricUnit": "1",
        "Attributes": [("method", "GET"), ("route", "/notes")],
        "Flags": 1,
        "Exemplars.FilteredAttributes": [[("a", "1"), ("b", "2")], []],
        "Exemplars.Value": [3.0, 0.0],
        "Exemplars.SpanId": [(b"s" * 8).hex(), ""],
        "Exemplars.TraceId": [(b"t" * 16).hex(), ""],
        "Value": 2.5,
        "AggregationTemporality": 2,
        "IsMonotonic": True,
    }


def test_histograms_and_summaries_keep_their_numbers() -> None:
    """Counts, bounds, buckets of both signs and quantiles stand in their columns; what was not sent is zero."""
    batch = _decoded(
        {
            "histogram": {
                "aggregation_temporality": 1,
                "data_points": [
                    {"count": 3, "sum": 1.5, "min": -1, "max": 2, "bucket_counts": [1, 2], "explicit_bounds": [0.5]},
                    {},
                ],
            }
        },
        {
            "exponential_histogram": {
                "data_points": [
                    {
                        "count": 2**63,
                        "scale": -3,
                        "zero_count": 5,
                        "positive": {"offset": -7, "bucket_counts": [1, 0, 2**63]},
                        "negative": {"offset": 7, "bucket_counts": [4]},
                    }
                ]
            }
        },
        {
            "summary": {
                "data_points": [
                    {"quantile_values": []},
                    {"count": 2, "sum": 8, "quantile_values": [{"quantile": 0.5, "value": 3}, {"quantile": 1}]},
                ]
            }
        },
    )

    first, second = _tables(batch)["otel_metrics_histogram"]
    ((exponential,), (none, summary)) = list(_tables(batch).values())[1:]

    measured = ("Count", "Sum", "Min", "Max", "BucketCounts", "ExplicitBounds", "AggregationTemporality")
    assert [first[name] for name in measured] == [3, 1.5, -1.0, 2.0, [1, 2], [0.5], 1]
    assert [second[name] for name in measured] == [0, 0.0, 0.0, 0.0, [], [], 1]
    assert (exponential["Count"], exponential["Scale"], exponential["ZeroCount"]) == (2**63, -3, 5)
    assert (exponential["PositiveOffset"], exponential["PositiveBucketCounts"]) == (-7, [1, 0, 2**63])
    assert (exponential["NegativeOffset"], exponential["NegativeBucketCounts"]) == (7, [4])
    assert (summary["Count"], summary["Sum"]) == (2, 8.0)
    assert (summary["ValueAtQuantiles.Quantile"], summary["ValueAtQuantiles.Value"]) == ([0.5, 1.0], [3.0, 0.0])
    assert none["ValueAtQuantiles.Quantile"] == none["ValueAtQuantiles.Value"] == []


def test_a_value_is_a_double_whatever_it_was() -> None:
    """Integers become doubles as in the Collector, also those that a double cannot hold; no value is zero."""
    assert _value({"as_int": 2**63 - 1})["Value"] == 2.0**63
    assert _value({"as_int": -5})["Value"] == -5.0
    assert _value({})["Value"] == 0.0
    assert math.isnan(_value({"as_double": math.nan})["Value"])


def test_times_outside_the_window_are_moved() -> None:
    """A point and an exemplar from long ago have the receive time, and keep what they claimed in an attribute."""
    long_ago = rows.NOW - 1000 * _DAY
    row = _value({"time_unix_nano": long_ago, "exemplars": [{"time_unix_nano": long_ago}]})

    assert row["TimeUnix"].value == rows.NOW
    assert row["Attributes"] == [("lift.time.original", str(long_ago))]
    assert [time.value for time in row["Exemplars.TimeUnix"]] == [rows.NOW]
    assert row["Exemplars.FilteredAttributes"] == [[("lift.time.original", str(long_ago))]]


def test_a_start_beyond_the_calendar_stays_a_time() -> None:
    """A start that no table can hold is the last second that one can."""
    assert _value({"start_time_unix_nano": 2**64 - 1})["StartTimeUnix"].value == (2**32 - 1) * rows.SECOND


def test_exemplars_stand_with_their_own_point() -> None:
    """Each row lists its own exemplars, whichever table it is in."""

    def points(*values: int) -> list[dict[str, Any]]:
        return [{"exemplars": [{"as_int": value} for value in range(size)]} for size in values]

    tables = _tables(
        _decoded({"gauge": {"data_points": points(2, 0, 1)}}, {"histogram": {"data_points": points(3, 0)}})
    )

    assert [row["Exemplars.Value"] for row in tables["otel_metrics_gauge"]] == [[0.0, 1.0], [], [0.0]]
    assert [row["Exemplars.Value"] for row in tables["otel_metrics_histogram"]] == [[0.0, 1.0, 2.0], []]


@settings(max_examples=100, deadline=None)
@given(message=metrics_requests())
def test_any_valid_metrics_have_a_row_each_in_the_schemas_columns(message: Any) -> None:
    """Of any request each point is one row, and the rows have exactly the columns of the store's tables."""
    batch = decode(Signal.METRICS, [message.SerializeToString()], RequestContext(), rows.NOW).batch
    schema = {table.name: {column.name for column in table.columns} for table in tables_of_schema(SchemaOptions())}

    tables = list(to_tables(batch, TimeWindow()))

    assert sum(table.rows.num_rows for table in tables) == len(batch)
    for table in tables:
        table.rows.validate(full=True)
        assert set(table.rows.schema.names) == schema[table.table]


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_what_dropped_points_said_is_nowhere_in_the_rows_bytes(data: st.DataObject) -> None:
    """Names, keys, metadata and exemplars of dropped points leave with them, dictionaries included."""
    needle = "dropped-with-its-point"
    labelled = _attributes(**{needle: needle})
    kind = data.draw(st.sampled_from(["gauge", "sum", "histogram"]))
    message = export(
        Signal.METRICS,
        {"scope_metrics": [{"metrics": [{"name": "kept", kind: {"data_points": [{"exemplars": [{}]}]}}]}]},
        {
            "resource": {"attributes": [*labelled, *_attributes(**{"service.name": needle})]},
            "scope_metrics": [
                {
                    "scope": {"name": needle, "attributes": labelled},
                    "metrics": [
                        {
                            "name": needle,
                            "description": needle,
                            "unit": needle,
                            "metadata": labelled,
                            kind: {
                                "data_points": [
                                    {"attributes": labelled, "exemplars": [{"filtered_attributes": labelled}]}
                                ]
                            },
                        }
                    ],
                }
            ],
        },
    )
    batch = decode(Signal.METRICS, [message.SerializeToString()], RequestContext(), rows.NOW).batch

    (table,) = to_tables(batch.filter(np.array([True, False])), TimeWindow())

    assert table.rows.num_rows == 1
    stream = io.BytesIO()
    with pa.ipc.new_stream(stream, table.rows.schema) as writer:
        writer.write_batch(table.rows)
    assert needle.encode() not in stream.getvalue()


def test_the_number_of_calls_does_not_grow_with_the_points() -> None:
    """Building the tables of 10,000 points takes as many Python calls as of 10."""
    point = {"attributes": _attributes(b="x", a="y"), "exemplars": [{"as_int": 1}], "as_int": 2}

    def batch(points: int) -> Batch:
        return _decoded({"gauge": {"data_points": [point] * points}}, {"histogram": {"data_points": [{}] * points}})

    small, large = batch(10), batch(10_000)
    # what a batch works out once is not counted
    to_tables(small, TimeWindow())
    to_tables(large, TimeWindow())

    assert rows.calls(lambda: to_tables(large, TimeWindow())) == rows.calls(lambda: to_tables(small, TimeWindow()))
