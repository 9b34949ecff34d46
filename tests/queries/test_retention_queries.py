"""Questions 17 and 18 on rows written by hand, with answers computed by hand."""

import math
from collections.abc import Iterator
from datetime import timedelta
from statistics import linear_regression
from typing import Any

import pytest
from query_rows import DAY, NOON, ask, clear, event, insert
from query_twins import ask_tuples, ask_twins

from otel_lift.errors import StoreError
from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply

TODAY = NOON.date()
MONDAY = -NOON.weekday() * DAY  # noon of this week's Monday, in seconds after noon of today
WEEK = 7 * DAY


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Open a store for the tests of this module."""
    with open_store(f"chdb://{tmp_path_factory.mktemp('retention')}/store") as store:
        apply(store, SchemaOptions())
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    """Answer a store without a row."""
    clear(opened)
    return opened


def _days(subject: str, *days: int, **columns: Any) -> list[dict[str, Any]]:
    return [event(day * DAY, "page_load", subject, **columns) for day in days]


def _link(store: Store, *pairs: tuple[str, str]) -> None:
    insert(store, "lift_relinks", [{"subject": old, "linked_subject": new} for old, new in pairs])


def test_retention_by_week(store: Store) -> None:
    """Persons by the week of their first day in the window, and who of them was there in the weeks after."""
    weeks = {"ann": (-3, -1), "bob-old": (-3,), "bob": (-2,), "cat": (-2,), "dan": (-4, -1), "": (-3,)}
    rows = [event(MONDAY + week * WEEK + 2 * DAY, "page_load", who) for who, when in weeks.items() for week in when]
    insert(store, "lift_events", [*rows, event(MONDAY - 3 * WEEK - DAY // 2, "page_load", "ann")])
    _link(store, ("bob-old", "bob"))
    first = TODAY + timedelta(seconds=MONDAY - 3 * WEEK)
    assert ask_tuples(store, "retention", MONDAY - 3 * WEEK + 3 * DAY, MONDAY - WEEK + DAY) == [
        (first, 0, 2, 2, 100.0),
        (first, 1, 2, 1, 50.0),
        (first, 2, 2, 1, 50.0),
        (first + timedelta(days=7), 0, 1, 1, 100.0),
        (first + timedelta(days=7), 1, 1, 0, 0.0),
        (first + timedelta(days=14), 0, 1, 1, 100.0),
    ]


def test_retention_of_a_user_type(store: Store) -> None:
    """Only the days on which a person had the type make a cohort and count in it."""
    at = MONDAY - WEEK
    rows = [event(at, "page_load", "ann", user_type="trial"), event(at + WEEK, "page_load", "ann", user_type="school")]
    insert(store, "lift_events", rows)
    found = ask_tuples(store, "retention", at, MONDAY + DAY, user_type="trial")
    assert [row[1:4] for row in found] == [(0, 1, 1), (1, 1, 0)]
    assert [row[1:4] for row in ask_tuples(store, "retention", at, MONDAY + DAY)] == [(0, 1, 1), (1, 1, 1)]


def test_streaks(store: Store) -> None:
    """The longest run of days in a row, over gaps and a key rotation, and the run that is still going on."""
    events = [
        *_days("ann", -4, -3, -2, 0),
        *_days("bob", -1, 0, 0),
        *_days("cat-old", -5),
        *_days("cat", -5, -4),
        *_days("dan", -1),
        *_days("eve", -30, -29, -28),
        *_days("", -1, 0),
    ]
    insert(store, "lift_events", events)
    _link(store, ("cat-old", "cat"))
    assert ask_tuples(store, "streaks", -10 * DAY) == [(1, 1, 1), (2, 2, 1), (3, 1, 0)]
    assert ask_tuples(store, "streaks", -60 * DAY, -DAY) == [(1, 2, 2), (2, 1, 0), (3, 2, 0)]


def test_churn(store: Store) -> None:
    """Who left, who came back, who is new, and how many are expected to leave; a rotated key is nobody new."""
    events = [
        *_days("ann", -10, 0),
        *_days("bob", -5),
        *_days("cat", -40, -1),
        *_days("dan", 0),
        *_days("eve", -50),
        *_days("fay-old", -20),
        *_days("fay", -2),
    ]
    insert(store, "lift_events", events)
    _link(store, ("fay-old", "fay"))
    # risks: cat 1 - 1/e, fay 1 - 1/e², and ann and dan, who were there today, none
    assert ask_tuples(store, "churn", -2 * DAY) == [(3, 1, 33.33, 1, 1, 4, round(2 - math.exp(-1) - math.exp(-2)))]


def test_churn_risk(store: Store) -> None:
    """The risk grows with the days since the last one, the more the shorter a person's gaps were."""
    insert(
        store, "lift_events", [*_days("ann", -9, -5, -1), *_days("bob-old", -9), *_days("bob", -8), *_days("cat", 0)]
    )
    _link(store, ("bob-old", "bob"))
    bob = ("bob", 2, TODAY - timedelta(days=8), 8, 1.0, round(1 - math.exp(-8), 4))
    ann = ("ann", 3, TODAY - timedelta(days=1), 1, 3.0, round(1 - math.exp(-1 / 3), 4))
    assert ask_tuples(store, "churn-risk", -9 * DAY) == [bob]
    assert ask_tuples(store, "churn-risk", -9 * DAY, at_least=0.2) == [bob, ann]
    everybody = ask_tuples(store, "churn-risk", -9 * DAY, at_least=0)
    assert everybody == [bob, ann, ("cat", 1, TODAY, 0, 1.0, 0.0)]
    assert ask_tuples(store, "churn-risk", -9 * DAY, at_least=0, limit=1) == [bob]


FORECAST = {-4: 3, -3: 2, -1: 5, 0: 7}
SERIES = [3, 2, 0, 5, 7]


@pytest.mark.parametrize("metric", ["dau", "events", "errors", "signups"])
def test_a_forecast_is_the_least_squares_line(store: Store, metric: str) -> None:
    """The line over the days, a day without any as 0, is drawn on for the days ahead, with 1.96 deviations beside."""
    name = {"dau": "page_load", "events": "page_load", "errors": "api_error", "signups": "user_signup"}[metric]
    rows = [event(day * DAY, name, f"p{n}") for day, count in FORECAST.items() for n in range(count)]
    others = {"dau": (name, ""), "events": None, "errors": ("page_load", "x"), "signups": ("user_login", "x")}[metric]
    insert(store, "lift_events", [*rows, *([event(0, *others)] if others else [])])
    slope, start = linear_regression(range(5), SERIES)
    residuals = [value - start - slope * n for n, value in enumerate(SERIES)]
    margin = 1.96 * math.sqrt(sum(one * one for one in residuals) / 3)
    answer = ask_tuples(store, "forecast", -4 * DAY, metric=metric, ahead=2)
    assert [row[:2] for row in answer] == [
        (TODAY + timedelta(days=n - 4), SERIES[n] if n < 5 else None) for n in range(7)
    ]
    for n, (_, _, fitted, low, high) in enumerate(answer):
        line = start + slope * n
        assert (fitted, low, high) == pytest.approx((line, line - margin, line + margin), abs=0.006)


def test_a_forecast_of_too_few_days(store: Store) -> None:
    """One day is a level line, two are a line without a margin, and no event at all is a line at 0."""
    insert(store, "lift_events", [*_days("ann", -1), *_days("bob", 0, 0)])
    assert [row[1:] for row in ask_tuples(store, "forecast", 0, 1, metric="events", ahead=1)] == [
        (2.0, 2.0, 2.0, 2.0),
        (None, 2.0, 2.0, 2.0),
    ]
    assert [row[1:] for row in ask_tuples(store, "forecast", -DAY, 0, metric="events", ahead=1)] == [
        (1.0, 1.0, 1.0, 1.0),
        (2.0, 2.0, 2.0, 2.0),
        (None, 3.0, 3.0, 3.0),
    ]
    empty = ask_tuples(store, "forecast", -40 * DAY, -38 * DAY, ahead=0)
    assert [row[1:] for row in empty] == [(0.0, 0.0, 0.0, 0.0)] * 3


def test_a_forecast_of_another_metric_is_refused(store: Store) -> None:
    """What the query cannot foretell is an error that names what it can."""
    with pytest.raises(StoreError, match="dau, events, errors or signups"):
        ask(store, "forecast", -DAY, metric="money")


def _flourishing(subject: str, days_before: int) -> list[dict[str, Any]]:
    """Mood 80, three micro-acts and seven events of the community today, and a visit on so many days before."""
    return [
        event(0, "activation_mood_logged", subject, mood=70),
        event(1, "activation_mood_logged", subject, mood=90),
        *(event(n, "microact_created", subject) for n in range(3)),
        *(event(n, "post_liked", subject) for n in range(4)),
        *(event(n, f"post_{what}", subject) for n, what in enumerate(("created", "commented", "shared"))),
        *_days(subject, *range(-1, -1 - days_before, -1)),
    ]


def test_the_flourish_index(store: Store) -> None:
    """Question 18: the weighted sum of mood 80, micro-acts 75, community 70 and consistency 75 is 75.5."""
    # consistency is 100 * days / 7, so that 75 is the mean of four persons with 5, 5, 5 and 6 days
    persons = {"ann": 4, "bob": 4, "cat": 4, "dan": 5}
    insert(store, "lift_events", [row for who, days in persons.items() for row in _flourishing(who, days)])
    found = ask_tuples(store, "flourish-index", -1, microact_target=4)
    assert found == [(TODAY, 4, 75.5, 80.0, 75.0, 70.0, 75.0)]
    weights = {"mood_weight": 0, "microact_weight": 0, "community_weight": 1, "consistency_weight": 0}
    (row,) = ask_tuples(store, "flourish-index", -1, community_target=20, **weights)
    assert (row[2], row[5]) == (35.0, 35.0)


def test_scores_of_the_flourish_index_end_at_100(store: Store) -> None:
    """More than the target is 100; who logs no mood has a mood of 0; days before the window make consistency."""
    rows = [event(0, "microact_created", "ann") for _ in range(9)] + _days("ann", *range(-9, 0))
    insert(store, "lift_events", rows)
    assert ask_tuples(store, "flourish-index", -1) == [(TODAY, 1, 50.0, 0.0, 100.0, 0.0, 100.0)]
    assert ask_tuples(store, "flourish-index", -1, user_type="trial") == []


def test_the_add_value_index(store: Store) -> None:
    """Question 18: creating 2 of 5, sharing 3 of 3, 3 of 5 in waves and 1 of 5 in help; each person's day once."""
    whole = ["microact_created"] * 2 + ["microact_shared"] * 3 + ["wave_joined"] + ["wave_interaction"] * 2
    rows = [event(n, name, "ann") for n, name in enumerate([*whole, "post_shared"])]
    insert(store, "lift_events", [*rows, *_days("bob-old", 0), *_days("bob", 0)])
    _link(store, ("bob-old", "bob"))
    # ann has 40, 100, 60 and 20: 0.3 * 40 + 0.3 * 100 + 0.2 * 60 + 0.2 * 20 = 58; bob has nothing
    found = ask_tuples(store, "add-value-index", -1)
    assert found == [(TODAY, 2, 29.0, 20.0, 50.0, 30.0, 10.0)]
    (row,) = ask_twins(store, "add-value-index", -1, wave_weight=0, help_target=1)
    assert (row["help"], row["add_value_index"]) == (50.0, 31.0)


@pytest.mark.parametrize("subject", ["ann", "ann-old"])
def test_the_indices_of_a_person(store: Store, subject: str) -> None:
    """Question 18: both indices and their scores by day, under whichever pseudonym the person is asked for."""
    shared = [event(0, "microact_shared", "ann") for _ in range(3)]
    insert(store, "lift_events", [*_flourishing("ann", 0), *shared, *_days("ann-old", -1, -2), *_days("bob", 0)])
    _link(store, ("ann-old", "ann"))
    found = ask_tuples(store, "indices-of-user", -1, subject=subject, microact_target=4)
    # 0.3 * 80 + 0.3 * 75 + 0.2 * 70 + 0.2 * 300 / 7, and 0.3 * 60 + 0.3 * 100 + 0 + 0.2 * 40
    assert found == [(TODAY, 69.07, 80.0, 75.0, 70.0, 42.86, 56.0, 60.0, 100.0, 0.0, 40.0)]
