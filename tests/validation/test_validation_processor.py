"""What `validation` marks, and that it changes nothing else."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from otel_lift_validation import COMPONENT, Rules, ValidationConfig
from privacy_rows import NOW, SECOND, Counts, batch, calls, column

from otel_lift.batch import Batch, Level, Signal, ValueType
from otel_lift.pipeline import Processor, Services
from otel_lift.semconv import EVENTS, fields_of

RIGHT: dict[type, object] = {str: "text", int: 7, float: 7, bool: True, tuple: ["a", "b"]}
WRONG: dict[type, object] = {str: 7, int: "text", float: "text", bool: "true", tuple: "a"}


def _processor(counts: Counts | None = None, **options: int) -> Processor:
    services = Services("validation", Path("unused"), counts or Counts())
    return COMPONENT.create(ValidationConfig(**options), services)


def _logs(*events: tuple[str | None, dict[str, object]], time: int = NOW) -> Batch:
    rows = [{"lift.event": name, "attributes": sent, "time_unix_nano": time} for name, sent in events]
    return batch(Signal.LOGS, rows)


def _marked(given: Batch, **options: int) -> Batch:
    answered = _processor(None, **options).process(given)
    assert answered is not None
    return answered


def _marks(given: Batch, level: Level = Level.RECORD, **options: int) -> list[Any]:
    return column(_marked(given, **options), "lift.validation", level)


def _complete(name: str) -> dict[str, object]:
    """Every attribute of an event, with a right value."""
    return {
        field.attr.name: field.allowed[0] if field.allowed else RIGHT[field.kind] for field in fields_of(EVENTS[name])
    }


@pytest.mark.parametrize("name", EVENTS)
def test_a_right_event_has_no_mark(name: str) -> None:
    """An event of the catalogue with all its fields, or with only the required ones, is not marked."""
    complete = _complete(name)
    least = {field.attr.name: complete[field.attr.name] for field in fields_of(EVENTS[name]) if field.required}
    assert _marks(_logs((name, complete), (name, least))) == [None, None]


@pytest.mark.parametrize("name", EVENTS)
def test_each_wrong_field_is_marked_by_its_attribute(name: str) -> None:
    """A required attribute that is missing, and any attribute of another type, is marked, whichever event it is."""
    complete = _complete(name)
    for field in fields_of(EVENTS[name]):
        key = field.attr.name
        without = {other: value for other, value in complete.items() if other != key}
        found = _marks(
            _logs((name, without), (name, {**complete, key: WRONG[field.kind]}), (name, {**complete, key: None}))
        )
        missing = f"missing:{key}" if field.required else None
        assert found == [missing, f"type:{key}", missing]


def test_a_value_outside_a_closed_set_is_marked_without_it() -> None:
    """A value that a closed set does not have is marked by its attribute alone; an open set takes any value."""
    given = _logs(
        ("auth_error", {"error.type": "anna@example.com"}),
        ("payment_error", {"error.type": "password_mismatch"}),
        ("feature_used", {"lift.feature": "something_new", "lift.action": "view"}),
    )
    assert _marks(given) == ["value:error.type", "value:error.type", None]


def test_an_unknown_event_is_marked_and_kept() -> None:
    """An event that the catalogue does not have is marked; what it carries is not looked at."""
    given = _logs(("lunch", {"http.route": 7}), ("user_signup", {}))
    assert _marks(given) == ["unknown_event", None]
    assert len(_marked(given)) == 2


def test_several_problems_are_joined() -> None:
    """A mark lists its problems by kind, then by attribute, each once."""
    given = _logs(("api_timeout", {"http.route": 1, "lift.retry_count": "x", "lift.severity": "huge"}), time=1)
    assert _marks(given) == [
        "missing:lift.duration_ms;type:http.route;type:lift.retry_count;value:lift.severity;clock_skew"
    ]


def test_a_repeated_attribute_is_marked_once() -> None:
    """An attribute that a client sent twice gives one problem."""
    given = _logs(("api_error", [("http.route", 1), ("http.route", 2)]))  # type: ignore[arg-type]
    assert _marks(given) == ["type:http.route"]


def test_a_fraction_is_no_whole_number() -> None:
    """A double is right for a duration and wrong for a count."""
    given = _logs(("api_timeout", {"http.route": "/x"}), ("rate_limited", {"http.route": "/x"}))
    doubles = pa.array(["1.5", "1.5"])
    rows = np.arange(2)
    sent = given.attributes(Level.RECORD)
    for key in ("lift.duration_ms", "lift.limit"):
        sent = sent.append(key, rows, ValueType.DOUBLE, doubles)
    assert _marks(given.with_columns(Level.RECORD, {"attributes": sent})) == [None, "type:lift.limit"]


def test_ordinary_telemetry_is_left_alone() -> None:
    """A batch without a Lift event is answered as it is, and other rows of a batch with one have no mark."""
    plain = _logs((None, {"http.route": 7}), time=1)
    assert _marked(plain) is plain
    assert _marks(_logs((None, {"http.route": 7}), ("api_error", {}), (None, {}))) == [None, "missing:http.route", None]


def test_nothing_but_the_mark_changes() -> None:
    """Every other column of a marked batch is as it was."""
    given = _logs(("api_error", {"thread.id": 1}), ("lunch", {}), (None, {}))
    before = given.records.drop_columns(["lift.validation"])
    assert _marked(given).records.drop_columns(["lift.validation"]).equals(before)


@pytest.mark.parametrize(
    ("seconds", "mark"),
    [(-101, "clock_skew"), (-100, None), (0, None), (10, None), (11, "clock_skew"), (-NOW // SECOND + 1, "clock_skew")],
)
def test_a_time_out_of_the_window_is_marked(seconds: int, mark: str | None) -> None:
    """An event older than the age, or further ahead than allowed, is marked; the bounds themselves are fine."""
    given = _logs(("user_signup", {}), time=NOW + seconds * SECOND)
    assert _marks(given, max_ahead_seconds=10, max_age_seconds=100) == [mark]


def test_the_furthest_times_and_windows_do_not_overflow() -> None:
    """The last time that OTLP can say is marked, unless the window reaches to it; no time at all never is."""
    given = batch(Signal.LOGS, [{"lift.event": "user_signup", "time_unix_nano": time} for time in (2**64 - 1, 0)])
    assert _marks(given) == ["clock_skew", None]
    assert _marks(given, max_ahead_seconds=10**30, max_age_seconds=10**30) == [None, None]


def test_a_log_without_a_time_has_that_of_its_observation() -> None:
    """Where a client gave no time, the time when the record was observed counts."""
    row = {"lift.event": "user_signup", "time_unix_nano": 0, "observed_time_unix_nano": 5}
    assert _marks(batch(Signal.LOGS, [row])) == ["clock_skew"]


def test_spans_and_span_events_are_checked() -> None:
    """A span is judged by its start, a span event by its own time and attributes."""
    span = {"lift.event": "api_error", "start_time_unix_nano": 1, "attributes": {"http.route": "/x"}}
    events: list[dict[str, object]] = [
        {"record": 0, "lift.event": "db_error", "time_unix_nano": NOW},
        {"record": 0, "time_unix_nano": 1},
    ]
    given = batch(Signal.TRACES, [span], events=events)
    assert _marks(given) == ["clock_skew"]
    assert _marks(given, Level.EVENT) == ["missing:db.operation.name", None]


def test_problems_are_counted_by_kind_and_event() -> None:
    """Each problem is counted once, under labels that a client cannot choose."""
    counts = Counts()
    given = _logs(
        ("lunch", {}), ("dinner", {}), ("api_error", {}), ("api_error", {"http.route": 1}), ("user_login", {})
    )
    _processor(counts).process(given)
    assert counts.of("validation_problems", kind="unknown_event", event="unknown") == 2
    assert counts.of("validation_problems", kind="missing", event="api_error") == 1
    assert counts.of("validation_problems", kind="type", event="api_error") == 1
    assert len(counts.seen) == 3


def test_a_mark_consists_of_known_words_only() -> None:
    """Whatever a client sends, the text of a mark comes from the rules."""
    known = set(Rules.of().problems.to_pylist())

    @given(
        st.lists(
            st.tuples(
                st.sampled_from([*EVENTS, "lunch", ""]),
                st.dictionaries(
                    st.sampled_from(["http.route", "error.type", "lift.severity", "lift.reason", "x"]),
                    st.one_of(st.text(max_size=5), st.integers(0, 9), st.booleans(), st.none()),
                ),
            ),
            max_size=8,
        )
    )
    def check(events: list[tuple[str, dict[str, object]]]) -> None:
        for mark in _marks(_logs(*events)):
            assert mark is None or set(mark.split(";")) <= known

    check()


def test_the_work_does_not_grow_with_the_records() -> None:
    """As many calls are made for 10,000 records as for 10, wrong ones among them."""
    kinds: list[tuple[str | None, dict[str, object]]] = [
        ("api_error", {"http.route": 1}),
        ("auth_error", {"error.type": "nobody"}),
        ("user_signup", {}),
        ("lunch", {}),
        (None, {"http.route": "/x"}),
    ]
    processor = _processor()
    processor.process(_logs(*kinds))
    few, many = _logs(*kinds * 2), _logs(*kinds * 2000)
    assert calls(lambda: processor.process(many)) == calls(lambda: processor.process(few))
