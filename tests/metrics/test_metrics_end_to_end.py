"""Metrics of real clients through the real gateway: counts and values in the tables of the real store."""

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
from clickhouse_engines import server_process, stream
from gateways import HOST, Gateway, gateway, query, until
from google.protobuf.json_format import MessageToDict
from kernels import export as export_request
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpExporter
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import AlwaysOnExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from otlp_clients import JSON, post

from otel_lift.batch import RequestContext, Signal
from otel_lift.kernel import decode
from otel_lift.store import Store
from otel_lift.store.schema import SchemaOptions
from otel_lift.store.schema.metrics import metrics
from otel_lift.tables import TimeWindow, to_tables

pytest_plugins = ["clickhouse_engines"]

SERVICE: dict[str, Any] = {"spool": {"segment_max_age": 0.05, "acknowledge": "stored"}}
TABLES = ("gauge", "sum", "histogram", "exponential_histogram", "summary")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Run a gateway that acknowledges when rows are stored, so that no test has to wait for them."""
    with gateway(tmp_path_factory.mktemp("metrics"), service=SERVICE) as made:
        yield made


def exporter(running: Gateway, transport: str) -> Any:
    """Make the SDK's exporter as a user would."""
    protocol, _, compressed = transport.partition(" ")
    if protocol == "grpc":
        return GrpcExporter(
            endpoint=f"http://{HOST}:{running.ports['grpc']}",
            compression=grpc.Compression.Gzip if compressed else None,
        )
    return HttpExporter(
        endpoint=f"http://{HOST}:{running.ports['http']}/v1/metrics",
        compression=Compression.Gzip if compressed else Compression.NoCompression,
    )


def measure(provider: MeterProvider) -> str:
    """Use every instrument of the API once, within a span; answers the span's trace id."""
    meter = provider.get_meter("checkout", "1.0", attributes={"team": "pay"})

    def observe(*values: float) -> Any:
        def callback(_: CallbackOptions) -> Sequence[Observation]:
            return [Observation(value, {"pool": f"p{place}"}) for place, value in enumerate(values)]

        return [callback]

    requests = meter.create_counter("requests", unit="1", description="requests served")
    open_carts = meter.create_up_down_counter("carts.open")
    temperature = meter.create_gauge("temperature", unit="Cel")
    latency = meter.create_histogram("latency", unit="ms", explicit_bucket_boundaries_advisory=[10, 100])
    size = meter.create_histogram("size", unit="By")
    meter.create_observable_counter("cpu.time", observe(12.5))
    meter.create_observable_up_down_counter("pool.used", observe(3, -4))
    meter.create_observable_gauge("queue", observe(7))
    with TracerProvider().get_tracer("checkout").start_as_current_span("pay") as span:
        requests.add(2, {"http.route": "/pay"})
        requests.add(3, {"http.route": "/pay"})
        requests.add(1, {"http.route": "/cart"})
        open_carts.add(5)
        open_carts.add(-7)
        temperature.set(21.5)
        for value in (5, 50, 500, 70):
            latency.record(value)
        for value in (1, 2, 4, 0):
            size.record(value)
        return format(span.get_span_context().trace_id, "032x")


@pytest.mark.parametrize("transport", ["grpc", "grpc gzip", "http", "http gzip"])
def test_every_instrument_of_the_python_sdk(running: Gateway, transport: str) -> None:
    """What all instruments of the SDK measured is stored with its values, attributes, kinds and exemplars."""
    service = f"shop-{uuid4().hex[:8]}"
    provider = MeterProvider(
        [PeriodicExportingMetricReader(exporter(running, transport))],
        Resource.create({"service.name": service}),
        AlwaysOnExemplarFilter(),
        views=[View(instrument_name="size", aggregation=ExponentialBucketHistogramAggregation())],
    )
    trace_id = measure(provider)
    provider.shutdown()

    def stored(kind: str, columns: str, order: str = "MetricName, toString(Attributes)") -> list[list[Any]]:
        sql = f"SELECT {columns} FROM otel.otel_metrics_{kind} WHERE ServiceName = '{service}' ORDER BY {order}"
        return query(running.ports["sql"], sql)

    assert stored("sum", "MetricName, Attributes, Value, IsMonotonic, AggregationTemporality, MetricUnit") == [
        ["carts.open", {}, -2, False, 2, ""],
        ["cpu.time", {"pool": "p0"}, 12.5, True, 2, ""],
        ["pool.used", {"pool": "p0"}, 3, False, 2, ""],
        ["pool.used", {"pool": "p1"}, -4, False, 2, ""],
        ["requests", {"http.route": "/cart"}, 1, True, 2, "1"],
        ["requests", {"http.route": "/pay"}, 5, True, 2, "1"],
    ]
    assert stored("gauge", "MetricName, Value, MetricUnit, abs(dateDiff('second', TimeUnix, now())) < 60") == [
        ["queue", 7, "", 1],
        ["temperature", 21.5, "Cel", 1],
    ]
    assert stored("histogram", "MetricName, Count, Sum, Min, Max, BucketCounts, ExplicitBounds") == [
        ["latency", 4, 625, 5, 500, [1, 2, 1], [10, 100]]
    ]
    ((count, total, least, most, zeros, scale, buckets),) = stored(
        "exponential_histogram", "Count, Sum, Min, Max, ZeroCount, Scale, arraySum(PositiveBucketCounts)"
    )
    assert (count, total, least, most, zeros, buckets) == (4, 7, 0, 4, 1, 3)
    assert scale > 0
    assert stored("summary", "count()", "1") == [[0]]
    ((description, scope, version, team, exemplars),) = stored(
        "sum",
        "any(MetricDescription), any(ScopeName), any(ScopeVersion), any(ScopeAttributes['team']), "
        "groupUniqArrayArrayIf(Exemplars.TraceId, MetricName = 'requests')",
        "1",
    )
    assert (scope, version, team) == ("checkout", "1.0", "pay")
    assert description in {"", "requests served"}
    assert exemplars == [trace_id]
    (values,) = stored("histogram", "arraySort(Exemplars.Value), length(Exemplars.TimeUnix) = length(Exemplars.Value)")
    assert set(values[0]) <= {5, 50, 70, 500}
    assert values[0]
    assert values[1] == 1


def some_metrics(service: str, now: int) -> Any:
    """Write a request with each kind of metric once, a summary too, which no SDK makes."""
    point = {"time_unix_nano": now, "start_time_unix_nano": now - 10**9}
    return export_request(
        Signal.METRICS,
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"string_value": service}}]},
            "scope_metrics": [
                {
                    "metrics": [
                        {"name": "m", "gauge": {"data_points": [{**point, "as_double": 0.5}]}},
                        {"name": "m", "sum": {"data_points": [{**point, "as_int": 3}, {**point, "as_int": 4}]}},
                        {"name": "m", "histogram": {"data_points": [{**point, "count": 1, "bucket_counts": [1]}]}},
                        {
                            "name": "m",
                            "exponential_histogram": {
                                "data_points": [{**point, "count": 2, "negative": {"offset": 1, "bucket_counts": [2]}}]
                            },
                        },
                        {
                            "name": "m",
                            "summary": {
                                "data_points": [
                                    {
                                        **point,
                                        "count": 9,
                                        "sum": 4.5,
                                        "quantile_values": [{"quantile": 0.5, "value": 2}],
                                    }
                                ]
                            },
                        },
                    ]
                }
            ],
        },
    )


def check(port: int, service: str) -> None:
    """Look for the rows of `some_metrics`, through a SQL endpoint."""

    def of(kind: str, columns: str) -> list[list[Any]]:
        return query(port, f"SELECT {columns} FROM otel.otel_metrics_{kind} WHERE ServiceName = '{service}' ORDER BY 1")

    assert of("gauge", "Value, dateDiff('second', StartTimeUnix, TimeUnix)") == [[0.5, 1]]
    assert of("sum", "Value, IsMonotonic") == [[3, False], [4, False]]
    assert of("histogram", "Count, BucketCounts") == [[1, [1]]]
    assert of("exponential_histogram", "Count, NegativeOffset, NegativeBucketCounts") == [[2, 1, [2]]]
    summary = of("summary", "Count, Sum, ValueAtQuantiles.Quantile, ValueAtQuantiles.Value")
    assert summary == [[9, 4.5, [0.5], [2]]]


@pytest.mark.parametrize("form", ["protobuf", "json"])
def test_all_kinds_over_http(running: Gateway, form: str) -> None:
    """Requests of all five kinds, in protobuf and in JSON, become rows of the five tables."""
    service = f"raw-{uuid4().hex[:8]}"
    request = some_metrics(service, time.time_ns())
    body, content_type = request.SerializeToString(), "application/x-protobuf"
    if form == "json":
        body, content_type = json.dumps(MessageToDict(request, use_integers_for_enums=True)).encode(), JSON

    reply = post(running.ports["http"], "/v1/metrics", body, content_type)

    assert (reply.status, reply.body) == (200, b"{}" if form == "json" else b"")
    check(running.ports["sql"], service)


def test_all_kinds_on_a_server(tmp_path: Path) -> None:
    """With a ClickHouse server as the store, the rows are in its tables."""
    with (
        server_process(tmp_path / "server", "--write") as port,
        gateway(tmp_path / "gateway", dsn=f"clickhouse://{HOST}:{port}/otel", service=SERVICE) as running,
    ):
        body = some_metrics("remote", time.time_ns()).SerializeToString()
        assert post(running.ports["http"], "/v1/metrics", body).status == 200
        check(port, "remote")


def test_tables_of_an_older_collector_take_the_rows(store: Store) -> None:
    """Tables that a Collector before 0.160 made, with times to the nanosecond, get the same rows."""
    for table in metrics(SchemaOptions(database=store.dsn.database)):
        (created,) = table.create(SchemaOptions(database=store.dsn.database))
        older = created.replace("Array(DateTime)", "Array(DateTime64(9))").replace(
            "DateTime CODEC(Delta(4)", "DateTime64(9) CODEC(Delta(8)"
        )
        older = older.replace("`MetricName` LowCardinality(String)", "`MetricName` String")
        assert older.count("DateTime64(9)") >= 2
        store.command(f"CREATE DATABASE IF NOT EXISTS {store.dsn.database} ENGINE = Atomic", use_database=False)
        store.command(older.replace("TTL TimeUnix", "TTL toDateTime(TimeUnix)"))
    now = time.time_ns()
    payload = some_metrics("older", now).SerializeToString()
    batch = decode(Signal.METRICS, [payload], RequestContext(), now).batch

    for table_rows in to_tables(batch, TimeWindow()):
        names = table_rows.rows.schema.names
        store.insert_stream(table_rows.table, names, stream([table_rows.rows]), f"token-{table_rows.table}")

    for kind in TABLES:
        (row,) = store.query(
            f"SELECT any(MetricName), count(), any(toUnixTimestamp64Nano(TimeUnix)) FROM otel_metrics_{kind}"
        ).rows
        assert tuple(row) == ("m", 2 if kind == "sum" else 1, now)


def test_points_are_counted(running: Gateway) -> None:
    """The gateway's own metrics tell how many data points it took."""
    before = running.total("records_received", signal="metrics")
    body = some_metrics("counted", time.time_ns()).SerializeToString()
    assert post(running.ports["http"], "/v1/metrics", body).status == 200
    until(lambda: running.total("records_received", signal="metrics") >= before + 6, "six points are counted")
