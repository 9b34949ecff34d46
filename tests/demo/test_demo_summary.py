"""The report and the view: what counts as good, and what is shown of it."""

import io
from typing import Any

import pytest
from rich.console import Console

from otel_lift.demo.observe import Pattern, Snapshot
from otel_lift.demo.ports import Ports
from otel_lift.demo.summary import Report
from otel_lift.demo.traffic import Tally
from otel_lift.demo.view import View, commands


def snapshot(**changes: Any) -> Snapshot:
    """Answer a look at a gateway where everything adds up."""
    values: dict[str, Any] = {
        "app": {
            "traces": {"sent": 10, "acknowledged": 10},
            "logs": {"sent": 7, "acknowledged": 7},
            "metrics": {"sent": 5, "acknowledged": 5},
        },
        "rows": {"otel_traces": 10, "otel_logs": 6, "lift_events": 9, "otel_metrics": 4},
        "counters": {
            "consent_dropped": [
                ({"kind": "log", "category": "analytics"}, 4.0),
                ({"kind": "span", "category": "analytics"}, 2.0),
                ({"kind": "data_point", "category": "essential"}, 1.0),
            ],
            "redactions": [({"rule": "email", "level": "record"}, 3.0), ({"rule": "jwt", "level": "record"}, 1.0)],
            "records_received": [({"signal": "logs"}, 10.0), ({"signal": "traces"}, 10.0)],
        },
        "patterns": (Pattern("could not tell <phone>", 5, 2),),
        "store_answers": True,
    }
    return Snapshot(**{**values, **changes})


def report(**changes: Any) -> Report:
    """Answer the report of a run in which 3 beacons came beside the app's records."""
    return Report(snapshot(**changes), Tally(visitors=8, beacons=3, acknowledged=3, secrets={"ada@example.com"}))


def test_good_run() -> None:
    """Each acknowledged record is stored or was dropped for consent; spans are never dropped."""
    good = report()
    assert good.acknowledged == {"traces": 10, "logs": 10, "metrics": 5}
    assert good.dropped == {"traces": 0, "logs": 4, "metrics": 1}
    assert good.adds_up
    assert good.good


@pytest.mark.parametrize(
    "changes",
    [
        {"rows": {"otel_traces": 9, "otel_logs": 6, "otel_metrics": 4}},
        {"rows": {"otel_traces": 10, "otel_logs": 7, "otel_metrics": 4}},
        {"rows": {"otel_traces": 10, "otel_logs": 6, "otel_metrics": 5}},
        {"app": {}},
        {"app": {"traces": {"sent": 0, "acknowledged": 0}}, "rows": {"otel_traces": 1}},
        {"trouble": "the store refused"},
    ],
    ids=["lost", "doubled", "not dropped", "unknown", "from nowhere", "refused"],
)
def test_bad_runs(changes: dict[str, Any]) -> None:
    """A record too few or too many, no numbers, or a question that the store refused make a run bad."""
    assert not report(**changes).good


def test_found_string_makes_a_run_bad() -> None:
    """One planted string in one place is enough, and the place is told."""
    bad = report()
    bad.add("a file", 100, set())
    assert bad.good
    bad.add("table otel_logs", 100, {"ada@example.com"})
    assert not bad.good
    text = drawn(bad.render())
    assert "found in the data folder: 1" in text
    assert "1 in table otel_logs" in text


def test_page_and_line_show_the_numbers() -> None:
    """Both views show what came in, what was dropped and redacted, and what is stored."""
    view = View(snapshot(), Tally(visitors=8), 12.0, ["a new key"], Ports())
    for wanted in ("127.0.0.1:4319", "dropped: analytics", "email", "could not tell <phone>", "a new key", "traces"):
        assert wanted in drawn(view.page())
    assert "8 visitors | received 10 logs, 10 traces | dropped 7" in view.line()
    assert "redacted 4 | stored 10 otel_traces, 6 otel_logs, 9 lift_events, 4 otel_metrics" in view.line()


def test_commands_name_a_moved_port() -> None:
    """The commands to try work as they are printed, wherever the SQL endpoint is."""
    assert "otel-lift query failures-by-event" in commands(Ports())
    assert all("18123" in command for command in commands(Ports(sql=18123)))


def drawn(renderable: Any) -> str:
    """Answer what a wide terminal shows."""
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(renderable)
    return console.export_text()
