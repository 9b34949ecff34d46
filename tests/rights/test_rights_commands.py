"""`otel-lift subject` as people run it, and what it hands out."""

import json
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rights_support import RING, Place, files_holding, place
from typer.testing import CliRunner, Result

from otel_lift.cli.app import app
from otel_lift.errors import ConfigError

ALICE, BOB = "alice@example.test", "customer-bob-77"
NOW = int(time.time())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Fill a store with rows of two people, and let go of it: commands open it themselves."""
    with place(tmp_path, f"chdb://{tmp_path}/store") as made:
        _fill(made)
    return made.file


def _run(*arguments: str | Path, typed: str | None = None) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, [str(one) for one in ("subject", *arguments)], input=typed)


def _fill(made: Place) -> None:
    mine, theirs = RING.subject(ALICE), RING.subject(BOB)
    made.insert("otel_logs", [
        {"Timestamp": NOW, "Body": 'ü\n"', "LogAttributes": {"lift.subject": who, "k": "v"}}
        for who in (mine, mine, theirs)
    ])  # fmt: skip
    made.insert("otel_metrics_gauge", [{"TimeUnix": NOW, "Value": 1.5, "Attributes": {"user.id": mine}}])
    made.insert("lift_consent", [
        {"entry": "0" * 32, "person": RING.person(ALICE), "category": "analytics", "granted": 1, "event_time": NOW},
    ])  # fmt: skip


def test_all_that_is_stored_of_a_person_is_handed_out_and_can_be_read_again(file: Path, tmp_path: Path) -> None:
    """JSON Lines and Parquet hold the same rows, typed, of telemetry and of consent, and none of another person."""
    for form in ("jsonl", "parquet"):
        done = _run("export", ALICE, "-c", file, "-f", form, "-o", tmp_path / form)
        assert done.exit_code == 0, done.stderr
    logs = pq.read_table(tmp_path / "parquet" / "clickhouse.otel_logs.parquet")
    lines = [json.loads(line) for line in (tmp_path / "jsonl" / "clickhouse.otel_logs.jsonl").read_text().splitlines()]
    assert logs.num_rows == len(lines) == 2
    assert logs["Body"].to_pylist() == [line["Body"] for line in lines] == ['ü\n"'] * 2
    assert {line["LogAttributes"]["lift.subject"] for line in lines} == {RING.subject(ALICE)}
    assert str(logs.schema.field("Timestamp").type).startswith("timestamp[ns")
    assert lines[0]["SeverityNumber"] == 0
    (point,) = (tmp_path / "jsonl" / "clickhouse.otel_metrics_gauge.jsonl").read_text().splitlines()
    assert json.loads(point)["Value"] == 1.5
    (consent,) = (tmp_path / "jsonl" / "clickhouse.lift_consent.jsonl").read_text().splitlines()
    assert json.loads(consent)["granted"] is True
    # the first export is in the audit log when the second is made
    assert (tmp_path / "parquet" / "clickhouse.lift_audit.parquet").exists()
    printed = _run("export", ALICE, "-c", file, "-o", "-")
    assert {json.loads(line)["table"] for line in printed.stdout.splitlines()} >= {"otel_logs", "lift_consent"}


def test_an_erasure_by_command_is_verified_and_recorded(file: Path, tmp_path: Path) -> None:
    """Erase, verify, history; ids come from standard input and stand in no file and in no output."""
    assert _run("verify", ALICE, "-c", file).exit_code == 1
    done = _run("erase", "-", "-c", file, typed=f"{ALICE}\n")
    assert done.exit_code == 0, done.stderr
    receipt = json.loads(done.stdout)["receipt"]
    assert receipt["stores"] == {"clickhouse": {"otel_logs": 2, "otel_metrics_gauge": 1}}
    assert ALICE not in done.stdout + done.stderr
    assert _run("verify", ALICE, "-c", file).exit_code == 0
    assert _run("verify", BOB, "-c", file).exit_code == 1
    history = _run("history", "-c", file)
    assert history.exit_code == 0, history.stderr
    assert history.stdout.split()[:1] == ["1"]
    assert _run("history", BOB, "-c", file).stdout == ""
    log = tmp_path / "data" / "rights" / "receipts.log"
    elsewhere = ("history", "-c", file, "--file", log, "--public-key", log.with_name("signing.pub"))
    assert _run(*elsewhere).exit_code == 0
    log.write_bytes(log.read_bytes().replace(b'"otel_logs":2', b'"otel_logs":3'))
    assert _run(*elsewhere).exit_code == 1
    changed = _run("history", "-c", file)
    assert changed.exit_code == 1
    assert "receipt 1 was changed" in changed.stderr
    log.unlink()
    assert "receipt 1 is missing" in _run("history", "-c", file).stderr
    assert files_holding(tmp_path, [ALICE, BOB]) == []


def test_what_cannot_be_done_is_said_without_the_id(file: Path, tmp_path: Path) -> None:
    """An empty id, and Parquet on the screen, are refused."""
    assert "name the person" in _refusal("verify", " ", "-c", file)
    refused = _refusal("export", ALICE, "-c", file, "-f", "parquet", "-o", "-")
    assert "folder" in refused
    assert ALICE not in refused
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "clickhouse.otel_logs.jsonl").touch()
    assert "already" in _refusal("export", ALICE, "-c", file, "-o", tmp_path / "out")


def _refusal(*arguments: str | Path) -> str:
    error = _run(*arguments).exception
    assert isinstance(error, ConfigError)
    return str(error)
