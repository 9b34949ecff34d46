"""The app: its telemetry, through the real SDK, at a real receiver."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otel_lift.batch import Signal
from otel_lift.demo.app import make_app
from otel_lift.demo.telemetry import Telemetry
from otel_lift.demo.visits import Visit, visits
from otel_lift.pipeline import Services
from otel_lift.receivers.otlp import OtlpConfig
from otel_lift.receivers.otlp.receiver import OtlpReceiver
from otel_lift.semconv import from_attributes
from otel_lift.testing.sinks import RecordingSink

HOUR = 3_600_000_000_000


class Received:
    """What visits have left at the receiver: logs, spans and span events as (name, attributes, time), and data points.

    A data point is (name, attributes, attributes of its exemplars).
    """

    def __init__(self, sink: RecordingSink, visited: list[Visit], counts: dict[str, dict[str, int]]) -> None:
        self.visited = visited
        self.counts = counts
        self.bytes = b"".join(request.payload for request in sink.requests)
        self.logs: list[tuple[str, dict[str, Any], int]] = []
        self.spans: list[tuple[str, dict[str, Any], int]] = []
        self.span_events: list[tuple[str, dict[str, Any], int]] = []
        self.points: list[tuple[str, dict[str, Any], list[dict[str, Any]]]] = []
        for request in sink.requests:
            if request.signal is Signal.LOGS:
                self._add_logs(ExportLogsServiceRequest.FromString(request.payload))
            elif request.signal is Signal.METRICS:
                self._add_points(ExportMetricsServiceRequest.FromString(request.payload))
            else:
                self._add_spans(ExportTraceServiceRequest.FromString(request.payload))

    def _add_logs(self, request: ExportLogsServiceRequest) -> None:
        for resource in request.resource_logs:
            for scope in resource.scope_logs:
                self.logs += [(log.event_name, plain(log.attributes), log.time_unix_nano) for log in scope.log_records]

    def _add_spans(self, request: ExportTraceServiceRequest) -> None:
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.spans.append((span.name, plain(span.attributes), span.start_time_unix_nano))
                    self.span_events += [(one.name, plain(one.attributes), one.time_unix_nano) for one in span.events]

    def _add_points(self, request: ExportMetricsServiceRequest) -> None:
        for resource in request.resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    kind = metric.WhichOneof("data")
                    assert kind is not None
                    for point in getattr(metric, kind).data_points:
                        examples = [plain(exemplar.filtered_attributes) for exemplar in point.exemplars]
                        self.points.append((metric.name, plain(point.attributes), examples))

    @property
    def lift_events(self) -> list[tuple[str, dict[str, Any]]]:
        """All Lift events, bare name and attributes, whichever way they came."""
        marked = [
            (attributes["lift.event"], attributes)
            for _, attributes, _ in self.spans + self.span_events
            if "lift.event" in attributes
        ]
        return [(name.removeprefix("lift."), attributes) for name, attributes, _ in self.logs if name] + marked


def plain(attributes: Any) -> dict[str, Any]:
    """Answer attributes as plain values; arrays are tuples."""
    values = {}
    for attribute in attributes:
        kind = attribute.value.WhichOneof("value")
        values[attribute.key] = getattr(attribute.value, kind)
    return values


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Received]:
    """Let 25 visitors visit an app, without their pauses."""
    sink = RecordingSink()
    endpoints = {protocol: {"endpoint": "127.0.0.1:0"} for protocol in ("grpc", "http")}
    config = OtlpConfig.model_validate({"protocols": endpoints})
    folder: Path = tmp_path_factory.mktemp("receiver")
    receiver = OtlpReceiver(config, Services("otlp", folder), sink)
    receiver.start()
    telemetry = Telemetry(f"127.0.0.1:{receiver.ports['grpc']}", f"127.0.0.1:{receiver.ports['http']}")
    stream = visits(3)
    visited = [next(stream) for _ in range(25)]
    asyncio.run(visit_all(telemetry, visited))
    telemetry.flush()
    yield Received(sink, visited, telemetry.counts())
    telemetry.close()
    receiver.stop(1)


async def visit_all(telemetry: Telemetry, visited: list[Visit]) -> None:
    """Send all requests to the app, those of a visit in order."""
    transport = httpx.ASGITransport(app=make_app(telemetry))
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:

        async def go(one: Visit) -> None:
            for step in one.steps:
                if not step.beacon:
                    body = step.body or None
                    await client.request(step.method, step.path, json=body, headers=one.headers(step))

        await asyncio.gather(*(go(one) for one in visited))


def test_all_is_acknowledged(received: Received) -> None:
    """The app's own count of what it sent and what was acknowledged is what the receiver got."""
    assert received.counts == {
        "traces": {"sent": len(received.spans), "acknowledged": len(received.spans)},
        "logs": {"sent": len(received.logs), "acknowledged": len(received.logs)},
        "metrics": {"sent": len(received.points), "acknowledged": len(received.points)},
    }
    assert len(received.spans) >= sum(not step.beacon for one in received.visited for step in one.steps)


def test_metrics(received: Received) -> None:
    """The app counts sign-ins and payments, with who it was in the exemplars of the one and a card in the other."""
    names = {name for name, _, _ in received.points}
    assert {"sign_ins", "payments"} < names
    assert any(name.startswith("http.server") for name in names)
    emails = {
        example["user.email"]
        for name, attributes, examples in received.points
        if name == "sign_ins" and attributes.keys() == {"outcome"}
        for example in examples
    }
    assert emails & {secret for one in received.visited for secret in one.person.secrets}


def test_event_names(received: Received) -> None:
    """The app's day holds failures of every kind that the demo is about, as logs, spans and span events."""
    assert {
        "auth_error",
        "user_login",
        "user_consent_update",
        "payment_error",
        "notification_failure",
        "client_error",
        "user_error",
        "ai_interaction",
        "feature_used",
        "navigation",
    } <= {name.removeprefix("lift.") for name, _, _ in received.logs}
    assert {"api_response_time", "api_timeout", "api_error", "feature_used"} <= {
        attributes.get("lift.event") for _, attributes, _ in received.spans
    }
    assert {"stripe_checkout_error", "db_error", "ai_failure", "feature_used"} <= {
        attributes.get("lift.event") for _, attributes, _ in received.span_events
    }


def test_events_fit_the_conventions(received: Received) -> None:
    """Every Lift event can be read back as its model."""
    for name, attributes in received.lift_events:
        assert from_attributes(name, attributes).spec.name == name


def test_consent_travels_with_telemetry(received: Received) -> None:
    """Who agreed to nothing sends no consent at all, and Sec-GPC denies what a cookie grants."""
    said = {
        attributes["user.id"]: {key: value for key, value in attributes.items() if key.startswith("lift.consent.")}
        for name, attributes, _ in received.spans
        if attributes.get("http.route") == "/pages"
    }
    for one in received.visited:
        consent = said[one.person.user_id]
        assert bool(consent) == one.consented
        assert not one.consented or consent["lift.consent.analytics"] is not one.gpc


def test_late_and_duplicate_events(received: Received) -> None:
    """Events of a phone that was offline come hours late, and twice."""
    now = max(time for _, _, time in received.logs)
    late = Counter(attributes["lift.event_id"] for _, attributes, time in received.logs if time < now - HOUR // 2)
    assert late
    assert set(late.values()) == {2}


def test_personal_data_are_really_sent(received: Received) -> None:
    """The app's telemetry holds the planted strings of every kind, so that a search that finds none means something."""
    kinds = zip(*(one.person.secrets for one in received.visited), strict=True)
    assert all(any(secret.encode() in received.bytes for secret in kind) for kind in kinds)


def test_demo_endpoints_leave_no_span(received: Received) -> None:
    """What the demo asks of the app for itself is not part of the app's telemetry."""
    assert not any("/demo/" in name for name, _, _ in received.spans)
