"""The configuration of the receiver."""

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from otel_lift.pipeline import Services, Sink
from otel_lift.receivers import Receiver
from otel_lift.receivers.otlp import COMPONENT, OtlpConfig
from otel_lift.testing.sinks import RecordingSink

EXAMPLES = re.findall(
    r"```yaml\n(.*?)```", files("otel_lift.receivers.otlp").joinpath("README.md").read_text(), re.DOTALL
)


@pytest.mark.parametrize("example", EXAMPLES)
def test_readme_examples(example: str, tmp_path: Path) -> None:
    """Every configuration in the README makes a receiver."""
    config = COMPONENT.config.model_validate(yaml.safe_load(example)["receivers"]["otlp"])
    assert isinstance(COMPONENT.create(config, Services("otlp", tmp_path), RecordingSink()), Receiver)


def test_readme_has_an_example() -> None:
    """The README shows a configuration."""
    assert EXAMPLES


def test_recording_sink_is_a_sink() -> None:
    """The fake that is shipped keeps the contract."""
    assert isinstance(RecordingSink(), Sink)


def test_named_protocols_have_the_defaults() -> None:
    """A protocol without settings is served on OTLP's port of the loopback interface; one left out is not served."""
    config = OtlpConfig.model_validate(yaml.safe_load("protocols:\n  grpc:\n"))
    assert config.protocols.grpc is not None
    assert config.protocols.grpc.endpoint == "127.0.0.1:4317"
    assert config.protocols.http is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("30s", 30.0), ("1m30s", 90.0), ("2h", 7200.0), (1.5, 1.5), (3, 3.0)]
)
def test_durations(text: Any, seconds: float) -> None:
    """Durations read as the Collector writes them, or as seconds."""
    config = OtlpConfig.model_validate({"protocols": {"http": {"body_timeout": text}}})
    assert config.protocols.http is not None
    assert config.protocols.http.body_timeout == seconds


@pytest.mark.parametrize(
    ("protocols", "told"),
    [
        ({}, "at least one protocol"),
        ({"http": {"body_timeout": "soon"}}, "500ms"),
        ({"http": {"body_timeout": "1s2"}}, "500ms"),
        ({"http": {"body_timeout": 0}}, "greater than 0"),
        ({"http": {"endpoint": "4318"}}, "host:port"),
        ({"http": {"endpoint": "127.0.0.1:70000"}}, "host:port"),
        ({"grpc": {"endpoint": ":4317"}}, "0.0.0.0:4317"),
        ({"grpc": {"tls": {}}}, "Extra inputs are not permitted"),
        ({"http": {"traces_url_path": "v1/traces"}}, "pattern"),
        ({"http": {"traces_url_path": "/v1/logs"}}, "must differ"),
        ({"http": {"max_in_flight_size": 1000}}, "twice max_request_body_size"),
        ({"carrier_pigeon": {}}, "Extra inputs are not permitted"),
    ],
)
def test_mistakes(protocols: dict[str, Any], told: str) -> None:
    """A configuration that cannot be meant is refused with what would be right."""
    with pytest.raises(ValidationError, match=re.escape(told)):
        OtlpConfig.model_validate({"protocols": protocols})
