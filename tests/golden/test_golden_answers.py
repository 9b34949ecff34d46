"""Every named query over a made-up world, against answers that are computed from what was sent, without SQL."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from golden_check import answered, differences, expected
from golden_gateway import make_one, relate, store_world
from golden_questions import ANSWERS, Golden
from golden_world import DAY, Expected

from otel_lift.queries import QUERIES
from otel_lift.semconv import EVENTS
from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply
from otel_lift.synthetic.world import World, WorldOptions
from otel_lift.synthetic.world.payloads import arrivals, requests

# the first test waits for the whole world to be stored
pytestmark = pytest.mark.timeout(900)

for _module in ("golden_failures", "golden_requests", "golden_behaviour", "golden_people", "golden_quality"):
    import_module(_module)  # each registers its answers

WORLD = WorldOptions(events=140_000, end=datetime(2026, 11, 2, tzinfo=UTC))
TWICE = 8 * DAY
FOR_GOOD = SchemaOptions(raw_days=20_000, user_error_days=20_000, aggregate_days=20_000, monthly_days=20_000)
"""A schema that keeps everything: the world is of fixed days."""

ELSEWHERE = {
    **dict.fromkeys(
        ("ingestion-rate", "pipeline-health", "processing-latency", "spool-depth"), "reads the gateway's own metrics"
    ),
    "consent-drops": "reads the gateway's own metrics",
    "redactions": "reads what redaction left on log records and spans",
    "job-status": "reads runs of jobs",
    **dict.fromkeys(("rights", "audit-log"), "reads the audit log"),
    "consent-state": "reads the consent ledger",
    "resolutions": "reads what people said of errors",
}
"""The queries that do not answer from events; tests/queries tries them."""

BEFORE = "quality-duplicates"
"""The query that is asked before duplicates are removed too."""

CASES = [(name, place) for name, answer in ANSWERS.items() for place in range(len(answer.cases))]


class Stored:
    """The world in a store, and what is expected of it; `before` is the answer of `BEFORE` with all duplicates."""

    def __init__(self, store: Store, golden: Golden, before: dict[int, list[str]]) -> None:
        self.store = store
        self.golden = golden
        self.before = before


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    """Send a world through the gateway's processors, relate people, and remove duplicates, as jobs do."""
    folder = tmp_path_factory.mktemp("golden")
    world = World(WORLD)
    facts = arrivals(world)
    # to remove repetitions from a day takes as long as to fill it: those of some days do
    facts = facts.take(np.flatnonzero(~facts.again | (facts.time > WORLD.end_ns - TWICE)))
    sent = list(requests(world, facts))
    wanted = Expected(world, facts, sent)
    with open_store(f"chdb://{folder}/store") as store:
        apply(store, FOR_GOOD)
        store_world(store, world, sent, folder)
        relate(store, FOR_GOOD, world, folder)
        frame = with_patterns(wanted.frame, store)
        twice = Golden(frame, wanted.spans, WORLD.start_ns, WORLD.end_ns)
        before = {
            place: differences(BEFORE, answered(store, twice, BEFORE, case), expected(twice, BEFORE, case))
            for place, case in enumerate(ANSWERS[BEFORE].cases)
        }
        make_one(store, FOR_GOOD, folder)
        once = frame.drop_duplicates(["event", "event_time", "subject", "event_id"]).reset_index(drop=True)
        yield Stored(store, Golden(once, wanted.spans, WORLD.start_ns, WORLD.end_ns), before)


def with_patterns(frame: Any, store: Store) -> Any:
    """Answer the events in order of time, with the fingerprint and the template that the store has of each."""
    found = store.query_arrow("SELECT event_id, fingerprint, template FROM lift_events").to_pandas()
    of_event = found.astype(str).drop_duplicates("event_id").set_index("event_id")
    frame = frame.assign(
        fingerprint=frame["event_id"].map(of_event["fingerprint"]).fillna(""),
        template=frame["event_id"].map(of_event["template"]).fillna(""),
    )
    frame["message"] = frame["message"].where(~frame["bare"], frame["template"])
    return frame.sort_values(["event_time", "event_id"], kind="stable").reset_index(drop=True)


@pytest.mark.parametrize(("name", "place"), CASES, ids=[f"{name}-{place}" for name, place in CASES])
def test_a_query_answers_what_was_sent(name: str, place: int, stored: Stored) -> None:
    """A named query answers, in all of its columns, what the people of the world did as far as they agreed to it."""
    case = ANSWERS[name].cases[place]
    found = answered(stored.store, stored.golden, name, case)
    assert not differences(name, found, expected(stored.golden, name, case))


@pytest.mark.parametrize("name", [name for name, named in QUERIES.items() if named.raw_sql])
def test_rollups_answer_as_the_events_do(name: str, stored: Stored) -> None:
    """A query that answers from rollups answers the same from the events themselves."""
    rows = 0
    for case in ANSWERS[name].cases:
        found, raw = (answered(stored.store, stored.golden, name, case, raw=raw) for raw in (False, True))
        assert not differences(name, found, raw)
        rows += len(found)
    assert rows


def test_every_query_has_an_answer() -> None:
    """A named query has an answer of its own here, or a reason why it has none."""
    assert set(ANSWERS) | set(ELSEWHERE) == set(QUERIES)
    assert not set(ANSWERS) & set(ELSEWHERE)


def test_every_event_happens(stored: Stored) -> None:
    """The world has every event of the catalogue, and the store has each."""
    assert set(stored.golden.frame["event"]) == set(EVENTS)


def test_errors_are_grouped_as_they_are_made(stored: Stored) -> None:
    """Two errors have one fingerprint just if the world made them alike: event, kind, place, action, sentence."""
    failures = stored.golden.frame[stored.golden.frame["category"] == "failures"]
    pairs = set(zip(failures["pattern"], failures["fingerprint"], strict=True))
    assert len(pairs) == failures["pattern"].nunique() == failures["fingerprint"].nunique() > 100


def test_repetitions_are_counted_before_they_are_removed(stored: Stored) -> None:
    """Events that were sent twice are found by their ids, and are gone after the job has run."""
    assert not any(stored.before.values())
    ((rows, ids),) = stored.store.query("SELECT count(), uniqExact(event_id, subject) FROM lift_events").rows
    assert rows == ids == len(stored.golden.frame)
