"""A receiver on real sockets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from otlp_clients import Serve, Served

from otel_lift.pipeline import Meter, NullMeter, Services
from otel_lift.receivers.otlp import COMPONENT
from otel_lift.receivers.otlp.receiver import OtlpReceiver
from otel_lift.testing.sinks import RecordingSink


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start receivers on free ports: ``serve(grpc={...}, http={...}, sink=..., shares_ports=..., meter=...)``."""
    running: list[Served] = []

    def start(
        grpc: dict[str, Any] | None = None,
        http: dict[str, Any] | None = None,
        sink: RecordingSink | None = None,
        shares_ports: bool = False,
        meter: Meter | None = None,
    ) -> Served:
        protocols = {
            "grpc": {"endpoint": "127.0.0.1:0", **(grpc or {})},
            "http": {"endpoint": "127.0.0.1:0", **(http or {})},
        }
        config = COMPONENT.config.model_validate({"protocols": protocols})
        sink = sink or RecordingSink()
        services = Services("otlp", tmp_path, meter or NullMeter(), shares_ports=shares_ports)
        receiver = OtlpReceiver(config, services, sink)  # type: ignore[arg-type]  # its own model, by its declaration
        receiver.start()
        running.append(Served(receiver, sink))
        return running[-1]

    yield start
    for served in running:
        served.close()


@pytest.fixture
def served(serve: Serve) -> Served:
    """Start a receiver with the defaults, on free ports."""
    return serve()
