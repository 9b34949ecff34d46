"""The paths that stand for named queries, beside ``/api/v1/queries/{name}``."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["DASHBOARDS", "PATHS", "Named"]


@dataclass(frozen=True, slots=True)
class Named:
    """The query that a path stands for, and which of its columns are answered: all where none is named."""

    query: str
    columns: tuple[str, ...] = ()


PATHS: Mapping[str, Named] = MappingProxyType(
    {
        "metrics/flourish-index": Named("flourish-index"),
        "metrics/add-value-index": Named("add-value-index"),
        "metrics/platform-summary": Named("platform-summary"),
        "metrics/user-activity/{subject}": Named("user-activity"),
        "metrics/user-indices/{subject}": Named("indices-of-user"),
        "realtime/dau": Named("realtime", ("dau",)),
        "realtime/active-sessions": Named("realtime", ("active_sessions", "users_online")),
        "realtime/live-waves": Named("live-waves"),
        "errors/patterns": Named("error-patterns"),
        "errors/patterns/{fingerprint}/trend": Named("pattern-trend"),
        "errors/struggling-users": Named("struggling-users"),
        "errors/impact/high": Named("high-impact-errors"),
        "errors/user/{subject}": Named("user-errors"),
        "errors/user/{subject}/rate": Named("user-error-rate"),
        "errors/sessions/{session_id}/cascade": Named("session-cascade"),
        "errors/sessions/{session_id}/timeline": Named("session-timeline"),
        "errors/resolutions": Named("resolutions"),
        "admin/audit-log": Named("audit-log"),
    }
)
"""By path; what stands in braces is a parameter of the query."""

DASHBOARDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "flourish": ("flourish-index", "active-users", "microacts-by-category", "activation-mood"),
        "add-value": ("add-value-index", "community-engagement", "wave-trends"),
        "wave-participation": ("wave-trends", "wave-participation", "live-waves"),
        "executive-summary": ("executive-summary", "top-patterns"),
        "failures": (
            "failure-trend",
            "failures-by-event",
            "failure-rate-by-endpoint",
            "errors-by-severity",
            "error-patterns",
            "user-impact",
        ),
        "behaviour": ("active-users", "feature-adoption", "unused-features", "trial-conversion", "funnel", "retention"),
        "ai": ("ai-usage", "ai-providers", "ai-failures-by-feature"),
        "privacy": ("redactions", "consent-drops", "consent-state"),
        "pipeline": ("ingestion-rate", "spool-depth", "events-lag", "job-status"),
    }
)
"""By path: the queries that are answered together, with their defaults."""
