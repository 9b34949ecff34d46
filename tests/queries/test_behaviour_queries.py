"""Questions 14 and 15 on rows written by hand, with answers computed by hand."""

import math
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from query_rows import DAY, HOUR, MINUTE, NOON, ask, event, insert, shown
from query_twins import ask_tuples

from otel_lift.errors import StoreError
from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply

TODAY = NOON.date()
BEFORE = 40 * DAY  # the rows of the A/B test lie so long before the others, since both know conversions


def _used(seconds: float, subject: str, feature: str, **columns: Any) -> dict[str, Any]:
    return event(seconds, "feature_used", subject, feature=feature, **columns)


def _trial(seconds: float, subject: str, trial_type: str, *, converted: bool, **columns: Any) -> dict[str, Any]:
    return event(seconds, "trial_conversion", subject, trial_type=trial_type, converted=converted, **columns)


def _steps(subject: str, *steps: tuple[str, float]) -> list[dict[str, Any]]:
    return [event(-50 * MINUTE + after, f"activation_{name}", subject) for name, after in steps]


def _exposed(subject: str, variant: str, seconds: float = 0, experiment: str = "button") -> dict[str, Any]:
    return event(seconds - BEFORE, "experiment_exposure", subject, experiment=experiment, variant=variant)


def _signed_up(subject: str, seconds: float = MINUTE) -> dict[str, Any]:
    return event(seconds - BEFORE, "user_signup", subject)


FEATURES = [
    _used(0, "ann", "notes", duration_ms=100.0),
    _used(MINUTE, "bob", "notes", duration_ms=201.0, service="web"),
    _used(2 * MINUTE, "bob", "notes"),
    _used(12 * HOUR - 1, "ann", "notes"),  # the last second of the day
    _used(12 * HOUR, "ann", "notes"),
    _used(-DAY, "", "career"),
    _used(-20 * DAY, "ann", "notes"),
    _used(-20 * DAY, "ann", "old"),
    _used(-60 * DAY, "ann", "older"),
    event(-20 * DAY, "page_load", "ann", page="/", feature="no use"),
]
TRIALS = [
    _trial(-2 * HOUR, "ann", "school", converted=True, days_used=10),
    _trial(-3 * HOUR, "bob", "school", converted=True, days_used=21, user_type="trial"),
    _trial(-3 * HOUR, "cat", "school", converted=False),
    _trial(-3 * HOUR, "dan", "social", converted=False, user_type="trial"),
    _trial(-2 * DAY, "eve", "social", converted=True),
]
FUNNEL = [
    *_steps("all", ("started", 0), ("round_completed", 60), ("mood_logged", 120), ("completed", 600)),
    *_steps("disordered", ("started", 0), ("mood_logged", 60), ("round_completed", 120), ("completed", 180)),
    *_steps("reversed", ("round_completed", 0), ("started", 60)),
    *_steps("slow", ("started", 0), ("round_completed", 601)),
    *_steps("rotated-old", ("started", 0)),
    *_steps("rotated", ("round_completed", 300)),
    *_steps("mood only", ("mood_logged", 0), ("completed", 1)),
    *_steps("", ("started", 0), ("round_completed", 60)),
]
EXPERIMENT = [
    *(_exposed(f"a{n}", "a") for n in range(40)),
    *(_signed_up(f"a{n}") for n in range(8)),
    *(_exposed(f"b{n}", "b") for n in range(50)),
    *(_signed_up(f"b{n}", 0) for n in range(19)),  # with the exposure
    # counts in the variant that was seen first, and once
    _exposed("a0", "b", 10),
    # the goal was reached before
    _signed_up("b30", -1),
    # exposed under one pseudonym and converted under the next
    _exposed("b49-old", "b", -60),
    _signed_up("b49"),
    # of nobody, of another experiment, and of nobody who was exposed
    _exposed("", "a"),
    _exposed("c1", "other", experiment="colour"),
    _signed_up("c1"),
    _signed_up("d1"),
    _trial(MINUTE - BEFORE, "a1", "school", converted=True),
    _trial(MINUTE - BEFORE, "b1", "school", converted=False),
]
LINKS = [
    {"subject": "rotated-old", "linked_subject": "rotated"},
    {"subject": "b49-old", "linked_subject": "b49"},
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Open a store with the events of this module."""
    with open_store(f"chdb://{tmp_path_factory.mktemp('behaviour')}/store") as store:
        apply(store, SchemaOptions())
        insert(store, "lift_events", [*FEATURES, *TRIALS, *FUNNEL, *EXPERIMENT])
        insert(store, "lift_relinks", LINKS)
        yield store


def test_feature_adoption(store: Store) -> None:
    """Question 14: uses of whole days by feature, by how many people, and the mean of those that say how long."""
    assert ask_tuples(store, "feature-adoption", -DAY) == [("notes", 4, 2, 150.5), ("career", 1, 0, 0.0)]
    assert ask_tuples(store, "feature-adoption", -DAY, service="web") == [("notes", 1, 1, 201.0)]
    assert ask_tuples(store, "feature-adoption", -10 * DAY, -5 * DAY) == []


def test_unused_features(store: Store) -> None:
    """Question 14: features that were used in the time before the window and not in it, the last used first."""
    old, older = TODAY - timedelta(days=20), TODAY - timedelta(days=60)
    assert ask_tuples(store, "unused-features", -7 * DAY) == [("old", old), ("older", older)]
    assert ask_tuples(store, "unused-features", -7 * DAY, known_for=30 * DAY) == [("old", old)]
    assert ask_tuples(store, "unused-features", -70 * DAY) == []


def test_trial_conversion(store: Store) -> None:
    """Question 15: trials by type and outcome, with their part of the type and the days of those that say it."""
    assert ask_tuples(store, "trial-conversion", -DAY) == [
        ("school", "converted", 2, 66.67, 15.5, 2),
        ("school", "not_converted", 1, 33.33, 0.0, 1),
        ("social", "not_converted", 1, 100.0, 0.0, 1),
    ]
    assert ask_tuples(store, "trial-conversion", -DAY, user_type="trial") == [
        ("school", "converted", 1, 100.0, 21.0, 1),
        ("social", "not_converted", 1, 100.0, 0.0, 1),
    ]


def test_a_funnel_counts_steps_in_their_order_and_time(store: Store) -> None:
    """Question 15: what comes too late or too early is no step; a person goes on after a key rotation."""
    assert ask_tuples(store, "funnel", within=600) == [
        (1, "activation_started", 5, 100.0, 100.0),
        (2, "activation_round_completed", 3, 60.0, 60.0),
        (3, "activation_mood_logged", 1, 20.0, 33.33),
        (4, "activation_completed", 1, 20.0, 100.0),
    ]
    assert shown(ask(store, "funnel", within=601), "users") == [(5,), (4,), (1,), (1,)]


def test_a_funnel_takes_any_events(store: Store) -> None:
    """The steps are a parameter of one to ten different events; without anybody all are 0."""
    ends = ask_tuples(store, "funnel", steps="activation_mood_logged,activation_completed")
    assert ends == [(1, "activation_mood_logged", 3, 100.0, 100.0), (2, "activation_completed", 3, 100.0, 100.0)]
    assert ask_tuples(store, "funnel", steps="nothing,more") == [(1, "nothing", 0, 0.0, 0.0), (2, "more", 0, 0.0, 0.0)]
    assert len(ask(store, "funnel", steps=[f"step{n}" for n in range(10)])) == 10


def test_a_funnel_that_cannot_be_counted_is_refused(store: Store) -> None:
    """More than ten steps, and one event as two steps, which one event would fulfil, are errors that say so."""
    with pytest.raises(StoreError, match="at most 10 steps"):
        ask(store, "funnel", steps=[f"step{n}" for n in range(11)])
    with pytest.raises(StoreError, match="are different events"):
        ask(store, "funnel", steps=["activation_started", "activation_started"])


def _test_of_two(users: int, conversions: int, of_control: int, of_them: int) -> tuple[float, float]:
    pooled = (conversions + of_them) / (users + of_control)
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / users + 1 / of_control))
    z = (conversions / users - of_them / of_control) / deviation
    return round(z, 4), round(math.erfc(abs(z) / math.sqrt(2)), 6)


def test_an_ab_test_compares_with_the_control(store: Store) -> None:
    """Question 15: persons by the variant they saw first, their conversions after it, and the pooled z-test."""
    z, p_value = _test_of_two(50, 20, 40, 8)
    assert 0.03 < p_value < 0.05
    found = ask_tuples(store, "ab-test", -BEFORE - HOUR, -BEFORE + HOUR, experiment="button", goal="user_signup")
    assert found == [("b", 50, 20, 40.0, 20.0, z, p_value, True), ("a", 40, 8, 20.0, 0.0, 0.0, 1.0, False)]


def test_control_and_confidence_of_an_ab_test_are_parameters(store: Store) -> None:
    """Against b, a is as much worse as b is better; what is significant at 95 % is not at 99 %."""
    asked = {"experiment": "button", "goal": "user_signup", "control": "b", "confidence": 0.99}
    z, p_value = _test_of_two(40, 8, 50, 20)
    found = ask_tuples(store, "ab-test", -BEFORE - HOUR, -BEFORE + HOUR, **asked)
    assert found == [("b", 50, 20, 40.0, 0.0, 0.0, 1.0, False), ("a", 40, 8, 20.0, -20.0, z, p_value, False)]


def test_the_goal_is_a_conversion_if_no_other_is_named(store: Store) -> None:
    """Without a goal a trial that converted counts; where all or nobody convert there is no difference to test."""
    found = ask(store, "ab-test", -BEFORE - HOUR, -BEFORE + HOUR, experiment="button")
    assert shown(found, "variant", "conversions", "rate") == [("b", 0, 0.0), ("a", 1, 2.5)]
    alone = ask_tuples(store, "ab-test", -BEFORE - HOUR, -BEFORE + HOUR, experiment="colour", goal="user_signup")
    assert alone == [("other", 1, 1, 100.0, 0.0, 0.0, 1.0, False)]
    unknown = ask(store, "ab-test", -BEFORE - HOUR, -BEFORE + HOUR, experiment="button", control="none")
    assert shown(unknown, "difference", "z", "p_value") == [(0.0, 0.0, 1.0)] * 2


def test_experiments(store: Store) -> None:
    """Question 15: experiments with their variants and people, by pseudonym, and when they were seen."""
    rows = ask(store, "experiments", -BEFORE - HOUR, -BEFORE + HOUR)
    found = [(row["experiment"], row["variants"], row["users"]) for row in rows]
    assert found == [("button", 2, 91), ("colour", 1, 1)]
    assert rows[0]["first_seen"] == NOON - timedelta(seconds=BEFORE + 60)
    assert rows[0]["last_seen"] == NOON - timedelta(seconds=BEFORE - 10)
