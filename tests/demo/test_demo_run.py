"""The whole demo, as a user starts it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import psutil
import pytest
from gateways import free_port

from otel_lift.config import load
from otel_lift.demo.folder import fresh_folder
from otel_lift.demo.ports import Ports
from otel_lift.demo.stage import CONFIG
from otel_lift.errors import ConfigError


@pytest.fixture
def environ() -> dict[str, str]:
    """Answer an environment in which the demo takes free ports."""
    numbers = [free_port() for _ in fields(Ports)]
    return {**os.environ, **Ports(*numbers).variables()}


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Answer a data folder; whatever still runs on it in the end is killed, and then the test fails."""
    folder = tmp_path / "data"
    yield folder
    left = running_on(folder)
    for process in left:
        process.kill()
    assert not left


def running_on(folder: Path) -> list[psutil.Process]:
    """Answer the processes whose arguments name something in a folder."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in argument for argument in process.info["cmdline"] or ())
    ]


def demo(data: Path, environ: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    """Start a demo without a terminal."""
    command = [sys.executable, "-m", "otel_lift", "demo", "--data", str(data), *arguments]
    return subprocess.Popen(
        command, env={**environ, "COLUMNS": "200"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_demo_ends_with_a_summary(data: Path, environ: dict[str, str]) -> None:
    """It ends by itself, everything acknowledged is stored, nothing planted is on the disk, and no process is left."""
    output, _ = (process := demo(data, environ, "--seconds", "8")).communicate(timeout=150)
    assert process.returncode == 0, output
    for signal_name in ("traces", "logs", "metrics"):
        row = re.search(rf"^\s*{signal_name}((?:\s+\d+){{4}})\s*$", output, re.MULTILINE)
        assert row, output
        sent, acknowledged, dropped, stored = map(int, row[1].split())
        assert sent == acknowledged == dropped + stored
        assert stored > 50
    assert re.search(r"dropped for consent +log records, analytics +[1-9]", output)
    assert re.search(r"redacted +email +[1-9]", output)
    assert re.search(r"planted personal strings found in the data folder: 0\b", output)
    assert re.search(r"[1-9]\d* strings looked for", output)
    assert "a new pseudonym key" in output
    assert len([line for line in (data / "keys" / "pseudonyms.keys").read_text().splitlines() if "20" in line]) >= 2
    assert "otel-lift query failures-by-event" in output


def test_interrupt_ends_with_the_same_summary(data: Path, environ: dict[str, str]) -> None:
    """Ctrl-C ends the visits, and the summary comes all the same."""
    process = demo(data, environ, "--seconds", "600")
    assert process.stdout is not None
    wait_for(process, "received")
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=150)
    assert process.returncode == 0, output
    assert "planted personal strings found in the data folder: 0" in output


def test_nothing_outlives_a_demo_that_is_killed(data: Path, environ: dict[str, str]) -> None:
    """Gateway and app end by themselves when the demo is killed."""
    process = demo(data, environ)
    wait_for(process, "ready:")
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 60
    while running_on(data) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not running_on(data)


def wait_for(process: "subprocess.Popen[str]", text: str) -> None:
    """Read a demo's output up to a line that holds `text`."""
    assert process.stdout is not None
    assert any(text in line for line in process.stdout), f"the demo ended without saying {text!r}"


def test_taken_port(data: Path, environ: dict[str, str]) -> None:
    """A port that is taken is named, with the variable that moves it, before anything starts."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        output, _ = (process := demo(data, {**environ, "OTEL_LIFT_DEMO_SQL_PORT": port})).communicate(timeout=60)
    assert process.returncode == 1
    assert f"port {port} is taken" in output
    assert "OTEL_LIFT_DEMO_SQL_PORT=" in output
    assert not data.exists()


def test_configuration_and_ports_agree(environ: dict[str, str]) -> None:
    """The gateway's configuration reads the same ports as the demo, by default the gateway's usual ones."""
    for ports in (Ports(), Ports.from_environment(environ)):
        config = load(CONFIG, ports.variables() if ports != Ports() else {})
        protocols = config.receivers["otlp"].config.protocols
        assert protocols.grpc.endpoint == ports.at("grpc")
        assert protocols.http.endpoint == ports.at("http")
        assert config.exporters["clickhouse"].config.sql_endpoint.endpoint == ports.at("sql")
        assert config.service.api is not None
        assert config.service.api.endpoint == ports.at("api")
        assert config.service.telemetry.metrics.endpoint == ports.at("metrics")
        assert config.service.health.endpoint == ports.at("health")
    assert Ports() == Ports(grpc=4317, http=4318, sql=8123, api=4319, metrics=8888, health=13133)


@pytest.mark.parametrize("text", ["", "many", "0", "65536"])
def test_port_that_is_none(text: str) -> None:
    """A variable that holds no port is refused by name."""
    with pytest.raises(ConfigError, match="OTEL_LIFT_DEMO_GRPC_PORT"):
        Ports.from_environment({"OTEL_LIFT_DEMO_GRPC_PORT": text})


def test_folder_is_made_anew(tmp_path: Path) -> None:
    """A folder of an earlier demo is emptied; one with anything else in it is left as it is, and refused."""
    folder = fresh_folder(tmp_path / "a" / "demo")
    (folder / "old").touch()
    fresh_folder(folder)
    assert not (folder / "old").exists()
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").touch()
    with pytest.raises(ConfigError, match="--data"):
        fresh_folder(mine)
    assert (mine / "thesis.txt").exists()
