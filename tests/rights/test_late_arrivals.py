"""What arrives late of a person who was erased is dropped at every level, and nothing else is."""

from pathlib import Path

import pytest
from otel_lift_consent.erased import Erased
from privacy_rows import NOW, SECOND, Counts, batch

from otel_lift.batch import Level, Signal
from otel_lift.pipeline import Services
from otel_lift.registers import Tombstone, Tombstones

GONE, HERE = "a" * 32, "b" * 32
AT = NOW - 100 * SECOND
BEFORE, AFTER = AT - SECOND, AT + SECOND


@pytest.fixture
def counts() -> Counts:
    """Count."""
    return Counts()


@pytest.fixture
def erased(tmp_path: Path, counts: Counts) -> Erased:
    """Follow a register with one person, erased at `AT`."""
    Tombstones(tmp_path).record([Tombstone(GONE, {"k": "c" * 32}, AT - 9, "g"), Tombstone(GONE, {}, AT, "g")])
    return Erased(Services("consent", tmp_path, counts))


def _people(found: object, level: Level = Level.RECORD) -> list[str]:
    return found.column(level, "lift.person").to_pylist()  # type: ignore[attr-defined, no-any-return]


def test_log_records_go_by_their_own_time(erased: Erased, counts: Counts) -> None:
    """By the event's time, else the time of observation, else that of arrival; another person's stay."""
    rows: list[dict[str, object]] = [
        {"lift.person": GONE, "time_unix_nano": BEFORE},
        {"lift.person": GONE, "time_unix_nano": AT},
        {"lift.person": GONE, "observed_time_unix_nano": BEFORE},
        {"lift.person": GONE, "time_unix_nano": AFTER},
        {"lift.person": GONE},
        {"lift.person": HERE, "time_unix_nano": BEFORE},
        {"time_unix_nano": BEFORE},
    ]
    plain = [{"time_unix_nano": 0, "observed_time_unix_nano": 0, **row} for row in rows]
    assert _people(erased.drop(batch(Signal.LOGS, plain))) == [GONE, GONE, HERE, None]
    assert counts.of("consent_erased", kind="log") == 3


def test_spans_and_span_events_go(erased: Erased, counts: Counts) -> None:
    """A span of the person goes with its events; an event of the person goes from another's span."""
    spans = [
        {"lift.person": GONE, "start_time_unix_nano": BEFORE},
        {"lift.person": HERE, "start_time_unix_nano": BEFORE},
    ]
    events = [
        {"record": 0, "lift.person": HERE, "time_unix_nano": BEFORE},
        {"record": 1, "lift.person": GONE, "time_unix_nano": BEFORE},
        {"record": 1, "lift.person": GONE, "time_unix_nano": AFTER},
    ]
    found = erased.drop(batch(Signal.TRACES, spans, events=events))
    assert _people(found) == [HERE]
    assert _people(found, Level.EVENT) == [GONE]
    assert counts.of("consent_erased", kind="span") == 1
    assert counts.of("consent_erased", kind="span_event") == 1


def test_data_points_and_exemplars_go(erased: Erased) -> None:
    """So do the person's data points, and exemplars of the person among another's."""
    points = [{"lift.person": GONE, "time_unix_nano": BEFORE}, {"lift.person": HERE, "time_unix_nano": BEFORE}]
    exemplars = [
        {"record": 1, "lift.person": GONE, "time_unix_nano": BEFORE},
        {"record": 1, "lift.person": HERE, "time_unix_nano": BEFORE},
    ]
    found = erased.drop(batch(Signal.METRICS, points, exemplars=exemplars))
    assert (_people(found), _people(found, Level.EXEMPLAR)) == ([HERE], [HERE])


def test_an_erasure_holds_at_once_and_without_one_nothing_is_touched(tmp_path: Path) -> None:
    """The register is followed with each batch; without an entry a batch is handed on as it is."""
    erased = Erased(Services("consent", tmp_path))
    sent = batch(Signal.LOGS, [{"lift.person": GONE, "time_unix_nano": BEFORE, "observed_time_unix_nano": 0}])
    assert erased.drop(sent) is sent
    Tombstones(tmp_path).record([Tombstone(GONE, {}, AT, "g")])
    assert len(erased.drop(sent)) == 0
