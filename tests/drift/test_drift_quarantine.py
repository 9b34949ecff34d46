"""Drift: what is told, held back, accepted and dismissed, and that none of it holds personal data."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import gateway_file, message_of, otel_lift
from drift_rows import DIRTY, SECRET, drifting, rows_of
from gateways import until
from otel_lift_redaction import RedactionConfig, RedactionProcessor
from otel_lift_redaction.drift.findings import Folder
from privacy_rows import Counts, attributes, column

from otel_lift.errors import ConfigError


def _note(made: RedactionProcessor, text: str = "calm", key: str = "order.note") -> list[str]:
    """Answer what becomes of four spans' attribute, by span; empty where it was dropped."""
    found = made.process(rows_of([("shop", {key: text, "other": "stays"})] * 4))
    assert all(row["other"] == "stays" for row in attributes(found))
    return [row.get(key, "") for row in attributes(found)]


def _drifted(data: Path, **drift: Any) -> RedactionProcessor:
    """Start a processor that holds drift back, and let `order.note` drift."""
    made = drifting(data, action="quarantine", **drift)
    _note(made)
    assert _note(made, DIRTY) == ["asked by [email] yesterday"] * 4
    return made


def _follows(wanted: Callable[[], object], what: str) -> None:
    until(lambda: wanted() or None, what, timeout=10)


def test_drift_is_told_once_and_only_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """By default the value is redacted, the change is logged, counted and listed once, and the attribute passes."""
    meter = Counts()
    made = drifting(tmp_path, meter)
    with caplog.at_level(logging.WARNING):
        _note(made)
        assert _note(made, DIRTY) == ["asked by [email] yesterday"] * 4
        for _ in range(40):
            assert _note(made) == ["calm"] * 4
        _note(made, DIRTY)

    told = [record.getMessage() for record in caplog.records if "order.note" in record.getMessage()]
    assert len(told) == 1
    assert "'shop'" in told[0]
    assert meter.of("redaction_drift", rule="email") == 1
    [listed] = Folder(tmp_path).findings()
    assert (listed.attribute, listed.rule, listed.before) == (
        ("traces", "record", "order.note", "shop"),
        "email",
        4,
    )
    assert listed.quarantine == ""


def test_an_attribute_that_was_never_clean_does_not_drift(tmp_path: Path) -> None:
    """Too few values, too short a time, or findings all along are no drift."""
    meter = Counts()
    for settings in ({"after": 5}, {"after_time": 60}, {"action": "ignore"}):
        made = drifting(tmp_path / next(iter(settings)), meter, **settings)
        _note(made)
        _note(made, DIRTY)
    made = drifting(tmp_path / "all along", meter)
    for _ in range(10):
        _note(made, DIRTY)
    assert meter.of("redaction_drift", rule="email") == 0


@pytest.mark.parametrize(("quarantine", "wanted"), [("mask", "[drift]"), ("drop", "")])
def test_quarantine_holds_the_whole_attribute_back(tmp_path: Path, quarantine: str, wanted: str) -> None:
    """After drift every value is masked or dropped, clean ones too, at any service, and the record says so."""
    made = _drifted(tmp_path, quarantine=quarantine)
    assert _note(made) == [wanted] * 4
    found = made.process(rows_of([("till", {"order.note": "calm"})]))
    assert attributes(found) == ([{"order.note": wanted}] if wanted else [{}])
    assert column(found, "lift.redaction.rules") == ["drift"]


def test_quarantine_holds_over_a_restart_and_in_other_workers(tmp_path: Path) -> None:
    """Another worker follows the list while it runs, and a new one begins with it."""
    other = drifting(tmp_path, action="quarantine")
    assert _note(other) == ["calm"] * 4
    first = _drifted(tmp_path)
    _follows(lambda: _note(other) == ["[drift]"] * 4, "the other worker")
    first.stop()
    assert _note(drifting(tmp_path, action="quarantine")) == ["[drift]"] * 4


def test_free_text_and_keys_that_no_rule_can_name_are_only_reported(tmp_path: Path) -> None:
    """What `unless` names passes after its drift, and so does a key with a star, which a rule would widen."""
    made = drifting(tmp_path, action="quarantine", unless=["*.message"])
    for key in ("exception.message", "a*"):
        _note(made, key=key)
        _note(made, DIRTY, key=key)
        assert _note(made, key=key) == ["calm"] * 4
    assert [(one.key, one.quarantine) for one in Folder(tmp_path).findings()] == [("exception.message", ""), ("a*", "")]


def test_a_person_decides_by_command(tmp_path: Path) -> None:
    """`list` shows the attribute; `accept` prints a rule that does the same; `dismiss` lets it through, redacted."""
    file = gateway_file(tmp_path)
    assert "no attribute" in otel_lift("drift", "list", "-c", file).stdout
    made = _drifted(tmp_path / "data")
    shown = otel_lift("drift", "list", "-c", file).stdout
    assert all(word in shown for word in ("order.note", "shop", "email", "quarantine", "4 of 4"))

    accepted = otel_lift("drift", "accept", "order.note", "-c", file)
    assert accepted.returncode == 0, accepted.stderr
    rule = RedactionConfig.model_validate(yaml.safe_load(accepted.stdout)).keys[0]
    assert (rule.match, rule.action) == (("order.note",), "mask")
    assert "accepted" in otel_lift("drift", "list", "-c", file).stdout
    assert _note(made) == ["[drift]"] * 4

    assert otel_lift("drift", "dismiss", "order.note", "-c", file).returncode == 0
    _follows(lambda: _note(made) == ["calm"] * 4, "the worker")
    assert _note(made, DIRTY) == ["asked by [email] yesterday"] * 4
    assert "is not in the list" in message_of(otel_lift("drift", "dismiss", "order.total", "-c", file))


def test_a_damaged_list_stops_the_start_and_no_traffic(tmp_path: Path) -> None:
    """Who is held back must not be forgotten: a start fails and says why, a running worker goes on as before."""
    made = _drifted(tmp_path)
    (tmp_path / "drift" / "findings.json").write_text("[{")
    _follows(lambda: _note(made) == ["[drift]"] * 4, "the worker")
    with pytest.raises(ConfigError, match="restore"):
        drifting(tmp_path)


def test_nothing_of_drift_holds_personal_data(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Keys and services that are personal data themselves are listed, logged, written and shown redacted."""
    meter = Counts()
    file = gateway_file(tmp_path)
    made = drifting(tmp_path / "data", meter, action="quarantine")
    with caplog.at_level(logging.DEBUG):
        for text in ("calm", DIRTY):
            made.process(rows_of([(SECRET, {SECRET: text, "order.note": text})] * 4))
        made.stop()
    shown = otel_lift("drift", "list", "-c", file)
    written = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert len(Folder(tmp_path / "data").findings()) == 2
    for text in (shown.stdout + shown.stderr, caplog.text, written.decode(errors="replace"), str(meter.seen)):
        assert "keller" not in text
