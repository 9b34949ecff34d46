"""SQL as analysts write it over an application's own log tables, in ClickHouse's dialect."""

from collections.abc import Iterator
from typing import Any

import pytest
from query_rows import DAY, HOUR, NOON, event, insert

from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply

F1, F2 = "1" * 64, "2" * 64


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Open a store with some events of each of these tables."""
    with open_store(f"chdb://{tmp_path_factory.mktemp('views')}/store") as opened:
        apply(opened, SchemaOptions(database=opened.dsn.database))
        slow = {"endpoint": "/pay", "method": "POST", "status": 502, "duration_ms": 900.0, "priority": "high"}
        ai = {"feature": "summary", "ai_provider": "openai"}
        insert(opened, "lift_events", [
            event(0, "api_error", "ann", **slow, session_id="s1", message="bad gateway", fingerprint=F1,
                  properties={"region": "eu", "build": "7"}),
            event(1, "api_error", "ben", **{**slow, "duration_ms": 100.0}, fingerprint=F1, properties={"region": "us"}),
            event(-DAY, "api_timeout", "ann", endpoint="/cart", duration_ms=30_000.0, fallback_used="template"),
            event(2, "ai_failure", "ann", **ai, reason="timeout", duration_ms=5000.0),
            event(3, "ai_failure", "", **ai, reason="parsing_error"),
            event(4, "user_error", "ben", error_type="validation", page="/profile", action="save", severity="high",
                  user_blocked=True, recovery_attempted=True, recovery_successful=True, fingerprint=F2),
            event(5, "db_pool_error", priority="critical"),
            event(6, "page_load", "ann", page="/home", duration_ms=12.0, properties={"region": "eu"}),
        ])  # fmt: skip
        opened.command(
            "INSERT INTO lift_resolutions (fingerprint, resolved, resolved_at) "
            f"VALUES ('{F2}', true, '{NOON:%Y-%m-%d} 13:00:00'), ('{F1}', true, '{NOON:%Y-%m-%d} 11:00:00')"
        )
        yield opened


def _ask(store: Store, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in store.query(sql).rows]


_QUESTIONS: tuple[tuple[str, list[tuple[Any, ...]]], ...] = (
    # metadata->>'region', COUNT(*) FILTER (WHERE ...), COUNT(DISTINCT ...)
    (
        """SELECT metadata['region'] AS region, countIf(level = 'error') AS errors, uniqExact(user_id) AS users
        FROM analytics_logs WHERE metadata['region'] != '' GROUP BY region ORDER BY region""",
        [("eu", 1, 1), ("us", 1, 1)],
    ),
    # DATE_TRUNC('hour', timestamp)
    (
        f"""SELECT dateTrunc('hour', timestamp) = toStartOfHour(timestamp) AS same, level, count()
        FROM analytics_logs WHERE timestamp >= '{NOON:%Y-%m-%d}' GROUP BY same, level ORDER BY level""",
        [(1, "error", 5), (1, "fatal", 1), (1, "info", 1)],
    ),
    # PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY response_time_ms)
    (
        """SELECT endpoint, method, count(), quantileExactInclusive(0.5)(response_time_ms), max(status_code)
        FROM api_errors WHERE error_type = 'api_error' GROUP BY endpoint, method""",
        [("/pay", "POST", 2, 500.0, 502)],
    ),
    (
        "SELECT endpoint, fallback_used, response_time_ms FROM api_errors WHERE fallback_used != ''",
        [("/cart", "template", 30_000.0)],
    ),
    (
        """SELECT feature, ai_provider, reason, count(), max(execution_time_ms)
        FROM ai_failures GROUP BY ALL ORDER BY reason""",
        [("summary", "openai", "parsing_error", 1, 0.0), ("summary", "openai", "timeout", 1, 5000.0)],
    ),
    # AVG(CASE WHEN recovery_successful THEN 1.0 ELSE 0 END)
    (
        """SELECT user_id, page, action, avg(CASE WHEN recovery_successful THEN 1.0 ELSE 0 END)
        FROM user_errors WHERE user_blocked GROUP BY user_id, page, action""",
        [("ben", "/profile", "save", 1.0)],
    ),
    # a join on the session, and the latest row of each group (DISTINCT ON)
    (
        """SELECT l.user_id, a.error_message FROM analytics_logs AS l JOIN api_errors AS a USING (session_id)
        WHERE l.session_id = 's1' ORDER BY l.timestamp DESC LIMIT 1 BY l.user_id""",
        [("ann", "bad gateway")],
    ),
    (
        "SELECT pattern_id, event, occurrence_count, affected_users, resolved FROM error_patterns ORDER BY event",
        [(F1, "api_error", 2, 2, False), (F2, "user_error", 1, 1, True)],
    ),
    (
        f"""SELECT event, error_count, critical_count, blocked_count, affected_users, avg_response_time_ms
        FROM daily_error_stats WHERE date = '{NOON:%Y-%m-%d}' AND event LIKE '%_error' AND severity != 'low'
        AND event != 'db_pool_error' ORDER BY event""",
        [("api_error", 2, 0, 0, 2, 500.0), ("user_error", 1, 0, 1, 1, 0.0)],
    ),
)


@pytest.mark.parametrize(("sql", "expected"), _QUESTIONS)
def test_the_sql_of_analysts_runs(store: Store, sql: str, expected: list[tuple[Any, ...]]) -> None:
    """Columns have the names and meanings of an application's log tables."""
    assert _ask(store, sql) == expected


def test_a_window_over_a_view_reads_its_days_only(store: Store) -> None:
    """A condition on `timestamp` reaches the table below: parts of other days are not read."""
    plan = _ask(
        store,
        f"EXPLAIN indexes = 1 SELECT sum(status_code) FROM analytics_logs WHERE timestamp >= '{NOON:%Y-%m-%d}' "
        f"AND timestamp < '{NOON:%Y-%m-%d}' + toIntervalSecond({DAY + HOUR})",
    )
    text = "\n".join(row[0] for row in plan)
    assert "Parts: 1/2" in text, text


def test_a_view_of_an_older_version_is_replaced(store: Store) -> None:
    """A view that says something else is told and made anew; one that is alike stays."""
    options = SchemaOptions(database=store.dsn.database)
    store.command("CREATE OR REPLACE VIEW ai_failures AS SELECT 1 AS one")
    assert apply(store, options) == ["ai_failures: is another view"]
    assert _ask(store, "SELECT count() FROM ai_failures") == [(2,)]
    assert apply(store, options) == []
