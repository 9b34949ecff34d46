"""Questions 21 and 23 on rows written by hand, with answers computed by hand."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from query_rows import DAY, HOUR, MINUTE, NOON, ask, event, insert, shown
from query_twins import ask_tuples

from otel_lift.queries import find
from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply

METRICS = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"


def _metric(seconds: float, name: str, value: float, service: str = "otel-lift", **labels: str) -> dict[str, Any]:
    return {
        "TimeUnix": NOON + timedelta(seconds=seconds),
        "ServiceName": service,
        "MetricName": name,
        "Value": value,
        "Attributes": {"gateway": "g1", **labels},
    }


def _consent(person: str, category: str, seconds: float, *, granted: bool) -> dict[str, Any]:
    at = NOON + timedelta(seconds=seconds)
    entry = f"{person}{category}{seconds}{granted}"
    return {"entry": entry, "person": person, "category": category, "granted": granted, "event_time": at}


def _record(seconds: float, service: str, **attributes: str) -> dict[str, Any]:
    found = {f"lift.redaction.{name}": value for name, value in attributes.items()}
    at = NOON + timedelta(seconds=seconds)
    return {"Timestamp": at, "ServiceName": service, "LogAttributes": found}


def _span(seconds: float, service: str, **attributes: str) -> dict[str, Any]:
    row = _record(seconds, service, **attributes)
    row["SpanAttributes"] = row.pop("LogAttributes")
    return row


SUMS = [
    _metric(-90, "otel_lift_records_received", 50.0, signal="logs"),
    _metric(-75, "otel_lift_records_received", 70.0, signal="logs"),
    _metric(-61, "otel_lift_records_received", 6.0, signal="traces"),
    _metric(-60, "otel_lift_records_received", 30.0, signal="logs", gateway="g2"),
    _metric(-60, "otel_lift_records_received", 999.0, service="shop", signal="logs"),
    _metric(-90, "otel_lift_stage_seconds", 0.3, pipeline="logs", stage="redaction"),
    _metric(-75, "otel_lift_stage_seconds", 0.06, pipeline="logs", stage="redaction"),
    _metric(-75, "otel_lift_stage_cpu_seconds", 0.12, pipeline="logs", stage="redaction"),
    _metric(-60, "otel_lift_stage_seconds", 0.03, stage="decode"),
    _metric(-60, "otel_lift_export_retries", 2.0, exporter="main"),
    _metric(-75, "otel_lift_export_retries", 1.0, exporter="main"),
    _metric(-60, "otel_lift_export_retries", 7.0, exporter="main", gateway="g2"),
    _metric(-60, "otel_lift_exported_rows", 100.0, exporter="main", table="lift_events"),
    _metric(-2 * HOUR, "otel_lift_canary_leaks", 1.0, kind="email", form="plain"),
    _metric(-60, "otel_lift_consent_dropped", 4.0, kind="log", category="analytics"),
    _metric(-90, "otel_lift_consent_dropped", 1.0, kind="log", category="analytics"),
    _metric(-60, "otel_lift_consent_dropped", 2.0, kind="span", category="marketing"),
    _metric(-60, "otel_lift_consent_anonymised", 3.0, kind="log", category="essential"),
]
GAUGES = [
    _metric(-60, "otel_lift_spool_bytes", 100.0),
    _metric(-45, "otel_lift_spool_bytes", 300.0),
    _metric(-30, "otel_lift_spool_bytes", 200.0),
    _metric(-45, "otel_lift_spool_segments", 2.0),
    _metric(-30, "otel_lift_spool_oldest_seconds", 1.5),
    _metric(-30, "otel_lift_spool_bytes", 9.0, gateway="g0"),
    _metric(-30, "otel_lift_audit_pending", 9.0),
]
EVENTS = [
    *(
        event(-1, "page_load", service="web", receive_time=NOON + timedelta(seconds=lag - 1))
        for lag in [0.5] * 19 + [100]
    ),
    event(-1, "page_load", service="api", receive_time=NOON - timedelta(seconds=9), environment="prod"),
]
CONSENT = [
    _consent("ann", "analytics", -10, granted=True),
    _consent("ann", "analytics", -5, granted=False),
    _consent("bob", "analytics", -5, granted=True),
    _consent("bob", "analytics", -9, granted=False),
    _consent("cat", "analytics", -5, granted=True),
    _consent("cat", "analytics", -5, granted=False),
    _consent("cat", "marketing", -DAY, granted=True),
]
LOGS = [
    _record(-1, "web", rules="email", count="2"),
    _record(-2, "web", rules="email,phone", count="3"),
    _record(-3, "web"),
    _record(-2 * DAY, "web", rules="email", count="9"),
]
SPANS = [_span(-1, "api", rules="email", count="1"), _span(-1, "web", rules="card", count="1")]
AUDIT: tuple[tuple[int, str, str, str, dict[str, int], str], ...] = (
    (-60, "ann", "subject export", "p1", {"lift_events": 3, "otel_logs": 4}, "done"),
    (-30, "job:rights", "subject erase", "p2", {}, "failed"),
    (-10, "ann", "query", "", {"lift_events": 5}, "done"),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Open a store with the rows of this module."""
    with open_store(f"chdb://{tmp_path_factory.mktemp('pipeline')}/store") as store:
        apply(store, SchemaOptions())
        tables = {"otel_metrics_sum": SUMS, "otel_metrics_gauge": GAUGES, "lift_events": EVENTS}
        tables |= {"lift_consent": CONSENT, "otel_logs": LOGS, "otel_traces": SPANS}
        for table, rows in tables.items():
            insert(store, table, rows)
        for seconds, actor, action, person, rows_of, outcome in AUDIT:
            audit_rows = pa.array([list(rows_of.items())], pa.map_(pa.string(), pa.uint64()))
            told = {"actor": actor, "action": action, "person": person, "outcome": outcome, "gateway": "g1"}
            time = pa.array([NOON + timedelta(seconds=seconds)], pa.timestamp("ns", "UTC"))
            row = {"time": time, "rows": audit_rows, **{name: [value] for name, value in told.items()}}
            store.insert_rows("lift_audit", pa.RecordBatch.from_pydict(row), f"{seconds}")
        yield store


def test_the_ingestion_rate(store: Store) -> None:
    """Question 21: what all gateways took in, by bucket and signal; metrics of others do not count."""
    rows = ask(store, "ingestion-rate")
    assert shown(rows, *find("ingestion-rate").columns) == [
        (-120.0, "logs", 120, 2.0),
        (-120.0, "traces", 6, 0.1),
        (-60.0, "logs", 30, 0.5),
    ]
    assert shown(ask(store, "ingestion-rate", bucket=HOUR), "time", "records") == [(-3600.0, 150), (-3600.0, 6)]


def test_the_latency_of_processing(store: Store) -> None:
    """Question 21: what each stage took, by bucket, and by record that came in meanwhile, in microseconds."""
    rows = ask(store, "processing-latency")
    assert shown(rows, *find("processing-latency").columns) == [
        (-120.0, "logs", "redaction", 0.36, 0.12, 2857.14),
        (-60.0, "", "decode", 0.03, 0.0, 1000.0),
    ]


def test_failures_in_the_pipeline(store: Store) -> None:
    """Question 21: only counters of failures, added up by their labels, of the window."""
    labels = [{"exporter": "main", "gateway": gateway} for gateway in ("g2", "g1")]
    found = ask_tuples(store, "pipeline-health")
    assert [(name, json.loads(told), value) for name, told, value in found] == [
        ("otel_lift_export_retries", labels[0], 7),
        ("otel_lift_export_retries", labels[1], 3),
    ]
    assert [row[0] for row in ask_tuples(store, "pipeline-health", -3 * HOUR)][-1] == "otel_lift_canary_leaks"


@pytest.mark.parametrize(
    "name", ["ingestion-rate", "pipeline-health", "processing-latency", "spool-depth", "consent-drops"]
)
def test_the_metrics_asked_for_are_those_that_the_gateway_has(name: str) -> None:
    """Each name is on the page of the gateway's own metrics, which a test holds to the source."""
    lines = re.findall(r"^\| `(\w+)` \|", METRICS.read_text("utf-8"), re.MULTILINE)
    told = {one.removesuffix("_total") for one in lines}
    asked = set(re.findall(r"'(otel_lift_\w+)'", find(name).sql))
    assert asked
    assert asked <= told


def test_the_depth_of_spools(store: Store) -> None:
    """Question 21: the most of each bucket, by gateway."""
    rows = ask(store, "spool-depth")
    assert shown(rows, *find("spool-depth").columns) == [
        (-60.0, "g0", 9.0, 0.0, 0.0),
        (-60.0, "g1", 300.0, 2.0, 1.5),
    ]


def test_the_lag_of_events(store: Store) -> None:
    """Question 21: how long events took to arrive, by service; a clock that is ahead counts as no lag."""
    web, api = ask(store, "events-lag")
    assert (web["service"], web["events"], web["max_lag"]) == ("web", 20, 100.0)
    assert (web["p50"], web["p95"]) == (pytest.approx(0.5, rel=0.004), pytest.approx(0.5, rel=0.004))
    assert tuple(api.values()) == ("api", 1, 0.0, 0.0, 0.0)
    assert [row["service"] for row in ask(store, "events-lag", environment="prod")] == ["api"]


def test_the_latest_run_of_each_job(store: Store) -> None:
    """Question 21: how a job of a gateway went the last time, and its failures of the last 24 hours."""
    now = datetime.now(UTC).replace(microsecond=0)

    def run(job: str, gateway: str, hours_ago: float, error: str = "", failures: int = 0) -> dict[str, Any]:
        started = now - timedelta(hours=hours_ago)
        told = {"outcome": "failed" if error else "done", "error": error, "failures": failures, "took": 2.0}
        return {"job": job, "gateway": gateway, "started": started, "ended": started + timedelta(seconds=2), **told}

    runs = [
        run("refresh", "g1", 30, "StoreError", 5),
        run("refresh", "g1", 3, "StoreError", 2),
        run("refresh", "g1", 2, "StoreError", 1),
        run("refresh", "g1", 1),
        run("refresh", "g2", 40, "OSError", 1),
        run("archive", "g1", 5),
    ]
    insert(store, "lift_jobs", runs)
    hours = [now - timedelta(hours=hours) for hours in (5, 1, 40)]
    assert ask_tuples(store, "job-status") == [
        ("archive", "g1", "done", hours[0], hours[0] + timedelta(seconds=2), 2.0, "", 0),
        ("refresh", "g1", "done", hours[1], hours[1] + timedelta(seconds=2), 2.0, "", 3),
        ("refresh", "g2", "failed", hours[2], hours[2] + timedelta(seconds=2), 2.0, "OSError", 0),
    ]


def test_what_was_redacted(store: Store) -> None:
    """Question 23: records by rule and service; a record with two rules counts for each of them."""
    assert ask_tuples(store, "redactions", -DAY) == [
        ("email", "web", 2, 5),
        ("card", "web", 1, 1),
        ("email", "api", 1, 1),
        ("phone", "web", 1, 3),
    ]


def test_what_was_dropped_for_lack_of_consent(store: Store) -> None:
    """Question 23: by category, what was done, and to what."""
    assert ask_tuples(store, "consent-drops", -MINUTE * 2) == [
        ("analytics", "dropped", "log", 5),
        ("essential", "anonymised", "log", 3),
        ("marketing", "dropped", "span", 2),
    ]


def test_the_rights_of_persons(store: Store) -> None:
    """Question 23: exports and erasures, newest first, with their rows in all tables."""
    rows = ask(store, "rights")
    assert shown(rows, *find("rights").columns) == [
        (-30.0, "subject erase", "job:rights", "failed", 0),
        (-60.0, "subject export", "ann", "done", 7),
    ]


def test_the_audit_log(store: Store) -> None:
    """Question 23: who did what about whom, newest first, or one action only."""
    found = ask_tuples(store, "audit-log")
    assert [row[1:4] for row in found] == [
        ("ann", "query", ""),
        ("job:rights", "subject erase", "p2"),
        ("ann", "subject export", "p1"),
    ]
    assert [json.loads(row[4]) for row in found] == [{"lift_events": 5}, {}, {"lift_events": 3, "otel_logs": 4}]
    assert [row[2] for row in ask_tuples(store, "audit-log", action="query")] == ["query"]
    assert len(ask_tuples(store, "audit-log", limit=2)) == 2


def test_consent_as_it_stands(store: Store) -> None:
    """Question 23: persons by their latest answer, of which a denial counts where both came at once."""
    assert ask_tuples(store, "consent-state") == [("analytics", 1, 2), ("marketing", 1, 0)]
