"""Maintenance in running gateways: by command, by one of two, and told to whoever asks."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from clickhouse_engines import server_process
from command_line import otel_lift
from gateways import HOST, Gateway, gateway, query, until

from otel_lift.errors import ConfigError, StoreUnavailableError
from otel_lift.jobs import perform


def _status(running: Gateway, job: str) -> dict[str, Any]:
    (answer,) = perform(running.file, "jobs", {})
    (status,) = (one for one in answer["jobs"] if one["name"] == job)
    return dict(status)


def _last(running: Gateway, operation: str, **arguments: Any) -> dict[str, Any]:
    return dict(list(perform(running.file, operation, arguments))[-1])


def test_jobs_backups_and_reports_by_command(tmp_path: Path) -> None:
    """A person runs a job now, makes, lists and restores backups and prints a report; the log of jobs has it."""
    with gateway(tmp_path) as running:
        ran = otel_lift("jobs", "run", "daily report", "-c", running.file)
        assert ran.returncode == 0, ran.stderr
        assert "daily report in the store of clickhouse: done" in ran.stdout
        yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
        assert (running.data / "reports" / "clickhouse" / f"daily-{yesterday}.html").exists()
        log = "SELECT job, outcome, runs FROM otel.lift_jobs WHERE job = 'daily report'"
        assert query(running.ports["sql"], log) == [["daily report", "done", 1]]
        status = _status(running, "backup")
        assert (status["calendar"], status["led"], status["runs"]) == ("daily at 02:00", True, 0)
        with pytest.raises(ConfigError, match="'sweeping'"):
            _last(running, "jobs run", name="sweeping")
        name = _last(running, "backup create")["name"]
        with pytest.raises(RuntimeError):
            query(running.ports["sql"], f"BACKUP DATABASE otel TO File('{running.data}/backups/stolen')")
        assert name in otel_lift("backup", "list", "-c", running.file).stdout
        assert _last(running, "backup restore", name=name, database="again")["complete"]
        assert query(running.ports["sql"], "SELECT 1 FROM otel.lift_audit WHERE action = 'backup create'")
        printed = _last(running, "report", kind="daily", date=yesterday.isoformat())
        assert printed["report"]["first"] == yesterday.isoformat()
        with pytest.raises(ConfigError, match="yet to come"):
            _last(running, "report", kind="daily", date="2200-01-01")
        told = "SELECT 1 FROM otel.lift_jobs WHERE job = 'erasures'"
        until(lambda: query(running.ports["sql"], told), "jobs with short periods are told too")
        assert running.terminate() == 0


def test_of_two_gateways_on_a_server_one_leads(tmp_path: Path) -> None:
    """Two that start together do a job of the store once, and the other one does it when the first has ended."""
    with server_process(tmp_path / "server", "--write") as port:
        dsn = f"clickhouse://{HOST}:{port}/otel"
        first, second = Gateway(tmp_path / "a", dsn=dsn), Gateway(tmp_path / "b", dsn=dsn)
        with first, second:
            first.launch()
            second.launch()
            until(first.ready, "the first is ready")
            until(second.ready, "the second is ready")

            def leaders() -> list[Gateway]:
                return [one for one in (first, second) if one.total("jobs_leads", exporter="clickhouse")]

            until(leaders, "one leads")
            (leader,) = leaders()
            follower = second if leader is first else first
            with pytest.raises(StoreUnavailableError, match=(leader.data / "gateway").read_text().strip()):
                _last(follower, "jobs run", name="purge")
            assert _last(leader, "jobs run", name="purge")["failed"] == 0
            assert query(port, "SELECT count() FROM otel.lift_jobs WHERE job = 'purge'") == [[1]]
            assert leader.terminate() == 0
            until(lambda: leaders() == [follower], "the other one leads")
            assert _last(follower, "jobs run", name="purge")["failed"] == 0
            assert follower.terminate() == 0
