"""Question 16 on rows written by hand, with answers computed by hand."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from query_rows import DAY, HOUR, MINUTE, NOON, ask, at, event, insert
from query_twins import ask_tuples

from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply

TODAY = NOON.date()
YESTERDAY = TODAY - timedelta(days=1)


def _wave(seconds: float, name: str, subject: str, wave: str = "w1", **columns: Any) -> dict[str, Any]:
    return event(seconds, f"wave_{name}", subject, wave_id=wave, **columns)


# Who is active on which days; bob's key rotates, and he is there under both pseudonyms on the last day.
ACTIVE = [
    event(0, "page_load", "ann", user_type="trial"),
    event(-DAY, "page_load", "ann"),
    event(0, "page_load", "bob"),
    event(-HOUR, "page_load", "bob-old"),
    event(-6 * DAY, "page_load", "bob-old"),
    event(-7 * DAY, "page_load", "cat", user_type="trial"),
    event(-7 * DAY + 1, "page_load", "cat"),
    event(-29 * DAY, "page_load", "dan"),
    event(-30 * DAY, "page_load", "eve"),
    event(0, "page_load", ""),
]
# 40 days before: what people do, without anything else in the days around.
THEN = -40 * DAY
DOINGS = [
    *(event(THEN + n, "microact_created", "ann", microact_category="kindness") for n in range(2)),
    event(THEN, "microact_created", "", microact_category="focus"),
    event(THEN, "microact_shared", "ann"),
    event(THEN, "activation_started", "ann", session_id="s1"),
    event(THEN, "activation_started", "bob-old", user_type="trial"),
    event(THEN + HOUR, "activation_completed", "bob"),
    event(THEN + HOUR, "activation_completed", "bob"),
    event(THEN - DAY, "activation_completed", "cat", session_id="s2"),
    *(event(THEN, "activation_round_completed", subject, round=1) for subject in ("ann", "ann", "bob", "")),
    event(THEN, "activation_round_completed", "ann", round=8),
    event(THEN, "activation_mood_logged", "ann", phase="start", mood=40),
    event(THEN, "activation_mood_logged", "bob", phase="start", mood=51),
    event(THEN, "activation_mood_logged", "ann", phase="end", mood=70),
    event(THEN - DAY, "activation_mood_logged", "ann", phase="start", mood=10),
    *(event(THEN, f"post_{what}", "ann") for what in ("created", "liked", "commented", "shared", "liked")),
    event(THEN, "user_followed", "bob", user_type="trial"),
    event(THEN, "post_created", ""),
    _wave(THEN, "registered", "ann"),
    _wave(THEN, "joined", "ann"),
    _wave(THEN + 1, "joined", "bob"),
    _wave(THEN + 2, "interaction", "cat"),
    _wave(THEN + 3, "interaction", "cat", "w2"),
    _wave(THEN + 4, "left", "ann"),
    _wave(THEN + 5, "microact_shared", "dan"),
    _wave(THEN + 6, "feedback_submitted", "ann", rating=4),
    _wave(THEN + 6, "feedback_submitted", "bob", rating=5),
    _wave(THEN + 6, "feedback_submitted", "cat"),
    event(THEN, "wave_joined", "eve"),
    event(THEN, "api_error", "ann", session_id="s1", endpoint="/"),
]
# 60 days before, at noon: who is in which wave, and who did what shortly before.
MOMENT = -60 * DAY
LIVE = [
    _wave(MOMENT - 3 * HOUR, "joined", "ann"),
    _wave(MOMENT - 2 * HOUR, "left", "ann"),
    _wave(MOMENT - 1 * HOUR, "joined", "ann"),
    _wave(MOMENT - 30 * MINUTE, "joined", "bob"),
    _wave(MOMENT - 30 * MINUTE, "joined", "ann", "w2"),
    _wave(MOMENT - 30 * MINUTE, "joined", "cat", "w3"),
    _wave(MOMENT - 30 * MINUTE, "left", "cat", "w3"),  # at the same time: left
    _wave(MOMENT - 5 * HOUR, "joined", "dan", "w4"),
    _wave(MOMENT, "joined", "eve", "w5"),
    _wave(MOMENT - 1, "joined", "", "w6"),
    event(MOMENT - 4 * MINUTE, "api_error", "ann", session_id="s1"),
    event(MOMENT - 6 * MINUTE, "page_load", "fay", session_id="s2"),
    event(MOMENT - 40 * MINUTE, "page_load", "fay", session_id="s3"),
    event(MOMENT - 11 * HOUR, "microact_created", "gus"),
    event(MOMENT - 13 * HOUR, "microact_created", "hal"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Open a store with the events of this module."""
    with open_store(f"chdb://{tmp_path_factory.mktemp('activity')}/store") as store:
        apply(store, SchemaOptions())
        insert(store, "lift_events", [*ACTIVE, *DOINGS, *LIVE])
        insert(store, "lift_relinks", [{"subject": "bob-old", "linked_subject": "bob"}])
        yield store


def test_active_users(store: Store) -> None:
    """Persons of each day, of 7 and of 30 days that end with it, a person of two pseudonyms once; a gap is 0."""
    assert ask_tuples(store, "active-users", -2 * DAY) == [
        (TODAY - timedelta(days=2), 0, 2, 4, 0.0),
        (YESTERDAY, 1, 3, 5, 20.0),
        (TODAY, 2, 2, 4, 50.0),
    ]


def test_a_persons_day_has_one_user_type(store: Store) -> None:
    """A filter chooses the days of a person by the greatest user type that the person's events of the day have."""
    found = ask_tuples(store, "active-users", -DAY, user_type="trial")
    assert [row[1:4] for row in found] == [(0, 1, 1), (1, 1, 2)]


def test_active_users_of_a_time_without_any(store: Store) -> None:
    """Days on which nobody was active are there, with zeros."""
    assert [row[1:] for row in ask_tuples(store, "active-users", -80 * DAY, -78 * DAY)] == [(0, 0, 0, 0.0)] * 3


def test_right_now(store: Store) -> None:
    """Who was active when, who is in a wave by the latest of joining and leaving, and the last hour's failures."""
    (row,) = ask_tuples(store, "realtime", at=at(MOMENT))
    # ann, bob, cat, fay, gus since midnight and dan at 7; of the last hour 4 in waves left, an error, 2 page loads
    assert row == (6, 1, 2, 2, 3, 1, 1, 9, 11.11)
    (row,) = ask_tuples(store, "realtime", at=at(-80 * DAY))
    assert row == (0, 0, 0, 0, 0, 0, 0, 0, 0.0)


def test_live_waves(store: Store) -> None:
    """The waves that somebody is in, and since when the first of those there has been."""
    assert ask_tuples(store, "live-waves", at=at(MOMENT)) == [
        ("w1", 2, NOON + timedelta(seconds=MOMENT - HOUR)),
        ("w2", 1, NOON + timedelta(seconds=MOMENT - 30 * MINUTE)),
    ]


def test_microacts_by_category(store: Store) -> None:
    """Micro-acts created by category, and by how many people."""
    found = ask_tuples(store, "microacts-by-category", THEN - HOUR, THEN + HOUR)
    assert found == [("kindness", 2, 1), ("focus", 1, 0)]


def test_activation(store: Store) -> None:
    """Persons who started and completed by day: one who starts before a key rotation and completes after it is one."""
    day = TODAY - timedelta(days=40)
    assert ask_tuples(store, "activation", THEN - 2 * DAY, THEN + DAY) == [
        (day - timedelta(days=1), 0, 1, 0.0),
        (day, 2, 1, 50.0),
    ]
    assert ask_tuples(store, "activation", THEN, THEN + DAY, user_type="trial") == [(day, 1, 1, 100.0)]


def test_rounds_and_moods(store: Store) -> None:
    """Completions of each round; the mean mood by phase and day, and its change where both phases were logged."""
    day = TODAY - timedelta(days=40)
    assert ask_tuples(store, "activation-rounds", THEN - HOUR, THEN + HOUR) == [(1, 4, 2), (8, 1, 1)]
    assert ask_tuples(store, "activation-mood", THEN - DAY, THEN + DAY) == [
        (day - timedelta(days=1), 10.0, 0.0, 0.0, 1, 1),
        (day, 45.5, 70.0, 24.5, 3, 2),
    ]


def test_community_engagement(store: Store) -> None:
    """What people did in the community by day, and how many did anything."""
    day = TODAY - timedelta(days=40)
    assert ask_tuples(store, "community-engagement", THEN, THEN + DAY) == [(day, 2, 2, 1, 1, 1, 2)]
    found = ask_tuples(store, "community-engagement", THEN, THEN + DAY, user_type="trial")
    assert found == [(day, 0, 0, 0, 0, 1, 1)]


def test_waves_by_day_and_by_wave(store: Store) -> None:
    """What people did in waves; who joined or interacted takes part, and only ratings that were given count."""
    day = TODAY - timedelta(days=40)
    assert ask_tuples(store, "wave-trends", THEN, THEN + DAY) == [(day, 1, 3, 1, 2, 1, 4, 4.5)]
    assert ask_tuples(store, "wave-participation", THEN, THEN + DAY) == [
        ("w1", 1, 2, 1, 1, 3, 4.5),
        ("w2", 0, 0, 1, 0, 1, 0.0),
    ]
    assert len(ask(store, "wave-participation", THEN, THEN + DAY, limit=1)) == 1


@pytest.mark.parametrize("subject", ["bob", "bob-old"])
def test_the_activity_of_a_person(store: Store, subject: str) -> None:
    """Either pseudonym of a person finds the days under both."""
    found = ask_tuples(store, "user-activity", -7 * DAY, 0, subject=subject)
    assert [row[:2] for row in found] == [(TODAY - timedelta(days=6), 1), (TODAY, 2)]


def test_what_is_counted_of_a_persons_day(store: Store) -> None:
    """Events, failures, sessions, micro-acts, community and waves of a day; nobody's rows are found for no name."""
    day = TODAY - timedelta(days=40)
    found = ask_tuples(store, "user-activity", THEN, THEN + 1, subject="ann")
    assert found == [(day, 19, 1, 1, 2, 1, 5, 1)]
    assert ask_tuples(store, "user-activity", THEN, THEN + 1, subject="nobody") == []
