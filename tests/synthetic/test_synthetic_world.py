"""The made-up world: the same from the same seed, with everything in it that it promises."""

from datetime import UTC, datetime

import numpy as np
import pytest

from otel_lift.batch import RequestContext, Signal
from otel_lift.kernel import decode
from otel_lift.semconv import COLUMNS, EVENTS
from otel_lift.synthetic.world import World, WorldOptions
from otel_lift.synthetic.world.days import CLOCK_OF_NOBODY
from otel_lift.synthetic.world.facts import Facts
from otel_lift.synthetic.world.journeys import EVENT_NAMES
from otel_lift.synthetic.world.payloads import arrivals, requests
from otel_lift.synthetic.world.rows import RowMaker

SMALL = WorldOptions(seed=7, people=400, days=12, events=40_000, end=datetime(2026, 10, 5, tzinfo=UTC))


@pytest.fixture(scope="module")
def world() -> World:
    """Make a small world."""
    return World(SMALL)


@pytest.fixture(scope="module")
def facts(world: World) -> Facts:
    """Make all that happens in it, by arrival."""
    return arrivals(world)


def test_a_seed_makes_one_world(world: World) -> None:
    """Equal options make equal days, whichever are made before, and another seed makes others."""
    first, again = world.day(5), World(SMALL).day(5)
    assert np.array_equal(first.ids, again.ids)
    assert np.array_equal(first.time, again.time)
    assert first.told.keys() == again.told.keys()
    other = World(WorldOptions(seed=8, people=400, days=12, events=40_000, end=SMALL.end)).day(5)
    assert not set(map(bytes, other.ids)) & set(map(bytes, first.ids))


def test_the_world_has_every_event(facts: Facts) -> None:
    """Each event of the catalogue happens, one that is new in it included."""
    assert {EVENT_NAMES[code] for code in np.unique(facts.event).tolist()} == set(EVENTS)


def test_the_world_is_about_as_large_as_it_should_be(facts: Facts) -> None:
    """It has the events that were asked for, give or take a tenth, and all lie within its time."""
    assert abs(len(facts) / SMALL.events - 1) < 0.1
    assert ((facts.received >= SMALL.start_ns) & (facts.received < SMALL.end_ns)).all()
    time = facts.time[facts.time != CLOCK_OF_NOBODY]
    assert ((time >= SMALL.start_ns) & (time < SMALL.end_ns)).all()


def test_the_world_has_what_goes_wrong(facts: Facts) -> None:
    """Some events come hours late, some twice; some clocks run ahead or are lost, and some traces lead nowhere."""
    lost = facts.time == CLOCK_OF_NOBODY
    late = (facts.received - facts.time)[~lost] / 1e9
    assert lost.any()
    assert 0.01 < (late > 3600).mean() < 0.04
    assert 0.005 < facts.again.mean() < 0.02
    assert (late < -60).any()
    assert (facts.traces.any(axis=1) & ~facts.span).any()
    ids = [one.tobytes() for one in facts.ids]
    assert len(ids) - len(set(ids)) == facts.again.sum()


def test_forty_percent_do_not_agree() -> None:
    """Two people of five did not agree to analytics."""
    assert abs(World(WorldOptions(people=20_000)).people.analytics.mean() - 0.6) < 0.02


def test_rows_are_of_those_who_agreed(world: World, facts: Facts) -> None:
    """Rows have the store's columns; without consent no behaviour is stored, and nothing essential names anybody."""
    rows = RowMaker(world).batch(facts)
    assert rows.schema.names == [*COLUMNS, "properties"]
    found = rows.select(["event", "consent", "subject", "session_id", "address", "category"]).to_pylist()
    denied = [row for row in found if row["consent"] == "denied"]
    assert denied
    assert not any(row["subject"] or row["session_id"] or row["address"] for row in denied)
    assert all(EVENTS[row["event"]].spec.consent == "essential" for row in denied)
    assert any(row["subject"] for row in found if row["category"] == "failures")
    assert len(found) < len(facts)


def test_requests_carry_all_of_it(world: World, facts: Facts) -> None:
    """The requests are OTLP that the kernel takes: a log record for each fact, each once, in the order of arrival."""
    sent = list(requests(world, facts))
    records = spans = 0
    for one in sent:
        for signal, payload in ((Signal.LOGS, one.logs), (Signal.TRACES, one.traces)):
            if payload:
                decoded = decode(signal, [payload], RequestContext(), one.received)
                assert decoded.outcomes[0].error is None
                assert decoded.outcomes[0].rejected == 0
                records += len(decoded.batch) * (signal is Signal.LOGS)
                spans += len(decoded.batch) * (signal is Signal.TRACES)
    assert records == len(facts)
    assert 0 < spans <= int(facts.span.sum())
    assert [one.rows.start for one in sent] == [0, *(one.rows.stop for one in sent[:-1])]
    assert all((facts.received[one.rows] <= one.received).all() for one in sent)
