"""Which messages are Lift events."""

import privacy_rows as rows

from otel_lift.batch import Level, Signal
from otel_lift.pipeline.recognise import recognise


def test_a_log_record_names_its_event_by_event_name_or_attribute() -> None:
    """`lift.` before the event name makes a Lift event; the attribute counts where the name says nothing."""
    records: list[dict[str, object]] = [
        {"event_name": "lift.api_error", "attributes": {"lift.event": "other"}},
        {"event_name": "device.started"},
        {"event_name": "", "attributes": {"lift.event": "user_login"}},
    ]

    batch = recognise(rows.batch(Signal.LOGS, records))

    assert rows.column(batch, "lift.event") == ["api_error", None, "user_login"]


def test_spans_and_span_events_name_their_event_by_attribute() -> None:
    """A span and each of its events can be a Lift event of its own."""
    batch = recognise(
        rows.batch(
            Signal.TRACES,
            [{"attributes": {"lift.event": "slow_endpoint"}}, {}],
            events=[{"record": 0, "attributes": {}}, {"record": 1, "attributes": {"lift.event": "ai_failure"}}],
        )
    )

    assert rows.column(batch, "lift.event") == ["slow_endpoint", None]
    assert rows.column(batch, "lift.event", Level.EVENT) == [None, "ai_failure"]
