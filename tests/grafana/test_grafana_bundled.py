"""The dashboards that the ClickHouse plugin brings, over telemetry that a real gateway stored."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from gateways import HOST, Gateway, gateway
from grafana_bundled import ASKED, COLUMNS, VALUES
from grafana_queries import View, ask, expand, targets
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

END = datetime.now(UTC) + timedelta(minutes=10)
HOURS = View(END - timedelta(hours=3), END, 30)
KINDS = (SpanKind.SERVER, SpanKind.CLIENT, SpanKind.INTERNAL, SpanKind.PRODUCER, SpanKind.CONSUMER)

# A folder with the plugin's own files `otel-*.json`, where somebody has them: they are asked as they are.
GIVEN = Path(os.environ["GRAFANA_PLUGIN_DASHBOARDS"]) if "GRAFANA_PLUGIN_DASHBOARDS" in os.environ else None
BUNDLED = [json.loads(path.read_text("utf-8")) for path in sorted(GIVEN.glob("otel-*.json"))] if GIVEN else []


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run a gateway, send it traces over two services and log lines, and answer its SQL endpoint."""
    service = {"spool": {"segment_max_age": 0.05, "acknowledge": "stored"}}
    with gateway(tmp_path_factory.mktemp("bundled"), service=service) as running:
        send(running)
        yield running.ports["sql"]


def send(running: Gateway) -> None:
    """Send log lines, and spans of all kinds of a shop, each of which fails in a call of a bank, by the SDK."""
    url = f"http://{HOST}:{running.ports['http']}/v1"
    tracers, providers = {}, []
    for name in ("shop", "bank"):
        provider = TracerProvider(resource=Resource.create({"service.name": name, "service.namespace": "demo"}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{url}/traces")))
        tracers[name] = provider.get_tracer(name)
        providers.append(provider)
    for kind in KINDS:
        with (
            tracers["shop"].start_as_current_span("GET /pay", kind=kind) as span,
            tracers["bank"].start_as_current_span("charge", kind=SpanKind.SERVER),
        ):
            span.set_attribute("http.status_code", "503")
            span.set_status(Status(StatusCode.ERROR, "bank is away"))
    logs = LoggerProvider(resource=Resource.create({"service.name": "shop", "service.namespace": "demo"}))
    logs.add_log_record_processor(SimpleLogRecordProcessor(OTLPLogExporter(f"{url}/logs")))
    for text, number in (("ERROR", SeverityNumber.ERROR), ("INFO", SeverityNumber.INFO)):
        logs.get_logger("shop").emit(LogRecord(severity_text=text, severity_number=number, body="a payment orderId=7"))
    for provider in providers:
        provider.shutdown()
    logs.shutdown()


@pytest.mark.parametrize("values", VALUES, ids=["all", "chosen"])
@pytest.mark.parametrize("name", ASKED)
def test_what_they_ask_is_answered(name: str, values: Mapping[str, str | Sequence[str]], port: int) -> None:
    """Each query finds what the gateway stored, with all and with some values chosen."""
    answer = ask(port, expand(ASKED[name], HOURS, values))
    assert answer.rows


@pytest.mark.parametrize("table", COLUMNS)
def test_their_columns_have_their_types(table: str, port: int) -> None:
    """The columns that they read have the types of the Collector's exporter."""
    names = COLUMNS[table]
    assert ask(port, f"SELECT {', '.join(names)} FROM {table} LIMIT 0").columns == names


def test_what_they_say_is_right(port: int) -> None:
    """The calls between services, the failures and the levels are those that were sent."""
    values = VALUES[0]
    edges = ask(port, expand(ASKED["edges"], HOURS, values)).rows
    assert edges == [["shop-bank", "shop", "bank", f"{len(KINDS)} calls"]]
    failed = ask(port, expand(ASKED["top errors of a service"], HOURS, values)).rows
    assert {(row[0], row[1], row[2]) for row in failed} == {
        ("GET /pay", kind.name.capitalize(), "bank is away") for kind in KINDS
    }
    assert ask(port, expand(ASKED["levels"], HOURS, values)).rows == [["ERROR"], ["INFO"]]
    top = ask(port, expand(ASKED["top errors of logs"], HOURS, values)).rows
    assert [row[2] for row in top] == ["a payment orderId=…"]


@pytest.mark.skipif(not BUNDLED, reason="the plugin's own dashboards were not tried: it is in no package registry")
def test_their_own_files_run_unmodified(port: int) -> None:
    """Every panel's and variable's query of the plugin's files runs as it is written, and finds something."""
    several = {"service": ["shop", "bank"], "operation": "$__all", "level_filter": "$__all", "status": "$__all"}
    nothing: list[str] = []
    for dashboard in BUNDLED:
        asked = [(panel["title"], sql) for panel, sql in targets(dashboard)]
        asked += [(each["name"], each["query"]["rawSql"]) for each in variables(dashboard)]
        for title, sql in asked:
            values = {**several, "search": "", "min_duration": "", **({"service": "shop"} if "'${" in sql else {})}
            if not ask(port, expand(sql, HOURS, values)).rows:
                nothing.append(title)
    assert nothing in ([], ["Duration Distribution"]), "the heat map shows one span of 500"


def variables(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Answer the variables that a query fills."""
    return [each for each in dashboard["templating"]["list"] if each["type"] == "query"]
