"""Views for analysts who know an application's own log tables: its names of tables and columns, over Lift's tables.

They store nothing. Times are `timestamp`, a person is `user_id` (a pseudonym, empty where nobody is known), durations
are in ms, and what has no column of its own is in the map `metadata`: ``metadata['key']``, empty where it is not there.

- `analytics_logs`: every Lift event; `level` is error for failures (fatal for critical ones), else info.
- `api_errors`: requests that failed or took too long (`api_error`, `api_timeout`).
- `ai_failures`: AI features that failed (`ai_failure`).
- `user_errors`: errors that a user saw (`user_error`).
- `error_patterns`: one row an error pattern since its counts are kept, with whether it was resolved since.
- `daily_error_stats`: failures by day, event, severity and place; `affected_users` of rows must not be added up.
"""

from collections.abc import Mapping

from otel_lift.store.schema.model import PlainView

__all__ = ["COMPATIBLE_VIEWS"]

_ANY: Mapping[str, str] = {
    "id": "e.event_id",
    "timestamp": "e.event_time",
    "received_at": "e.receive_time",
    "user_id": "e.subject",
    "session_id": "e.session_id",
    "user_type": "e.user_type",
    "service": "e.service",
    "environment": "e.environment",
    "severity": "e.severity",
    "priority": "e.priority",
    "endpoint": "e.endpoint",
    "method": "e.method",
    "status_code": "e.status",
    "error_message": "e.message",
    "response_time_ms": "e.duration_ms",
}
_LAST: Mapping[str, str] = {
    "fingerprint": "e.fingerprint",
    "trace_id": "e.trace_id",
    "metadata": "e.properties",
}
_LEVEL = (
    "multiIf(e.priority = 'critical' AND e.category = 'failures', 'fatal', e.category = 'failures', 'error', 'info')"
)


def _own(*names: str) -> dict[str, str]:
    return {name: f"e.{name}" for name in names}


def _events(name: str, columns: Mapping[str, str], comment: str, where: str = "") -> PlainView:
    listed = ",\n    ".join(f"{expression} AS {column}" for column, expression in columns.items())
    condition = f"\nWHERE {where}" if where else ""
    return PlainView(name, f"SELECT\n    {listed}\nFROM {{lift_events}} AS e{condition}", ("lift_events",), comment)


_PATTERNS = """SELECT
    p.*,
    r.is_resolved AND r.at >= p.last_seen AS resolved
FROM
(
    SELECT
        e.fingerprint AS pattern_id,
        e.event AS event,
        anyLast(e.template) AS pattern,
        argMaxMerge(e.sample) AS sample_message,
        sum(e.occurrences) AS occurrence_count,
        uniqMerge(e.affected_users) AS affected_users,
        min(e.first_seen) AS first_seen,
        max(e.last_seen) AS last_seen,
        arrayElement(topKMerge(3)(e.pages), 1) AS page,
        arrayElement(topKMerge(3)(e.actions), 1) AS action
    FROM {lift_error_patterns} AS e
    GROUP BY pattern_id, event
) AS p
LEFT ANY JOIN
(
    SELECT fingerprint, argMax(l.resolved, l.resolved_at) AS is_resolved, max(l.resolved_at) AS at
    FROM {lift_resolutions} AS l
    WHERE fingerprint != ''
    GROUP BY fingerprint
) AS r ON p.pattern_id = r.fingerprint"""

_DAILY = """SELECT
    e.day AS date,
    e.event AS event,
    e.severity AS severity,
    e.service AS service,
    e.environment AS environment,
    sum(e.events) AS error_count,
    sumIf(e.events, e.priority = 'critical') AS critical_count,
    sum(e.blocked) AS blocked_count,
    uniqMerge(e.users) AS affected_users,
    if(sum(e.timed) = 0, 0, sum(e.durations) / sum(e.timed)) AS avg_response_time_ms
FROM {lift_rollup_daily} AS e
WHERE e.category = 'failures'
GROUP BY date, event, severity, service, environment"""

COMPATIBLE_VIEWS: tuple[PlainView, ...] = (
    _events(
        "analytics_logs",
        {
            "level": _LEVEL,
            "event": "e.event",
            "category": "e.category",
            **_ANY,
            **_own("error_type", "error_code", "page", "action", "feature", "platform", "device_type", "app_version"),
            **_LAST,
        },
        "every Lift event",
    ),
    _events(
        "api_errors",
        {**_ANY, "error_type": "e.event", **_own("ai_provider", "fallback_used", "retry_count"), **_LAST},
        "requests that failed or took too long",
        "e.event IN ('api_error', 'api_timeout')",
    ),
    _events(
        "ai_failures",
        {
            **_ANY,
            **_own("feature", "ai_provider", "ai_model", "reason", "fallback_used"),
            "execution_time_ms": "e.duration_ms",
            **_LAST,
        },
        "AI features that failed",
        "e.event = 'ai_failure'",
    ),
    _events(
        "user_errors",
        {
            **_ANY,
            **_own("error_type", "error_code", "page", "action", "user_blocked", "workflow_failed", "data_loss"),
            **_own("recovery_attempted", "recovery_successful", "recovery_method", "workflow_id", "agent_id"),
            **_LAST,
        },
        "errors that a user saw",
        "e.event = 'user_error'",
    ),
    PlainView("error_patterns", _PATTERNS, ("lift_error_patterns", "lift_resolutions"), "error patterns"),
    PlainView("daily_error_stats", _DAILY, ("lift_rollup_daily",), "failures by day"),
)
"""The views, by the names that applications' log tables have."""
