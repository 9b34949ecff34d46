"""No rollup keeps a trace of a person: neither rows, nor a hash among those that count distinct people."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from query_rows import DAY, HOUR, NOON, event, insert
from rights_support import RING, Place, last, place

from otel_lift.rights.sweep import Swept, sweep
from otel_lift.rollups import compare

ALICE, BOB = "alice@example.test", "bob-7"
MINE, THEIRS = RING.subject(ALICE), RING.subject(BOB)
OLD = RING.pseudonyms(ALICE)["old"]
_COUNTING = ("lift_rollup_hourly", "lift_rollup_daily", "lift_rollup_monthly")
_PEOPLE = ("lift_user_days", "lift_daily_user_errors")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    """Open a place with the embedded engine."""
    with place(tmp_path, f"chdb://{tmp_path}/store") as made:
        yield made


def _holds(here: Place, table: str, subject: str) -> bool:
    """Say whether a count of people knows a subject: else one more state of it makes the count greater."""
    together, alone = here.one(
        "SELECT uniqMerge(state), uniqMergeIf(state, NOT own) FROM "
        f"(SELECT users AS state, 0 AS own FROM {{db}}.{table} UNION ALL SELECT uniqState('{subject}'), 1)"
    )
    return bool(together == alone)


def _of(here: Place, subject: str) -> list[str]:
    rows = [name for name in _PEOPLE if here.one(f"SELECT count() FROM {{db}}.{name} WHERE subject = '{subject}'")[0]]
    return [*rows, *(name for name in _COUNTING if _holds(here, name, subject))]


def _both(seconds: float, name: str, mine: str = MINE, **columns: Any) -> list[dict[str, Any]]:
    return [event(seconds + place, name, who, **columns) for place, who in enumerate((mine, THEIRS, "", THEIRS))]


def test_an_erasure_leaves_nothing_in_any_rollup(here: Place) -> None:
    """Of days that can be made again, of days without their user errors, and of days that have expired altogether."""
    for seconds in (0, -3 * HOUR, -20 * DAY, -40 * DAY, -100 * DAY, -400 * DAY):
        insert(here.store, "lift_events", [*_both(seconds, "user_error"), *_both(seconds, "page_load", OLD)])
    here.store.command("OPTIMIZE TABLE otel.lift_events FINAL")
    assert set(_of(here, MINE)) == {*_PEOPLE, *_COUNTING}
    counts = [here.one(f"SELECT sum(events), uniqMerge(users) FROM {{db}}.{name}") for name in _COUNTING]
    answer = last(here.file, "subject erase", ids=[ALICE])
    assert answer["receipt"]["verified"], answer
    assert {*_PEOPLE, *_COUNTING} < set(answer["rows"])
    assert _of(here, MINE) == _of(here, OLD) == []
    assert set(_of(here, THEIRS)) == {*_PEOPLE, *_COUNTING}
    for (events, people), name in zip(counts, _COUNTING, strict=True):
        left = here.one(f"SELECT sum(events), uniqMerge(users) FROM {{db}}.{name}")
        # where events have expired, how often something happened stays
        assert events - 8 <= left[0] < events
        assert left[1] == people - 2
    assert last(here.file, "subject verify", ids=[ALICE])["rows"] == {}
    with here.context() as context:
        assert compare(context.stores[0], NOON.date() - timedelta(days=80), NOON.date()) == ()
        assert sweep(context) == Swept((), complete=True)


def test_whoever_comes_back_is_counted_again(here: Place) -> None:
    """The sweep takes late rows from rollups, and leaves what happened after the erasure, also of the same day."""
    insert(here.store, "lift_events", _both(0, "page_load"))
    erased = last(here.file, "subject erase", ids=[ALICE])["receipt"]["erased_at"]
    after = erased / 10**9 - NOON.timestamp() + 1
    insert(here.store, "lift_events", [event(after, "page_load", MINE), event(after - 2, "page_load", MINE)])
    with here.context() as context:
        assert sweep(context) == Swept((RING.person(ALICE),), complete=True)
        assert sweep(context) == Swept((), complete=True)
    assert here.one(f"SELECT sum(events) FROM {{db}}.lift_user_days WHERE subject = '{MINE}'") == (1,)
    assert here.one("SELECT sum(events), uniqMerge(users) FROM {db}.lift_rollup_daily") == (4, 2)
    verified = last(here.file, "subject verify", ids=[ALICE])
    assert verified["rows"] == {}
    assert verified["later"]["clickhouse"]["lift_user_days"] == 1
