"""Questions 8 and 10 to 13 on rows written by hand, with answers computed by hand; from rollups and from events."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from query_rows import DAY, HOUR, MINUTE, NOON, ask, event, insert, shown

from otel_lift.queries import find
from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply

TODAY = NOON.date()
YESTERDAY = TODAY - timedelta(days=1)

EVENTS = [
    # people's failures on two days; noon is in the middle of the second
    event(-60, "api_error", "ann", fingerprint="f1", user_blocked=True, recovery_attempted=True, service="shop"),
    event(-50, "api_error", "ann", fingerprint="f1", recovery_attempted=True, recovery_successful=True),
    event(-40, "payment_error", "ann", fingerprint="f2", priority="critical", user_blocked=True),
    event(-40, "db_error", "", priority="critical"),
    event(2 * HOUR, "api_error", "bob", user_type="trial"),
    event(-DAY, "api_error", "bob"),
    event(-12 * HOUR, "api_error", "cat"),  # midnight, the first moment of the day
    event(-12 * HOUR - 0.5, "api_error", "cat"),
    event(-60, "feature_used", "dan"),
    # AI
    event(-10, "ai_failure", "ann", feature="f", ai_provider="p1", reason="timeout", fallback_used="cache"),
    event(-11, "ai_failure", "bob", feature="f", ai_provider="p1", reason="timeout", fallback_used="none"),
    event(-12, "ai_failure", "", feature="f", ai_provider="p1", reason="quota", duration_ms=40.0),
    event(-13, "ai_failure", "ann", feature="g", ai_provider="", reason="", duration_ms=10.0),
    *(event(-n, "ai_interaction", "eve", ai_provider="p1", duration_ms=100.0 * n) for n in range(1, 4)),
    event(-9, "ai_interaction", "eve", ai_provider="p2"),
    # addresses that are refused: 3 in one minute, of 5 in all; notifications; sessions
    *(event(60 * MINUTE + n, "rate_limited", "ann", address="h1", endpoint="/a") for n in range(3)),
    *(event(62 * MINUTE + n, "rate_limited", "", address="h1", endpoint="/b") for n in range(2)),
    event(61 * MINUTE, "rate_limited", "bob", address="h2"),
    event(61 * MINUTE, "rate_limited", "bob", endpoint="/a"),
    event(90, "notification_failure", "ann", channel="push", provider="x"),
    event(91, "notification_failure", "bob", channel="push", provider="x"),
    event(92, "notification_failure", "bob", channel="email", provider="y"),
    event(-DAY, "feature_used", session_id="s1"),
    event(-DAY, "feature_used", session_id="s1"),
    event(-DAY, "auth_error", session_id="s2", error_type="session_expired"),
    event(-DAY, "auth_error", session_id="s3", error_type="password_mismatch"),
    event(-DAY, "session_stabilization_failure", session_id="s3"),
    # response times
    *(event(-n, "api_response_time", endpoint="/slow", duration_ms=10.0 * n, cache_hit=n <= 3) for n in range(1, 13)),
    *(event(-n, "api_response_time", endpoint="/fast", duration_ms=1.0) for n in range(1, 12)),
    *(event(-n, "api_response_time", endpoint="/few", duration_ms=999.0) for n in range(1, 11)),
    *(event(-n, "api_response_time", duration_ms=5_000.0) for n in range(1, 20)),
    event(-1, "slow_endpoint", endpoint="/slow", duration_ms=1_500.0),
    event(-2, "slow_endpoint", endpoint="/slow", duration_ms=2_500.06),
    event(-2, "slow_endpoint", endpoint="/big", duration_ms=9_000.0),
    *(event(-n, "cache_performance", cache_key="user:<id>", cache_hit=n != 1) for n in range(1, 4)),
    event(-1, "cache_performance", cache_key="feed"),
    *(event(-n, "page_load", "ann", page="/home", duration_ms=500.0) for n in range(1, 4)),
    event(-5, "page_load", "bob", page="/home"),
    event(-6, "page_load", "", page="/map", duration_ms=2_000.0),
]

both = pytest.mark.parametrize("raw", [False, True])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Open a store with the events of this module."""
    with open_store(f"chdb://{tmp_path_factory.mktemp('daily')}/store") as store:
        apply(store, SchemaOptions())
        insert(store, "lift_events", EVENTS)
        yield store


@both
def test_error_rate_of_a_person(store: Store, raw: bool) -> None:
    """Question 8: one row for whole days, however small the part of them that is asked for, and 0 for nobody's."""
    (ann,) = ask(store, "user-error-rate", -DAY, 1, subject="ann", raw=raw)
    assert ann == {"errors": 9, "critical": 1, "blocking": 2, "daily_average": 4.5, "days_with_errors": 1}
    (cat,) = ask(store, "user-error-rate", -6.5 * DAY, -DAY, subject="cat", raw=raw)
    assert cat == {"errors": 1, "critical": 0, "blocking": 0, "daily_average": 0.17, "days_with_errors": 1}
    (none,) = ask(store, "user-error-rate", subject="", raw=raw)
    assert none == {"errors": 0, "critical": 0, "blocking": 0, "daily_average": 0.0, "days_with_errors": 0}


@both
def test_errors_of_people_by_day(store: Store, raw: bool) -> None:
    """Question 11: each person's day, the latest day and the most errors first, with the rate of recovery."""
    rows = ask(store, "daily-user-errors", -DAY, raw=raw)
    assert shown(rows, *find("daily-user-errors").columns) == [
        (TODAY, "ann", 9, 2, 2, 2, 1, 50.0),
        (TODAY, "bob", 6, 0, 0, 0, 0, 0.0),
        (TODAY, "cat", 1, 0, 0, 0, 0, 0.0),
        (YESTERDAY, "bob", 1, 0, 0, 0, 0, 0.0),
        (YESTERDAY, "cat", 1, 0, 0, 0, 0, 0.0),
    ]
    assert shown(ask(store, "daily-user-errors", -DAY, raw=raw, subject="cat"), "day") == [(TODAY,), (YESTERDAY,)]
    assert len(ask(store, "daily-user-errors", -DAY, raw=raw, limit=2)) == 2


@both
def test_errors_by_day(store: Store, raw: bool) -> None:
    """Question 11: failures of each whole day; a moment belongs to the day that it is in, in UTC."""
    rows = ask(store, "daily-error-stats", -DAY, raw=raw)
    assert shown(rows, *find("daily-error-stats").columns) == [(YESTERDAY, 5, 0, 0, 2), (TODAY, 20, 2, 2, 3)]
    assert shown(ask(store, "daily-error-stats", -DAY, -12 * HOUR, raw=raw), "day") == [(YESTERDAY,)]
    assert shown(ask(store, "daily-error-stats", raw=raw, service="shop"), "day", "errors") == [(TODAY, 1)]
    assert shown(ask(store, "daily-error-stats", raw=raw, user_type="trial"), "day", "errors") == [(TODAY, 1)]


def test_failures_of_ai(store: Store) -> None:
    """Question 10: by feature, provider and reason, with what stood in; and by feature, how many were timeouts."""
    assert shown(ask(store, "ai-failures"), *find("ai-failures").columns) == [
        ("f", "p1", "timeout", 2, 1, 0.0, 2),
        ("f", "p1", "quota", 1, 0, 40.0, 0),
        ("g", "", "", 1, 0, 10.0, 1),
    ]
    assert shown(ask(store, "ai-failures-by-feature"), *find("ai-failures-by-feature").columns) == [
        ("f", 3, 2, 66.67, 2),
        ("g", 1, 0, 0.0, 1),
    ]


def test_providers_of_ai(store: Store) -> None:
    """Question 10: which provider fails most, and how long its answers take."""
    rows = ask(store, "ai-providers")
    columns = ("ai_provider", "interactions", "failures", "failure_rate", "mean_latency", "affected_users")
    assert shown(rows, *columns) == [
        ("", 0, 1, 100.0, 0.0, 1),
        ("p1", 3, 3, 50.0, 200.0, 2),
        ("p2", 1, 0, 0.0, 0.0, 0),
    ]
    assert [row["p95"] for row in rows] == pytest.approx([0, 300, 0], rel=0.004)


def test_impact_on_people(store: Store) -> None:
    """Question 11: the failures that touched most people first, with how often each met it."""
    rows = [row for row in ask(store, "user-impact", -DAY, DAY) if row["event"] in {"api_error", "db_error"}]
    assert shown(rows, *find("user-impact").columns) == [("api_error", 3, 6, 2.0), ("db_error", 0, 1, 0.0)]


def test_addresses_that_are_refused(store: Store) -> None:
    """Question 12: the most requests of an address in a minute of the clock say whether it attacks."""
    rows = ask(store, "rate-limited-addresses", HOUR, 2 * HOUR, attack=3)
    assert shown(rows, *find("rate-limited-addresses").columns) == [
        ("h1", 5, 2, 1, 3, HOUR, HOUR + 121, "attack"),
        ("h2", 1, 0, 1, 1, HOUR + 60, HOUR + 60, "spike"),
    ]
    assert shown(ask(store, "rate-limited-addresses", HOUR, 2 * HOUR, attack=4, limit=1), "verdict") == [("spike",)]


def test_notifications_that_failed(store: Store) -> None:
    """Question 12: failures by channel and provider, the most frequent first."""
    rows = ask(store, "notification-failures", 0, 100)
    assert shown(rows, *find("notification-failures").columns) == [("push", "x", 2, 2), ("email", "y", 1, 1)]


@both
def test_sessions_that_failed(store: Store, raw: bool) -> None:
    """Question 12: of each day's sessions, those that could not be restored and those that timed out."""
    rows = ask(store, "session-failures", -DAY, raw=raw)
    assert shown(rows, *find("session-failures").columns) == [(YESTERDAY, 3, 1, 1, 33.33), (TODAY, 0, 0, 0, 0.0)]


@both
def test_the_slowest_endpoints(store: Store, raw: bool) -> None:
    """Question 13: endpoints with enough requests, by the 95th percentile; the percentiles are right to 0.4 %."""
    rows = ask(store, "slowest-endpoints", raw=raw)
    assert shown(rows, "endpoint", "requests", "mean", "cache_hit_rate") == [
        ("/slow", 12, 65.0, 25.0),
        ("/fast", 11, 1.0, 0.0),
    ]
    assert [rows[0][name] for name in ("p50", "p95", "p99")] == pytest.approx([65, 120, 120], rel=0.1)
    assert rows == ask(store, "slowest-endpoints")
    assert shown(ask(store, "slowest-endpoints", raw=raw, more_than=9, limit=1), "endpoint") == [("/few",)]


def test_slow_endpoints(store: Store) -> None:
    """Question 13: how often an endpoint took over a second, and how long."""
    rows = ask(store, "slow-endpoints")
    assert shown(rows, *find("slow-endpoints").columns) == [
        ("/slow", 2, 2_000.0, 2_500.1),
        ("/big", 1, 9_000.0, 9_000.0),
    ]


def test_hits_of_a_cache(store: Store) -> None:
    """Question 13: of what was asked of a cache, how much was there, by key."""
    rows = ask(store, "cache-hit-rate")
    assert shown(rows, *find("cache-hit-rate").columns) == [("user:<id>", 3, 2, 66.67), ("feed", 1, 0, 0.0)]


@both
def test_loads_of_pages(store: Store, raw: bool) -> None:
    """Question 13: loads of pages of those who told how long they took, the slowest first."""
    rows = ask(store, "page-load", raw=raw)
    assert shown(rows, "page", "loads", "users") == [("/map", 1, 0), ("/home", 4, 2)]
    assert [row["p95"] for row in rows] == pytest.approx([2_000, 500], rel=0.004)
    assert rows == ask(store, "page-load")
