"""Days of rollups made again: after duplicates, after a failure, without what has expired, and when they are new."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from query_rows import DAY, HOUR, NOON, event, insert, span
from rights_support import Place, place

from otel_lift.errors import StoreError
from otel_lift.rollups import compare, deduplicate, duplicated_days, rebuild
from otel_lift.rollups.scope import DERIVED
from otel_lift.store.schema import apply

TODAY = NOON.date()
AGO = TODAY - timedelta(days=20)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    """Open a place with the embedded engine."""
    with place(tmp_path, f"chdb://{tmp_path}/store") as made:
        yield made


def _events(number: int, **columns: Any) -> list[dict[str, Any]]:
    return [
        event(minute * 60.0, "api_error", f"p{minute % 3}", event_id=f"e{minute}", fingerprint="f", **columns)
        for minute in range(number)
    ]


def _counted(here: Place) -> Mapping[str, int]:
    return {name: here.one(f"SELECT sum({one.counted}) FROM {{db}}.{name}")[0] for name, one in DERIVED.items()}


def test_what_was_sent_twice_is_counted_once_in_the_end(here: Place) -> None:
    """The days with repetitions are named, rid of them, and made again; events without an id are no repetition."""
    insert(here.store, "lift_events", [*_events(30), event(0, "api_error"), event(0, "api_error", trace_id="t")])
    insert(here.store, "lift_events", _events(10, receive_time=NOON + timedelta(seconds=HOUR)))
    with here.context() as context:
        (opened,) = context.stores
        since = int((NOON + timedelta(minutes=30)).timestamp()) * 10**9
        assert duplicated_days(opened, since) == (TODAY,)
        assert duplicated_days(opened, since + HOUR * 10**9) == ()
        assert deduplicate(opened, TODAY) == 10
        assert {one.rollup for one in compare(opened, AGO, TODAY)} == {*DERIVED} - {
            "lift_rollup_endpoints", "lift_rollup_monthly",
        }  # fmt: skip
        assert rebuild(context, opened, [TODAY]) == ()
        assert compare(opened, AGO, TODAY) == ()
        assert duplicated_days(opened, 0) == ()
    assert here.one("SELECT count(), uniqExactIf(event_id, event_id != '') FROM {db}.lift_events") == (32, 30)


def test_a_day_that_failed_half_way_is_made_at_the_next_call(here: Place) -> None:
    """A failure leaves whole days, old or new; what is to be done is noted, and another call, of any days, does it."""
    insert(here.store, "lift_events", [*_events(20), *_events(20)])
    insert(here.store, "otel_traces", [span(0, "/pay", 10)])
    deduplicated = dict.fromkeys(DERIVED, 20) | {"lift_rollup_endpoints": 1}
    with here.context() as context:
        (opened,) = context.stores
        deduplicate(opened, TODAY)
        here.store.command("RENAME TABLE otel.lift_rollup_daily TO otel.away")
        with pytest.raises(StoreError):
            rebuild(context, opened, [TODAY])
        here.store.command("RENAME TABLE otel.away TO otel.lift_rollup_daily")
        assert _counted(here)["lift_rollup_daily"] == 40
        for _ in range(2):
            assert rebuild(context, opened, []) == ()
            assert _counted(here) == deduplicated
        assert rebuild(context, opened, [TODAY, AGO]) == ()
    assert _counted(here) == deduplicated
    assert not here.store.query("SELECT name FROM system.tables WHERE name LIKE 'lift_remade%'").rows


def test_counts_of_expired_events_stay(here: Place) -> None:
    """Where user errors have reached their end and other events have not, a day made again keeps their counts."""
    old = [event(-40 * DAY, "user_error", "ann"), event(-40 * DAY, "api_error", "ann")]
    insert(here.store, "lift_events", [*old, event(-100 * DAY, "api_error", "ann"), event(0, "api_error", "ann")])
    here.store.command("OPTIMIZE TABLE otel.lift_events FINAL")
    assert here.one("SELECT count() FROM {db}.lift_events") == (2,)
    days = [TODAY - timedelta(days=back) for back in (0, 40, 100)]
    before = _counted(here)
    assert before["lift_rollup_daily"] == 4
    with here.context() as context:
        (opened,) = context.stores
        assert rebuild(context, opened, days) == ()
        assert compare(opened, days[-1], TODAY) == ()
    assert _counted(here) == before


_UNRECORDED = "ALTER TABLE otel.lift_migrations DELETE WHERE name = '0006_rollups' SETTINGS mutations_sync = 2"


def test_rollups_that_are_new_count_what_is_stored(here: Place) -> None:
    """A store of an older version gets rollups that have counted its events, also where applying failed half way."""
    for name, one in DERIVED.items():
        if name != "lift_error_patterns":
            here.store.command(f"DROP TABLE otel.{one.view.name}")
            here.store.command(f"DROP TABLE otel.{name}")
    here.store.command(
        "ALTER TABLE otel.lift_migrations DELETE WHERE name = '0006_rollups' SETTINGS mutations_sync = 2"
    )
    insert(
        here.store, "lift_events", [*_events(20), event(-3 * DAY, "page_load", "ann"), event(-50 * DAY, "page_load")]
    )
    insert(here.store, "otel_traces", [span(0, "/pay", 10)])
    assert apply(here.store, here.options) == ["0006_rollups"]
    here.store.command(
        "ALTER TABLE otel.lift_migrations DELETE WHERE name = '0006_rollups' SETTINGS mutations_sync = 2"
    )
    here.store.command("TRUNCATE TABLE otel.lift_user_days")
    assert apply(here.store, here.options) == ["0006_rollups"]
    with here.context() as context:
        assert compare(context.stores[0], TODAY - timedelta(days=60), TODAY) == ()
    assert _counted(here)["lift_rollup_monthly"] == 22
    assert _counted(here)["lift_user_days"] == 21
