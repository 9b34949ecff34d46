"""`otel-lift redact --shadow` on the traffic of a real gateway."""

import json
import signal
import stat
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import EXECUTABLE
from gateways import Gateway, gateway, until
from otel_lift_redaction.commands import app
from otel_lift_redaction.shadow.request import FOLDER, REQUEST
from otlp_clients import PROTOBUF, post
from planted import any_of, found_in
from redact_samples import CANDIDATE, IBAN, KEY_MAIL, LIVE, MAIL, NEEDLES, PHONE
from typer.testing import CliRunner

from otel_lift.batch import Signal
from otel_lift.errors import ConfigError
from otel_lift.kernel.requests import REQUESTS
from otel_lift.synthetic import attributes_of, new_record


def _reports(data: Path) -> list[dict[str, Any]]:
    return [json.loads(file.read_bytes()) for file in (data / FOLDER).glob("*.json")]


def _failed(candidate: Path, config: Path) -> str:
    """Answer the message with which the command refuses."""
    arguments = ["--shadow", str(candidate), "--config", str(config), "--for", "1s"]
    error = CliRunner().invoke(app, arguments).exception
    assert isinstance(error, ConfigError)
    return str(error)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Run a gateway of two workers with the live rules."""
    folder = tmp_path_factory.mktemp("shadow")
    with gateway(folder, processors={"redaction": LIVE}, service={"workers": 2}) as made:
        yield made


def _request(number: int, of: Signal) -> bytes:
    request = REQUESTS[of]()
    group, _, record = new_record(request, of, number, time.time_ns())
    for key, text in (("note", f"call {PHONE}"), ("bank", IBAN), (f"of/{KEY_MAIL}", MAIL)):
        attributes_of(record).add(key=key).value.string_value = text
    attributes_of(group.resource).add(key="owner").value.string_value = PHONE
    payload: bytes = request.SerializeToString()
    return payload


def _rehearse(running: Gateway, *options: str) -> "subprocess.Popen[str]":
    file = running.file.with_name("candidate.yaml")
    file.write_text(yaml.safe_dump(CANDIDATE))
    command = [str(EXECUTABLE), "redact", "--shadow", str(file), "--config", str(running.file), "--format", "json"]
    return subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _send_until(running: Gateway, process: "subprocess.Popen[str]", done: Callable[[], bool]) -> None:
    """Send requests of all signals, and look for needles in the folder of the trial."""
    deadline = time.monotonic() + 90
    while not done():
        for of in Signal:
            try:
                post(running.ports["http"], f"/v1/{of}", _request(time.monotonic_ns() // 10**6, of), PROTOBUF)
            except OSError:
                continue  # a worker was just killed
        for file in (running.data / FOLDER).glob("*"):
            try:
                assert found_in(file.read_bytes(), NEEDLES) == set()
            except FileNotFoundError:
                continue
        assert time.monotonic() < deadline, (process.poll(), running.log.read_text())


def _counted(running: Gateway, before: int) -> bool:
    """Whether each signal has counts of more processes than `before`; each pipeline of a process reports for itself."""
    by_signal = Counter(of for one in _reports(running.data) for of in one["values"])
    return all(by_signal[of] > before for of in Signal)


def test_a_candidate_runs_beside_a_gateway(running: Gateway) -> None:
    """On live traffic of all signals, with workers that die: what would change until Ctrl-C, and no text anywhere."""
    process = _rehearse(running, "--for", "10m")
    folder = running.data / FOLDER
    until((folder / REQUEST).exists, "a request")
    assert stat.S_IMODE((folder / REQUEST).stat().st_mode) == 0o600
    assert "another candidate runs" in _failed(running.file.with_name("candidate.yaml"), running.file)
    _send_until(running, process, lambda: _counted(running, 0))
    before = max(Counter(of for one in _reports(running.data) for of in one["values"]).values())
    running.kill("ingest")
    _send_until(running, process, lambda: _counted(running, before))
    process.send_signal(signal.SIGINT)
    _send_until(running, process, lambda: process.poll() is not None)
    out, err = process.communicate()
    assert process.returncode == 0, err
    report = json.loads(out)
    kinds = [one["difference"] for one in report["differences"]]
    assert list(dict.fromkeys(kinds)) == ["only_live", "only_candidate", "other"]
    counted = {(one["difference"], one["signal"], one["level"], one["field"]): one for one in report["differences"]}
    for of in Signal:
        assert counted["only_live", of, "record", "bank"]["live"] == ["iban (mask)"]
        assert counted["only_candidate", of, "record", "note"]["candidate"] == ["phone (mask)"]
        assert counted["only_candidate", of, "resource", "owner"]["candidate"] == ["phone (mask)"]
        other = counted["other", of, "record", "of/[email]"]
        assert (other["live"], other["candidate"]) == (["email (mask)"], ["email (truncate)"])
    assert report["records"] >= 6
    assert report["values"]["logs"] > 0
    assert report["cpu"]["candidate_seconds"] > 0
    assert report["failures"] == {}
    assert found_in((out + err).encode(), NEEDLES) == set()
    assert [file.name for file in folder.iterdir()] == ["lock"]


def test_no_traffic_and_no_gateway_are_told(running: Gateway, tmp_path: Path) -> None:
    """Without a batch to look at, and without a gateway, the command says so and leaves nothing behind."""
    file = running.file.with_name("candidate.yaml")
    file.write_text("{}")
    quiet = _failed(file, running.file)
    assert "send traffic" in quiet
    nobody = Gateway(tmp_path, processors={"redaction": None})
    absent = _failed(file, nobody.file)
    assert "no gateway answers" in absent
    assert not (tmp_path / "data").exists()


def test_nothing_of_what_was_compared_is_written(running: Gateway) -> None:
    """The whole data folder and the log have no text that either of the configurations finds, but what live lets by."""
    hidden = {text: NEEDLES[text] for text in (MAIL, IBAN, KEY_MAIL)}
    until(lambda: running.spooled() == 0, "an empty spool")
    assert any_of(running.data, hidden) == {}
    assert found_in(running.log.read_bytes(), NEEDLES) == set()
