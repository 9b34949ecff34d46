"""Jobs in a running gateway: their periods, their failures, and that none holds up another."""

from pathlib import Path
from typing import Any

import pytest
from command_line import otel_lift
from gateways import Gateway, gateway, until
from probe_component import PERIOD, SECRET, install

from otel_lift.errors import ConfigError
from otel_lift.jobs import perform


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "packages", monkeypatch)


def _times(at: Gateway, job: str) -> list[float]:
    path = at.data / job
    return [float(line) for line in path.read_text().splitlines()] if path.exists() else []


def _status(at: Gateway, job: str) -> dict[str, Any]:
    (answer,) = perform(at.file, "jobs", {})
    assert answer["running"]
    (status,) = (one for one in answer["jobs"] if one["name"] == job)
    return dict(status)


def test_jobs_run_at_their_periods_whatever_the_others_do(tmp_path: Path) -> None:
    """A job that is slow or fails holds up no other; a failing one runs again; the end of the gateway waits for none.

    What went wrong is logged and shown without the text of the error, which may be a person's.
    """
    probe = {"slow": True, "failing": True, "changing": True}
    with gateway(tmp_path, processors={"probe": probe}, service={"shutdown_timeout": 5}) as running:
        until(lambda: len(_times(running, "failing")) > 3, "the failing job came to itself")
        until(lambda: len(_times(running, "quick")) > 5, "the quick job ran at its period")
        assert len(_times(running, "slow")) == 1
        times = _times(running, "quick")
        assert times[-1] - times[0] >= (len(times) - 2) * PERIOD
        failing = until(lambda: (found := _status(running, "probe-failing"))["runs"] > 3 and found, "it is seen")
        assert (failing["failures"], failing["error"]) == (2, "")
        assert failing["started"] <= failing["ended"] == failing["succeeded"]
        slow = _status(running, "probe-slow")
        assert (slow["runs"], slow["started"] > 0, slow["ended"]) == (0, True, 0)
        until(lambda: running.total("jobs_failures", job="probe-failing") == 2, "failures are counted")
        assert running.total("jobs_runs", job="probe-quick") >= 5
        assert running.total("jobs_seconds", job="probe-failing") > 0
        assert running.total("jobs_last_success_seconds", job="probe-quick") >= times[0]
        entries = [entry for answer in perform(running.file, "audit", {}) for entry in answer.get("entries", ())]
        changes = [entry for entry in entries if entry["action"] == "probe change"]
        assert {entry["actor"] for entry in changes} == {"job:probe-changing"}
        assert {(entry["person"], entry["rows"]["otel_logs"], entry["outcome"]) for entry in changes} == {
            ("p1", 2, "done")
        }
        shown = otel_lift("jobs", "-c", running.file)
        assert "probe-quick" in shown.stdout
        assert running.terminate() == 0
        assert not running.logged("is killed")
        assert running.logged("job probe-failing failed: ValueError in probe_component.py, line ")
        assert running.logged("job probe-failing works again")
        assert not running.logged(SECRET)
    shown = otel_lift("jobs", "-c", running.file)
    assert "no gateway runs" in shown.stdout
    assert "probe-quick" in shown.stdout


def test_a_reload_and_a_restart_bring_the_jobs_and_the_socket_again(tmp_path: Path) -> None:
    """After a reload the new configuration's jobs run, after a crash the same ones, and commands are answered."""
    with gateway(tmp_path, processors={"probe": None}) as running:
        until(lambda: _times(running, "quick"), "the job ran")
        running.config["processors"] = {"probe": {"failing": True}}
        running.reload()
        until(lambda: running.logged("the configuration was reloaded"), "reloaded")
        until(lambda: _times(running, "failing"), "the added job ran")
        assert _status(running, "probe-failing")["name"] == "probe-failing"
        before = running.child("store")
        assert before is not None
        assert running.kill("store")
        ran = len(_times(running, "quick"))
        until(lambda: len(_times(running, "quick")) > ran, "the job runs again")
        assert _status(running, "probe-quick")["runs"] >= 0
        after = running.child("store")
        assert after is not None
        assert after.pid != before.pid
        assert running.terminate() == 0


def test_two_jobs_of_one_name_are_refused(tmp_path: Path) -> None:
    """Two processors that bring the same jobs are told apart by nobody, and so not run."""
    made = Gateway(tmp_path, processors={"probe": None, "probe/second": None})
    with pytest.raises(ConfigError, match="'probe-quick'"):
        list(perform(made.file, "jobs", {}))
