"""Questions 1 to 7 and 9 on rows written by hand, with answers computed by hand."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from query_rows import DAY, HOUR, MINUTE, NOON, ask, at, clear, event, insert, shown, span

from otel_lift.queries import Given, answer, find
from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply


def _pattern(seconds: float, fingerprint: str, subject: str = "", **columns: str) -> dict[str, object]:
    told = {"template": f"template of {fingerprint}", "message": f"{fingerprint} {seconds:.0f}"}
    return event(seconds, "client_error", subject, fingerprint=fingerprint, **told, **columns)


EVENTS = [
    # the hour before noon: API errors of two people, one that does not say how long it took; a time-out by nobody
    event(-1 * MINUTE, "api_error", "ann", endpoint="/pay", duration_ms=100.0, severity="error", service="shop"),
    event(-2 * MINUTE, "api_error", "ann", endpoint="/pay", duration_ms=201.0, severity="error", environment="prod"),
    event(-3 * MINUTE, "api_error", "bob", endpoint="/cart", severity="critical", user_type="trial"),
    event(-4 * MINUTE, "api_timeout", "", endpoint="/cart", duration_ms=30_000.0),
    event(-5 * MINUTE, "feature_used", "cat", endpoint="/pay", duration_ms=5.0),
    event(0, "api_error", "zoe", endpoint="/pay", duration_ms=1.0),  # the window's end is not in it
    event(-HOUR, "payment_error", "dan", error_type="declined", error_code="card_declined", priority="critical"),
    # earlier in the day, and before it
    event(-5 * HOUR, "api_error", "dan", endpoint="/pay", duration_ms=50.0),
    event(-6 * HOUR, "stripe_checkout_error", "dan", error_code="expired"),
    event(-6 * HOUR - 1, "stripe_checkout_error", "eve", error_code="expired"),
    event(-2 * DAY, "api_error", "eve", endpoint="/old", duration_ms=1.0),
    # patterns: one new, one that went on, one that was gone for days, one too rare, one of which nothing is left now
    *(_pattern(-10 * MINUTE - n, "new", f"p{n % 2}", page="/a" if n else "/b", action="save") for n in range(4)),
    *(_pattern(-20 * MINUTE - n, "ongoing", "p1", page="/c") for n in range(3)),
    _pattern(-3 * HOUR, "ongoing", "p2", page="/d"),
    *(_pattern(-30 * MINUTE - n, "regressed") for n in range(5)),
    _pattern(-3 * DAY, "regressed", "p3"),
    *(_pattern(-15 * MINUTE - n, "rare") for n in range(2)),
    *(_pattern(-2 * DAY - n, "over", "p4") for n in range(9)),
]

SPANS = [
    span(-1 * MINUTE, "/pay", 10),
    span(-2 * MINUTE, "/pay", 20, StatusCode="Error", ServiceName="shop"),
    span(-3 * MINUTE, "/pay", 60, http=503),
    span(-4 * MINUTE, "/cart", 5.5),
    span(-5 * MINUTE, "/cart", 5.5, http=404),
    span(-6 * MINUTE, "/cart", 5.5, http=500, StatusCode="Error"),
    span(-7 * MINUTE, "/health", 1),
    span(-8 * MINUTE, "", 9_000, StatusCode="Error"),
    span(-9 * MINUTE, "/pay", 9_000, SpanKind="Client", StatusCode="Error"),
    span(-59 * MINUTE, "/whole", 7, attributes={"http.method": "PUT"}),
    span(-2 * DAY, "/pay", 9_000, StatusCode="Error"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Open a store with the events and spans of this module."""
    with open_store(f"chdb://{tmp_path_factory.mktemp('failures')}/store") as store:
        apply(store, SchemaOptions())
        insert(store, "lift_events", EVENTS)
        insert(store, "otel_traces", SPANS)
        yield store


@pytest.fixture(scope="module")
def other(store: Store) -> Iterator[Store]:
    """Open another database in the module's store."""
    with open_store(f"chdb://{store.dsn.path}?database=other") as opened:
        apply(opened, SchemaOptions(database="other"))
        yield opened


@pytest.fixture
def fresh(other: Store) -> Store:
    """Answer a store without a row."""
    clear(other)
    return other


def test_failures_by_event(store: Store) -> None:
    """Question 1: failures by event, most frequent first, the mean of those that say how long, and people."""
    rows = ask(store, "failures-by-event")
    assert shown(rows, *find("failures-by-event").columns) == [
        ("client_error", 14, 0.0, 2),
        ("api_error", 3, 150.5, 2),
        ("api_timeout", 1, 30_000.0, 0),
        ("payment_error", 1, 0.0, 1),
    ]
    assert ask(store, "failures-by-event", -DAY, -7 * HOUR) == []


@pytest.mark.parametrize(("filter_", "value"), [("service", "shop"), ("environment", "prod"), ("user_type", "trial")])
def test_filters_leave_the_rest_out(store: Store, filter_: str, value: str) -> None:
    """A filter counts only the rows that have its value."""
    rows = ask(store, "failures-by-event", given={filter_: value})
    assert shown(rows, "event", "failures") == [("api_error", 1)]
    assert ask(store, "failures-by-event", given={filter_: "none"}) == []


def test_payment_failures(store: Store) -> None:
    """Question 1: failures of payments by type and code; the most frequent first, then by name."""
    assert shown(ask(store, "payment-failures", -DAY), *find("payment-failures").columns) == [
        ("stripe_checkout_error", "", "expired", 2, 2),
        ("payment_error", "declined", "card_declined", 1, 1),
    ]


def test_failing_endpoints(store: Store) -> None:
    """Question 2: the endpoints by failures, the mean of those that say how long, and distinct people."""
    assert shown(ask(store, "failing-endpoints", -DAY), *find("failing-endpoints").columns) == [
        ("/pay", 3, 117.0, 2),
        ("/cart", 2, 30_000.0, 1),
    ]
    assert shown(ask(store, "failing-endpoints", -DAY, limit=1), "endpoint") == [("/pay",)]


@pytest.mark.parametrize("raw", [False, True])
def test_failure_rate_by_endpoint(store: Store, raw: bool) -> None:
    """Question 2: of the requests of whole hours, those with an error or a status from 500 on, once each."""
    rows = ask(store, "failure-rate-by-endpoint", -30 * MINUTE, -10 * MINUTE, raw=raw)
    assert shown(rows, "endpoint", "requests", "failures", "failure_rate", "mean_response_time") == [
        ("/pay", 3, 2, 66.67, 30.0),
        ("/cart", 3, 1, 33.33, 5.5),
        ("/health", 1, 0, 0.0, 1.0),
        ("/whole", 1, 0, 0.0, 7.0),
    ]
    assert rows[0]["p95"] == pytest.approx(60, rel=0.004)
    only = ask(store, "failure-rate-by-endpoint", raw=raw, service="shop")
    assert shown(only, "endpoint", "failure_rate") == [("/pay", 100.0)]


@pytest.mark.parametrize("raw", [False, True])
def test_latency_of_endpoints(store: Store, raw: bool) -> None:
    """Question 13: requests, failures and percentiles by route and method, in whole hours."""
    rows = ask(store, "endpoint-latency", -30 * MINUTE, -10 * MINUTE, raw=raw)
    assert shown(rows, "endpoint", "method", "requests", "failures", "failure_rate", "mean") == [
        ("/cart", "", 3, 1, 33.33, 5.5),
        ("/pay", "", 3, 2, 66.67, 30.0),
        ("/health", "", 1, 0, 0.0, 1.0),
        ("/whole", "PUT", 1, 0, 0.0, 7.0),
    ]
    assert [rows[1][name] for name in ("p50", "p95", "p99")] == pytest.approx([20, 60, 60], rel=0.004)


def test_errors_by_severity(store: Store) -> None:
    """Question 3: errors by event and severity, with people and the mean time."""
    rows = [row for row in ask(store, "errors-by-severity") if row["event"] == "api_error"]
    assert shown(rows, *find("errors-by-severity").columns) == [
        ("api_error", "error", 2, 1, 150.5),
        ("api_error", "critical", 1, 1, 0.0),
    ]


def test_failures_over_time(fresh: Store) -> None:
    """Question 3: each bucket of the window has its events, failures, people and p95, and those without any are 0."""
    insert(
        fresh,
        "lift_events",
        [
            event(-600, "api_error", "ann"),
            event(-301, "api_response_time", "ann", duration_ms=50.0),
            event(-301, "api_error", "ann", duration_ms=900.0),
            event(-302, "api_error", ""),
            event(0, "api_error", "bob"),
        ],
    )
    rows = ask(fresh, "failure-trend", -1000, 10)
    assert shown(rows, "time", "events", "failures", "error_rate", "affected_users") == [
        (-1200, 0, 0, 0.0, 0),
        (-900, 0, 0, 0.0, 0),
        (-600, 4, 3, 75.0, 1),
        (-300, 0, 0, 0.0, 0),
        (0, 1, 1, 100.0, 1),
    ]
    assert [row["p95"] for row in rows] == pytest.approx([0, 0, 50, 0, 0], rel=0.004)
    assert shown(ask(fresh, "failure-trend", -600, -300, bucket=100), "time", "events") == [
        (-600, 1),
        (-500, 0),
        (-400, 3),
    ]


def test_the_error_feed(store: Store) -> None:
    """Question 4: the latest failures come first, of one event or pattern where it is asked for."""
    rows = ask(store, "error-feed", limit=3)
    assert shown(rows, "event_time", "event", "subject") == [
        (-60, "api_error", "ann"),
        (-120, "api_error", "ann"),
        (-180, "api_error", "bob"),
    ]
    assert shown(ask(store, "error-feed", event="api_timeout"), "event_time", "endpoint") == [(-240, "/cart")]
    assert shown(ask(store, "error-feed", fingerprint="rare"), "event_time") == [(-900,), (-901,)]


def test_a_person_is_found_under_each_pseudonym(fresh: Store) -> None:
    """Question 4: errors and sessions of a person hold those under older and newer pseudonyms, whichever is given."""
    links = [{"subject": "old", "linked_subject": "new"}, {"subject": "older", "linked_subject": "new"}]
    insert(fresh, "lift_relinks", links)
    insert(
        fresh,
        "lift_events",
        [
            event(-3 * DAY, "api_error", "older", session_id="s1"),
            event(-2 * DAY, "api_error", "old", session_id="s2", user_blocked=True),
            event(-2 * DAY + 5, "feature_used", "old", session_id="s2"),
            event(-2 * DAY + 9, "feature_used", "old"),
            event(-1 * DAY, "api_error", "new", session_id="s3"),
            event(-1 * DAY, "api_error", "another", session_id="s4"),
            event(-1 * DAY, "api_error", "", session_id="s5"),
        ],
    )
    for subject in ("older", "old", "new"):
        errors = ask(fresh, "user-errors", -7 * DAY, subject=subject)
        assert shown(errors, "event_time", "subject") == [(-DAY, "new"), (-2 * DAY, "old"), (-3 * DAY, "older")]
        sessions = ask(fresh, "recent-sessions", -7 * DAY, subject=subject)
        assert shown(sessions, *find("recent-sessions").columns) == [
            ("s3", -DAY, -DAY, 1, 1, 0),
            ("s2", -2 * DAY, -2 * DAY + 5, 2, 1, 1),
            ("s1", -3 * DAY, -3 * DAY, 1, 1, 0),
        ]
        for raw in (False, True):
            (rate,) = ask(fresh, "user-error-rate", -4 * DAY, subject=subject, raw=raw)
            assert rate == {"errors": 3, "critical": 0, "blocking": 1, "daily_average": 0.6, "days_with_errors": 3}
    for nobody in ("", "nobody"):
        assert ask(fresh, "user-errors", -7 * DAY, subject=nobody) == []
        assert ask(fresh, "recent-sessions", -7 * DAY, subject=nobody) == []
        (rate,) = ask(fresh, "user-error-rate", -7 * DAY, subject=nobody)
        assert set(rate.values()) == {0}


def test_a_session_in_its_order(fresh: Store) -> None:
    """Question 4: the failures of a session with the time between them, and all of it with what it was about."""
    insert(
        fresh,
        "lift_events",
        [
            event(-90, "page_load", "ann", session_id="s", page="/home", duration_ms=800.0),
            event(-60, "api_error", "ann", session_id="s", endpoint="/pay", page="/home", recovery_attempted=True),
            event(-58.5, "api_error", "ann", session_id="s", endpoint="/cart", user_blocked=True, message="no"),
            event(-58.5, "feature_used", "ann", session_id="s", feature="notes", event_id="b"),
            event(-58.5, "wave_joined", "ann", session_id="s", wave_id="w1", event_id="c"),
            event(-50, "api_error", "ann", session_id="other"),
            event(-50, "api_error", "ann"),
        ],
    )
    rows = ask(fresh, "session-cascade", session_id="s")
    assert shown(rows, "event_time", "endpoint", "seconds_since_previous", "user_blocked", "recovery_attempted") == [
        (-60, "/pay", 0, False, True),
        (-58.5, "/cart", 1.5, True, False),
    ]
    rows = ask(fresh, "session-timeline", session_id="s")
    assert shown(rows, "event", "what", "failed", "duration_ms", "message") == [
        ("page_load", "/home", False, 800.0, ""),
        ("api_error", "/pay", True, 0.0, ""),
        ("api_error", "/cart", True, 0.0, "no"),
        ("feature_used", "notes", False, 0.0, ""),
        ("wave_joined", "w1", False, 0.0, ""),
    ]
    assert len(ask(fresh, "session-timeline", session_id="s", limit=2)) == 2
    assert ask(fresh, "session-cascade", session_id="") == ask(fresh, "session-timeline", session_id="") == []


def _resolution(seconds: float, fingerprint: str, *, resolved: bool = True, text: str = "fixed") -> dict[str, object]:
    told = {"resolved": resolved, "resolution": text, "resolved_by": "me"}
    return {"fingerprint": fingerprint, "resolved_at": NOON + timedelta(seconds=seconds), **told}


def test_errors_of_high_impact(fresh: Store) -> None:
    """Question 5: what blocked, broke, lost or is critical, by pattern; resolved until it happens again."""
    insert(
        fresh,
        "lift_events",
        [
            event(-50, "api_error", "ann", fingerprint="f1", user_blocked=True, template="old"),
            event(-40, "api_error", "bob", fingerprint="f1", data_loss=True, template="latest"),
            event(-30, "api_error", "ann", fingerprint="f1", template="mild"),
            event(-30, "db_error", "", fingerprint="f2", workflow_failed=True),
            event(-30, "payment_error", "cat", priority="critical"),
            event(-30, "feature_used", "cat", user_blocked=True),
        ],
    )
    resolutions = [_resolution(-45, "f1"), _resolution(-99, "f2"), _resolution(-20, "f2", text="really")]
    insert(fresh, "lift_resolutions", resolutions)
    columns = tuple(find("high-impact-errors").columns)
    assert shown(ask(fresh, "high-impact-errors"), *columns) == [
        ("f1", "api_error", "latest", 2, 2, 1, 0, 1, -40, False, "fixed"),
        ("", "payment_error", "", 1, 1, 0, 0, 0, -30, False, ""),
        ("f2", "db_error", "", 1, 0, 0, 1, 0, -30, True, "really"),
    ]
    insert(fresh, "lift_resolutions", [_resolution(-10, "f2", resolved=False, text="not at all")])
    assert shown(ask(fresh, "high-impact-errors"), "resolved", "resolution")[2] == (False, "not at all")
    assert shown(ask(fresh, "resolutions", limit=2), *find("resolutions").columns) == [
        ("f2", "", "not at all", "me", -10),
        ("f1", "", "fixed", "me", -45),
    ]


def test_error_patterns(store: Store) -> None:
    """Question 6: patterns that came more than twice, most frequent first, each with its state."""
    rows = ask(store, "error-patterns")
    assert shown(rows, "fingerprint", "state", "occurrences", "affected_users") == [
        ("regressed", "regressed", 5, 0),
        ("new", "new", 4, 2),
        ("ongoing", "ongoing", 3, 1),
    ]
    new, ongoing = rows[1], rows[2]
    assert (new["page"], new["action"], new["template"]) == ("/a", "save", "template of new")
    assert (ongoing["page"], ongoing["action"]) == ("/c", "")
    assert new["sample"] == f"new -{10 * MINUTE}"
    assert new["last_seen"] - new["first_seen"] == timedelta(seconds=3)
    (one,) = ask(store, "error-patterns", fingerprint="new", more_than=0)
    assert one == new


def test_patterns_of_an_earlier_window(store: Store) -> None:
    """Question 6: what happened after the window does not count, and five minutes are taken whole."""
    assert shown(ask(store, "error-patterns", -2 * DAY - 60, -2 * DAY), "fingerprint", "occurrences") == [("over", 8)]
    assert shown(ask(store, "error-patterns", -2 * DAY - 60, -2 * DAY + 1), "fingerprint", "occurrences") == [
        ("over", 9)
    ]


def test_what_counts_as_gone_is_a_parameter(store: Store) -> None:
    """A pattern that was quiet for hours has regressed if one hour counts as gone, and went on if a week does."""
    short = dict(shown(ask(store, "error-patterns", gone=HOUR), "fingerprint", "state"))
    assert short == {"regressed": "regressed", "new": "new", "ongoing": "regressed"}
    long = dict(shown(ask(store, "error-patterns", gone=7 * DAY), "fingerprint", "state"))
    assert long == {"regressed": "ongoing", "new": "new", "ongoing": "ongoing"}


def test_rarer_patterns_are_listed_on_demand(store: Store) -> None:
    """`more_than` lowers the bar, `limit` shortens the list; a pattern that is over is in neither."""
    rows = ask(store, "error-patterns", more_than=1)
    assert [row["fingerprint"] for row in rows] == ["regressed", "new", "ongoing", "rare"]
    assert [row["fingerprint"] for row in ask(store, "error-patterns", limit=1)] == ["regressed"]


def test_a_resolved_pattern_that_comes_back_has_regressed(fresh: Store) -> None:
    """Question 6: a pattern resolved before the window has regressed; one resolved after its last time is resolved."""
    times = [-2 * HOUR, -30 * MINUTE]
    insert(fresh, "lift_events", [_pattern(seconds, name) for name in ("back", "done", "open") for seconds in times])
    insert(fresh, "lift_resolutions", [_resolution(-1.5 * HOUR, "back"), _resolution(-60, "done")])
    rows = ask(fresh, "error-patterns", more_than=0)
    assert shown(rows, "fingerprint", "state", "resolved") == [
        ("back", "regressed", False),
        ("done", "ongoing", True),
        ("open", "ongoing", False),
    ]


def test_the_trend_of_a_pattern(store: Store) -> None:
    """Question 6: each bucket has how often a pattern happened and to how many people, or 0."""
    rows = ask(store, "pattern-trend", -20 * MINUTE, fingerprint="new", bucket=300)
    assert shown(rows, "time", "occurrences", "affected_users") == [
        (-1200, 0, 0),
        (-900, 3, 2),
        (-600, 1, 1),
        (-300, 0, 0),
    ]
    assert {row["occurrences"] for row in ask(store, "pattern-trend", fingerprint="")} == {0}


def test_people_in_trouble(fresh: Store) -> None:
    """Question 7: people with more errors than the bar, most first; nobody is not a person."""
    rows = [event(-10 * n, "api_error", "ann", fingerprint=f"f{n % 2}", session_id=f"s{n % 3}") for n in range(1, 7)]
    rows += [event(-5, "db_error", "ann", user_blocked=True)]
    rows += [event(-10 * n, "api_error", "bob") for n in range(1, 6)]
    rows += [event(-10 * n, "api_error", "") for n in range(1, 20)]
    insert(fresh, "lift_events", rows)
    columns = tuple(find("struggling-users").columns)
    assert shown(ask(fresh, "struggling-users"), *columns) == [("ann", 7, 2, 1, 3, -5, "db_error")]
    assert shown(ask(fresh, "struggling-users", more_than=4), "subject", "errors") == [("ann", 7), ("bob", 5)]


def test_cascades_of_endpoints(fresh: Store) -> None:
    """Question 9: failures with enough distinct endpoints just before them, those close together as one incident."""
    failures = [
        (-3000, "/a", "ann"),  # incident: /a, /b, /c within 300 s, and 300 s later all of /b, /c, /d
        (-2900, "/b", ""),
        (-2700, "/c", "bob"),
        (-2600, "/d", "ann"),
        (-2600, "/c", "cat"),
        (-1500, "/a", "dan"),  # two endpoints, and a third just too late
        (-1400, "/b", "dan"),
        (-1199.9, "/c", "dan"),
        (-500, "/x", "eve"),  # all at once
        (-500, "/y", "eve"),
        (-500, "/z", "eve"),
    ]
    insert(fresh, "lift_events", [event(at, "api_error", who, endpoint=route) for at, route, who in failures])
    insert(fresh, "lift_events", [event(-1450, "api_error", "dan")])
    assert shown(ask(fresh, "endpoint-cascades"), *find("endpoint-cascades").columns) == [
        (-2700, -2600, 3, 3, 3, ["/a", "/b", "/c", "/d"]),
        (-500, -500, 3, 3, 1, ["/x", "/y", "/z"]),
    ]
    assert shown(ask(fresh, "endpoint-cascades", endpoints=4, within=400), "started", "endpoints") == [(-2600, 4)]
    assert shown(ask(fresh, "endpoint-cascades", within=301), "started", "failures") == [
        (-2700, 3),
        (-1199.9, 1),
        (-500, 3),
    ]


def test_failed_sign_ins(fresh: Store) -> None:
    """Question 9: five failed sign-ins by a person, and by an address whoever it was, each counted by itself."""
    rows = [event(-10 * n, "auth_error", "ann", address="h1", session_id=f"s{n}") for n in range(1, 5)]
    rows += [event(-5, "auth_error", "ann", error_type="lockout"), event(-6, "auth_error", "bob", address="h1")]
    rows += [event(-10 * n, "auth_error", "") for n in range(1, 10)]
    insert(fresh, "lift_events", rows)
    assert shown(ask(fresh, "lockouts"), *find("lockouts").columns) == [
        ("subject", "ann", 5, 4, -40, -5, 1),
        ("address", "h1", 5, 4, -40, -6, 0),
    ]
    assert ask(fresh, "lockouts", attempts=6) == []


def test_times_are_of_the_window_whatever_its_zone(store: Store) -> None:
    """A window given in another zone is the same window, and times of an answer are in UTC."""
    given: dict[str, Given] = {
        "from": at(-HOUR).replace("+00:00", "Z"),
        "to": at(0),
        "more_than": 0,
        "fingerprint": "new",
    }
    table = answer(store, find("error-patterns"), given)
    assert str(table.schema.field("first_seen").type) == "timestamp[ns, tz=UTC]"
