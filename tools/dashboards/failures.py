"""Dashboards of what fails: now, by endpoint, by pattern, by person, in AI and in payments."""

from tools.dashboards.model import Board, Row, Series, Stat, Table, Text
from tools.dashboards.sql import variable

__all__ = ["BOARDS"]

_PERSON = Text("person", "Person", "Pseudonym of a person.")
_SESSION = Text("session", "Session", "Id of a session.")
_PATTERN = Text("pattern", "Pattern", "Fingerprint of an error pattern, 64 hexadecimal digits.")

_WHO = {"subject": "person", "session_id": "session", "fingerprint": "pattern", "trace_id": "trace"}

_NOW = Board(
    name="failures",
    title="Failures now",
    description="What fails now, how badly, and whom it stops.",
    since="now-1h",
    refresh="30s",
    parts=[
        Stat(
            query="realtime",
            width=24,
            columns=["errors_last_hour", "error_rate", "users_online", "active_sessions", "events_last_hour"],
        ),
        Series(query="failure-trend", width=16, columns=["failures", "affected_users", "error_rate"]),
        Table(query="failures-by-event", width=8),
        Table(query="errors-by-severity"),
        Table(query="user-impact"),
        Table(query="high-impact-errors", width=24, links=_WHO),
        Table(query="error-feed", width=24, height=12, links=_WHO),
        Row("Over days"),
        Series(query="daily-error-stats", over="30d", columns=["errors", "critical", "blocked"], bars=True),
        Series(query="session-failures", over="30d", columns=["stabilization_failures", "timeouts", "timeout_rate"]),
        Table(query="notification-failures"),
        Table(query="rate-limited-addresses"),
    ],
)

_ENDPOINTS = Board(
    name="endpoints",
    title="Endpoints",
    description="Which endpoints fail, are slow, or fail together.",
    refresh="1m",
    parts=[
        Table(query="failure-rate-by-endpoint"),
        Table(query="failing-endpoints"),
        Table(query="endpoint-latency", width=24, height=10),
        Series(query="failure-trend", width=24, title="Response time", columns=["p95", "events"]),
        Table(query="slowest-endpoints", width=16, over="7d"),
        Table(query="slow-endpoints", width=8),
        Table(query="endpoint-cascades", width=24),
        Table(query="page-load", over="7d"),
        Table(query="cache-hit-rate"),
    ],
)

_PATTERNS = Board(
    name="patterns",
    title="Error patterns",
    description="Errors that are one error: which are new, which came back, and what each looks like.",
    refresh="1m",
    texts=[_PATTERN],
    parts=[
        Table(query="error-patterns", width=24, height=12, links=_WHO),
        Row("Pattern ${pattern}"),
        Series(
            query="pattern-trend",
            width=24,
            values={"fingerprint": variable("pattern")},
            columns=["occurrences", "affected_users"],
        ),
        Table(
            query="error-patterns",
            title="The pattern",
            width=24,
            height=4,
            values={"fingerprint": variable("pattern"), "more_than": "0"},
        ),
        Row("What was decided"),
        Table(query="resolutions", width=24, links=_WHO),
    ],
)

_PEOPLE = Board(
    name="people",
    title="Users in trouble",
    description="People who meet many errors, by pseudonym, and what happened in their sessions.",
    refresh="1m",
    texts=[_PERSON, _SESSION],
    parts=[
        Table(query="struggling-users", width=16, links=_WHO),
        Table(query="lockouts", width=8),
        Table(query="daily-user-errors", width=24, over="7d", links=_WHO),
        Row("Person ${person}"),
        Stat(
            query="user-error-rate",
            width=24,
            over="7d",
            values={"subject": variable("person")},
            columns=["errors", "critical", "blocking", "daily_average", "days_with_errors"],
        ),
        Table(query="recent-sessions", values={"subject": variable("person")}, links=_WHO),
        Series(
            query="user-activity",
            over="30d",
            values={"subject": variable("person")},
            columns=["events", "errors", "microacts_created", "community"],
            bars=True,
        ),
        Table(query="user-errors", width=24, values={"subject": variable("person")}, links=_WHO),
        Series(
            query="indices-of-user",
            width=24,
            over="30d",
            values={"subject": variable("person")},
            columns=["flourish_index", "add_value_index"],
        ),
        Row("Session ${session}"),
        Table(query="session-cascade", width=24, over="7d", values={"session_id": variable("session")}, links=_WHO),
        Table(
            query="session-timeline",
            width=24,
            height=12,
            over="7d",
            values={"session_id": variable("session")},
            links=_WHO,
        ),
    ],
)

_AI = Board(
    name="ai",
    title="AI",
    description="How well the AI providers answer, where they fail, and what they cost.",
    refresh="1m",
    parts=[
        Table(query="ai-providers", width=24),
        Table(query="ai-failures", width=16),
        Table(query="ai-failures-by-feature", width=8),
        Row("Use and cost"),
        Series(
            query="ai-usage", title="Cost", over="30d", by=["ai_provider", "ai_model"], columns=["cost_usd"], bars=True
        ),
        Series(
            query="ai-usage", title="Interactions", over="30d", by=["ai_provider", "ai_model"], columns=["interactions"]
        ),
        Table(query="ai-usage", title="Use by day and model", width=24, height=10, over="30d"),
    ],
)

_PAYMENTS = Board(
    name="payments",
    title="Payments",
    description="Payments and check-outs that failed, and for whom.",
    since="now-7d",
    refresh="5m",
    parts=[
        Table(query="payment-failures", width=24),
        Table(query="error-feed", title="Failed payments", width=24, values={"event": "'payment_error'"}, links=_WHO),
        Table(
            query="error-feed",
            title="Failed check-outs",
            width=24,
            values={"event": "'stripe_checkout_error'"},
            links=_WHO,
        ),
        Series(query="daily-error-stats", width=24, over="30d", columns=["errors", "blocked", "affected_users"]),
    ],
)

BOARDS = (_NOW, _ENDPOINTS, _PATTERNS, _PEOPLE, _AI, _PAYMENTS)
"""The dashboards of this module."""
