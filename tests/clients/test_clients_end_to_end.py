"""Real clients against the real gateway: what their users do ends as rows that answer SQL."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
from gateways import HOST, Gateway, gateway, query
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpanExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

from otel_lift.semconv import ApiError, FeatureUsed, LiftEvent, to_attributes

JAVASCRIPT = Path(__file__).parent / "js"
EXAMPLES = Path(__file__).parents[3] / "shared" / "data" / "otlp-examples"
NETWORK = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Run a gateway that acknowledges when rows are stored, so that no test has to wait for them."""
    service = {"spool": {"segment_max_age": 0.05, "acknowledge": "stored"}}
    with gateway(tmp_path_factory.mktemp("clients"), service=service) as made:
        yield made


def rows(running: Gateway, sql: str) -> list[list[Any]]:
    """Ask the gateway's own SQL endpoint."""
    return query(running.ports["sql"], sql)


def exporters(running: Gateway, transport: str) -> tuple[Any, Any]:
    """Make the SDK's exporters of spans and log records as a user would."""
    protocol, _, compressed = transport.partition(" ")
    if protocol == "grpc":
        options: dict[str, Any] = {
            "endpoint": f"http://{HOST}:{running.ports['grpc']}",
            "compression": grpc.Compression.Gzip if compressed else None,
        }
        return GrpcSpanExporter(**options), GrpcLogExporter(**options)
    compression = Compression.Gzip if compressed else Compression.NoCompression
    url = f"http://{HOST}:{running.ports['http']}/v1"
    return (
        HttpSpanExporter(endpoint=f"{url}/traces", compression=compression),
        HttpLogExporter(endpoint=f"{url}/logs", compression=compression),
    )


def emit(provider: LoggerProvider, event: LiftEvent) -> None:
    """Emit a Lift event as a log record."""
    provider.get_logger("shop").emit(
        event_name=f"lift.{event.spec.name}",
        severity_number=SeverityNumber.ERROR,
        attributes=to_attributes(event),
    )


@pytest.mark.parametrize("transport", ["grpc", "grpc gzip", "http", "http gzip"])
def test_python_sdk(running: Gateway, transport: str) -> None:
    """Spans, log records and Lift events of the Python SDK, sent in batches, are stored whole and typed."""
    service = f"shop-{uuid4().hex[:8]}"
    resource = Resource.create({"service.name": service, "service.version": "2.0"})
    span_exporter, log_exporter = exporters(running, transport)
    tracers, loggers = TracerProvider(resource=resource), LoggerProvider(resource=resource)
    tracers.add_span_processor(BatchSpanProcessor(span_exporter))
    loggers.add_log_record_processor(BatchLogRecordProcessor(log_exporter))

    tracer = tracers.get_tracer("checkout", "1.0", attributes={"team": "pay"})
    parent = tracer.start_span("POST /pay", kind=SpanKind.SERVER, attributes={"http.route": "/pay", "items": [1, 2]})
    child = tracer.start_span("charge", context=set_span_in_context(parent))
    child.record_exception(ValueError("no card 7 for jane@example.org"))
    child.set_status(Status(StatusCode.ERROR, "charge failed"))
    child.end()
    parent.end()
    failed = tracer.start_span("GET /plan")
    timeout = to_attributes(ApiError(endpoint="/plan", status_code=504, user_id="ada"))
    failed.set_attributes({"lift.event": "api_error", **timeout})
    failed.end()
    loggers.get_logger("shop").emit(body={"state": "open", "carts": [1, "two"]}, severity_text="INFO")
    emit(loggers, ApiError(endpoint="/pay", method="POST", status_code=502, message="upstream 10 is away"))
    emit(loggers, FeatureUsed(feature="notes", action="edit", user_id="ada", consent_analytics=True, duration=2.5))
    emit(loggers, FeatureUsed(feature="notes", action="view", user_id="ada"))
    tracers.shutdown()
    loggers.shutdown()

    spans = rows(
        running,
        "SELECT SpanName, SpanKind, StatusCode, StatusMessage, ParentSpanId, ScopeName, SpanAttributes['items'], "
        f"Events.Attributes[1]['exception.message'] FROM otel.otel_traces WHERE ServiceName = '{service}' "
        "ORDER BY SpanName",
    )
    parent_id = format(parent.get_span_context().span_id, "016x")
    assert spans == [
        ["GET /plan", "Internal", "Unset", "", "", "checkout", "", ""],
        ["POST /pay", "Server", "Unset", "", "", "checkout", "[1,2]", ""],
        ["charge", "Internal", "Error", "charge failed", parent_id, "checkout", "", "no card 7 for [email]"],
    ]
    bodies = rows(
        running, f"SELECT Body, SeverityText FROM otel.otel_logs WHERE ServiceName = '{service}' AND EventName = ''"
    )
    assert bodies == [['{"state":"open","carts":[1,"two"]}', "INFO"]]
    events = rows(
        running,
        "SELECT event, endpoint, method, status, message, feature, action, consent, empty(subject) "
        f"FROM otel.lift_events WHERE service = '{service}' ORDER BY event, endpoint",
    )
    assert events == [
        ["api_error", "/pay", "POST", 502, "upstream 10 is away", "", "", "not_required", 1],
        ["api_error", "/plan", "", 504, "", "", "", "denied", 1],
        ["feature_used", "", "", 0, "", "notes", "edit", "granted_by_record", 0],
    ]


@pytest.fixture(scope="module")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the JavaScript SDK from the lock file, once for each state of it; answers the folder of the client."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed, so the JavaScript SDK was not tried")
    lock = (JAVASCRIPT / "package-lock.json").read_bytes()
    installed = Path(sys.prefix) / "cache" / f"javascript-client-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not installed.exists():
        draft = tmp_path_factory.mktemp("npm") / "client"
        shutil.copytree(JAVASCRIPT, draft)
        done = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=draft,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        if done.returncode and any(code in done.stderr for code in NETWORK):
            pytest.skip("no package registry can be reached, so the JavaScript SDK was not tried")
        assert done.returncode == 0, done.stderr
        installed.parent.mkdir(exist_ok=True)
        try:
            moved = shutil.move(draft, f"{installed}.{os.getpid()}")
            Path(moved).rename(installed)
        except OSError:
            assert installed.exists()  # another worker was first
    return installed / "node_modules"


@pytest.mark.parametrize("transport", ["proto", "http", "grpc"])
def test_javascript_sdk(running: Gateway, node_modules: Path, transport: str) -> None:
    """Spans and log records of the JavaScript SDK are stored, over each of its exporters."""
    mark = uuid4().hex[:8]
    port = running.ports["grpc"] if transport == "grpc" else running.ports["http"]
    done = subprocess.run(
        ["node", str(JAVASCRIPT / "send.js"), transport, str(port), mark],
        env={**os.environ, "NODE_PATH": str(node_modules)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    spans = rows(
        running,
        "SELECT SpanName, SpanKind, StatusCode, SpanAttributes['mark'], Events.Attributes[1]['exception.message'] "
        f"FROM otel.otel_traces WHERE ServiceName = 'shop-{mark}' ORDER BY SpanName",
    )
    assert spans == [
        ["GET /cart", "Server", "Error", mark, "no cart of [email]"],
        # of somebody who was not asked: anonymous
        ["POST /cart", "Internal", "Unset", "", ""],
    ]
    events = rows(running, f"SELECT event, endpoint, status FROM otel.lift_events WHERE service = 'shop-{mark}'")
    bodies = rows(running, f"SELECT Body FROM otel.otel_logs WHERE ServiceName = 'shop-{mark}'")
    assert events == [["api_error", "/cart", 500]]
    assert bodies == [['{"message":"no cart","tries":[1,"two"]}']]


def test_the_lock_file_names_no_registry() -> None:
    """The lock file has a hash for each package and no address, so that anybody's registry serves."""
    lock = json.loads((JAVASCRIPT / "package-lock.json").read_text("utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert all(
        package["integrity"].startswith("sha512-") and "resolved" not in package for package in packages.values()
    )


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the OTLP JSON examples are not beside the checkout; left out")
def test_the_protocols_own_examples(running: Gateway) -> None:
    """The examples of OTLP JSON, posted with curl, end as rows."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed, so the examples were not posted")

    def post(name: str, path: str) -> tuple[str, str]:
        done = subprocess.run(
            [
                *("curl", "-sS", "-w", "\n%{http_code}", "-H", "Content-Type: application/json"),
                *("--data-binary", f"@{EXAMPLES / name}", f"http://{HOST}:{running.ports['http']}{path}"),
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        body, _, status = done.stdout.rpartition("\n")
        return status, body

    assert post("trace.json", "/v1/traces") == ("200", "{}")
    assert post("logs.json", "/v1/logs") == ("200", "{}")
    assert post("events.json", "/v1/logs") == ("200", "{}")
    assert post("metrics.json", "/v1/metrics") == ("200", "{}")

    # they are of 2018: stored under the time of receipt, beside what they claim
    spans = rows(
        running,
        "SELECT SpanName, TraceId, SpanId, ParentSpanId, SpanKind, Duration, SpanAttributes['my.span.attr'], "
        "SpanAttributes['lift.time.original'] FROM otel.otel_traces WHERE ServiceName = 'my.service'",
    )
    assert spans == [
        [
            "I'm a server span",
            "5b8efff798038103d269b633813fc60c",
            "eee19b7ec3c1b174",
            "eee19b7ec3c1b173",
            "Server",
            1_000_000_000,
            "some value",
            "1544712660000000000",
        ]
    ]
    logs = rows(
        running,
        "SELECT EventName, SeverityText, SeverityNumber, ScopeName, Body, LogAttributes['map.attribute'], "
        "LogAttributes['double.attribute'] FROM otel.otel_logs WHERE ServiceName = 'my.service' ORDER BY EventName",
    )
    assert [row[:4] for row in logs] == [
        ["", "Information", 10, "my.library"],
        ["browser.page_view", "test severity text", 9, "my.library"],
    ]
    kinds = {"sum": "Value", "gauge": "Value", "histogram": "Count"}
    asked = (
        f"SELECT MetricName, toString({column}) FROM otel.otel_metrics_{kind} WHERE ServiceName = 'my.service'"
        for kind, column in kinds.items()
    )
    points = rows(running, " UNION ALL ".join(asked))
    assert sorted(points) == [["my.counter", "5"], ["my.gauge", "10"], ["my.histogram", "2"]]
    assert logs[0][4:] == ["Example log record", '{"some.map.key":"some value"}', "637.704"]
    assert json.loads(logs[1][4])["title"] == "Free Online GUID Generator"
