"""Dashboards for those who run the platform: the summary, privacy, and the pipeline itself."""

from tools.dashboards.model import Board, Row, Series, Stat, Table

__all__ = ["BOARDS"]

_SUMMARY = Board(
    name="summary",
    title="Executive summary",
    description="The platform at a glance.",
    parts=[
        Stat(
            query="executive-summary",
            width=24,
            height=8,
            columns=[
                "dau",
                "new_users",
                "events",
                "errors",
                "error_rate",
                "critical",
                "blocked",
                "affected_users",
                "trials",
                "conversions",
                "conversion_rate",
                "p95",
                "ai_cost_usd",
                "ai_failures",
            ],
        ),
        Series(query="active-users", over="30d", columns=["dau", "wau", "mau"]),
        Series(query="daily-error-stats", over="30d", columns=["errors", "critical", "blocked", "affected_users"]),
        Table(query="top-patterns", width=24, links={"fingerprint": "pattern"}),
        Series(query="flourish-index", over="30d", columns=["flourish_index"]),
        Series(query="ai-usage", title="Cost of AI", over="30d", by=["ai_provider"], columns=["cost_usd"], bars=True),
    ],
)

_PRIVACY = Board(
    name="privacy",
    title="Privacy",
    description="What was redacted, what was dropped for lack of consent, and who used which right.",
    refresh="1m",
    parts=[
        Table(query="redactions"),
        Table(query="consent-drops"),
        Table(query="consent-state"),
        Table(query="rights", over="30d"),
        Table(query="audit-log", width=24, height=12, over="7d"),
    ],
)

_PIPELINE = Board(
    name="pipeline",
    title="Pipeline health",
    description="Whether everything arrives, in time, whole and well formed.",
    since="now-1h",
    refresh="30s",
    parts=[
        Series(query="ingestion-rate", by=["signal"], columns=["per_second"]),
        Series(query="spool-depth", by=["gateway"], columns=["oldest_seconds"]),
        Series(query="spool-depth", title="Spool size", by=["gateway"], columns=["bytes"]),
        Series(query="processing-latency", by=["pipeline", "stage"], columns=["per_record"]),
        Table(query="pipeline-health"),
        Table(query="events-lag"),
        Table(query="job-status", width=24),
        Table(query="quality-clock-skew"),
        Row("Quality of the data"),
        Table(query="quality-null-rates", over="1d"),
        Table(query="quality-validation", over="1d"),
        Table(query="quality-duplicates", over="1d"),
        Table(query="quality-out-of-range", over="1d"),
        Table(query="quality-gaps", over="7d"),
        Table(query="quality-references", over="1d"),
        Table(query="quality-volume", over="1d"),
        Table(query="quality-rollups", over="7d"),
    ],
)

BOARDS = (_SUMMARY, _PRIVACY, _PIPELINE)
"""The dashboards of this module."""
