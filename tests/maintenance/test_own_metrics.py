"""The gateway's own metrics as rows of its store, of a real gateway."""

import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

from command_line import gateway_file
from gateways import HOST, Gateway, gateway, query, until
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from otel_lift.config import load
from otel_lift.jobs import JobContext, OpenStore
from otel_lift.jobs.exports import IdleExports
from otel_lift.pipeline import NullMeter
from otel_lift.store import Dsn, Store
from otel_lift.store.schema import SchemaOptions
from otel_lift.tenants import DEFAULT_TENANT

OWN = {"maintenance": {"metrics_interval": 0.3}}


def _send(running: Gateway, records: int) -> None:
    request = ExportLogsServiceRequest()
    logs = request.resource_logs.add().scope_logs.add()
    for _ in range(records):
        logs.log_records.add(severity_number=9)
    url = f"http://{HOST}:{running.ports['http']}/v1/logs"
    post = urllib.request.Request(url, request.SerializeToString(), {"Content-Type": "application/x-protobuf"})
    with urllib.request.urlopen(post, timeout=30) as answer:
        assert answer.status == 200


def _asked(running: Gateway, sql: str) -> list[list[Any]]:
    try:
        return query(running.ports["sql"], sql)
    except (OSError, RuntimeError):
        return []  # the store is not open yet


def _received(running: Gateway) -> float:
    sql = "SELECT sum(Value) FROM otel.otel_metrics_sum WHERE MetricName = 'otel_lift_records_received'"
    rows = _asked(running, sql)
    return float(rows[0][0]) if rows else 0.0


def test_what_all_processes_count_is_in_the_store_once(tmp_path: Path) -> None:
    """What ingest counted is there, and no more of it after the store process, or the whole gateway, starts again."""
    with gateway(tmp_path, service=OWN) as running:
        _send(running, 7)
        until(lambda: _received(running) == 7, "what ingest counted is there")
        own = "ServiceName = 'otel-lift'"
        (label,) = _asked(running, f"SELECT DISTINCT Attributes['gateway'] FROM otel.otel_metrics_sum WHERE {own}")
        assert label == [(running.data / "gateway").read_text().strip()]
        assert _asked(
            running,
            f"SELECT DISTINCT AggregationTemporality, IsMonotonic, Value > 0, TimeUnix >= StartTimeUnix "
            f"FROM otel.otel_metrics_sum WHERE {own}",
        ) == [[1, True, 1, 1]]
        gauges = "SELECT count() FROM otel.otel_metrics_gauge WHERE MetricName = 'otel_lift_spool_bytes'"
        until(lambda: _asked(running, gauges)[0][0] > 0, "gauges are there")
        running.kill("store")
        _send(running, 4)
        until(lambda: _received(running) == 11, "only what is new was added after a crash")
        assert running.terminate() == 0
        running.start()
        _send(running, 2)
        until(lambda: _received(running) == 13, "the counters that began again with the gateway were added")
        assert running.terminate() == 0


def test_of_several_tenants_the_default_one_is_told(tmp_path: Path) -> None:
    """What the gateway says of itself goes to the default tenant's stores, or to those of the only tenant."""
    context = JobContext(
        load(gateway_file(tmp_path)), tmp_path, "g", (), IdleExports(tmp_path), lambda: None, NullMeter()
    )
    store, options = Store(Dsn.parse("clickhouse://127.0.0.1:1/otel")), SchemaOptions()
    default, acme, other = (
        OpenStore(name, store, options, tenant)
        for name, tenant in (("own", DEFAULT_TENANT), ("acme", "acme"), ("other", "other"))
    )
    assert replace(context, stores=(acme, default, other)).own_stores == (default,)
    assert replace(context, stores=(acme,)).own_stores == (acme,)
    assert replace(context, stores=(acme, other)).own_stores == ()
