"""The audit log: each operation once in every store, whatever becomes of the store, the operation or the process."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from clickhouse_engines import server_process
from command_line import message_of, otel_lift
from gateways import Gateway, free_port, gateway, query, until
from probe_component import SECRET, install

from otel_lift.errors import RetryableError, StoreError
from otel_lift.jobs import perform
from otel_lift.jobs.running import user_name


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "packages", monkeypatch)


def _log(file: Path, **arguments: Any) -> list[Mapping[str, Any]]:
    return [entry for answer in perform(file, "audit", arguments) for entry in answer.get("entries", ())]


def _echo(file: Path) -> None:
    list(perform(file, "probe echo", {"pieces": [SECRET], "rows": {"otel_logs": 3}}))


def test_every_store_gets_each_row_once(tmp_path: Path) -> None:
    """Done and failed operations are recorded in a store that answers at once, and in one that was away later."""
    port = free_port()
    with Gateway(tmp_path, processors={"probe": None}) as running:
        running.config["exporters"]["clickhouse/second"] = running.exporter(f"clickhouse://127.0.0.1:{port}/second")
        for pipeline in running.config["service"]["pipelines"].values():
            pipeline["exporters"] = ["clickhouse", "clickhouse/second"]
        running.write()
        running.start()
        _echo(running.file)
        with pytest.raises(StoreError):
            list(perform(running.file, "probe fail", {}))
        done, failed = _log(running.file)
        gateway_id = (running.data / "gateway").read_text().strip()
        assert {done["actor"], failed["actor"]} == {user_name()}
        assert {done["gateway"], failed["gateway"]} == {gateway_id}
        assert [done[name] for name in ("action", "person", "rows", "details", "outcome")] == [
            "probe echo",
            "p1",
            {"otel_logs": 3},
            {"answers": "some"},
            "done",
        ]
        assert [failed[name] for name in ("action", "person", "rows", "details", "outcome")] == [
            "probe fail",
            "p2",
            {"otel_logs": 1},
            {"answers": "some", "error": "StoreError"},
            "failed",
        ]
        sql = "SELECT count(), uniqExact(time) FROM {}.lift_audit WHERE action LIKE 'probe%'"
        assert query(running.ports["sql"], sql.format("otel")) == [[2, 2]]
        with server_process(tmp_path / "server", "--port", str(port), "--write"):
            pending = running.data / "audit-pending.jsonl"
            assert SECRET not in pending.read_text()
            until(lambda: not pending.read_text(), "the second store has all")
            assert query(port, sql.format("second")) == [[2, 2]]
            assert query(running.ports["sql"], sql.format("otel")) == [[2, 2]]
            assert running.terminate() == 0


def test_what_a_crash_ends_is_recorded_as_failed(tmp_path: Path) -> None:
    """An operation whose process was killed is in the log after the restart; a torn line of the file harms no other."""
    with gateway(tmp_path, processors={"probe": None}) as running:
        _echo(running.file)
        endless = perform(running.file, "probe endless", {})
        next(endless)
        running.kill_all()
    pending = running.data / "audit-pending.jsonl"
    assert len([line for line in pending.read_text().splitlines() if line]) == 1
    pending.write_text(pending.read_text() + '{"id": "torn')
    entries = _log(running.file, action="probe endless")
    assert [(entry["outcome"], entry["details"]) for entry in entries] == [
        ("failed", {"error": "it ended without a word"})
    ]
    assert len(_log(running.file, action="probe echo")) == 1
    assert len(_log(running.file, action="audit")) == 2


def test_nothing_is_done_that_cannot_be_recorded(tmp_path: Path) -> None:
    """Where the audit log's file cannot be written, an operation is refused before it begins."""
    with Gateway(tmp_path, processors={"probe": None}) as made:
        _echo(made.file)
        pending = made.data / "audit-pending.jsonl"
        pending.unlink()
        pending.mkdir()
        operation = perform(made.file, "probe endless", {})
        with pytest.raises(RetryableError, match="audit log cannot record"):
            next(operation)
        assert not (made.data / "ended").exists()


def test_the_log_is_printed_by_a_command(tmp_path: Path) -> None:
    """`otel-lift audit` prints a row a line as JSON, from a time on and for an action; a wrong time is told."""
    with Gateway(tmp_path, processors={"probe": None}) as made:
        _echo(made.file)
        shown = otel_lift("audit", "-c", made.file, "--action", "probe echo", "--since", "1h")
        (entry,) = (json.loads(line) for line in shown.stdout.splitlines())
        assert entry["action"] == "probe echo"
        assert SECRET not in shown.stdout
        assert otel_lift("audit", "-c", made.file, "--since", "2200-01-01").stdout == ""
        assert "--since takes" in message_of(otel_lift("audit", "-c", made.file, "--since", "yesterday"))
