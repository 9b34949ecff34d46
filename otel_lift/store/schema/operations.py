"""The tables of the gateway's own work: runs of jobs, who leads, and the reports that were made."""

from otel_lift.store.schema.model import Column, Table
from otel_lift.store.schema.standard import LC

__all__ = ["job_runs", "leases", "operations", "reports"]

_MOMENT = "DateTime64(3)"
_MOMENT_CODEC = "Delta(8), ZSTD(1)"
_JOB_DAYS = 90
_LEASE_DAYS = 7
_REPORT_DAYS = 730


def operations() -> tuple[Table, ...]:
    """Answer the tables of this module."""
    return job_runs(), leases(), reports()


def job_runs() -> Table:
    """`lift_jobs`: what jobs did. A row of a job with a short period stands for its last runs, see `runs`."""
    return Table(
        "lift_jobs",
        (
            Column("job", LC),
            Column("gateway", LC),
            Column("due", _MOMENT, _MOMENT_CODEC, comment="when it should have run; of a calendar the period's end"),
            Column("started", _MOMENT, _MOMENT_CODEC),
            Column("ended", _MOMENT, _MOMENT_CODEC),
            Column("took", "Float64", comment="seconds"),
            Column("outcome", LC, comment="done or failed"),
            Column("error", "String", comment="kind of the error and where, never a text that can hold personal data"),
            Column("runs", "UInt32", comment="runs since the row before; times, outcome and error are of one of them"),
            Column("failures", "UInt32", comment="how many of them failed; if any, the row is of a failed one"),
        ),
        order_by="(job, started)",
        ttl=(f"toDateTime(started) + toIntervalDay({_JOB_DAYS})",),
        shard_by="cityHash64(job)",
        comment="runs of the gateways' jobs",
    )


def leases() -> Table:
    """`lift_leases`: which gateway leads, and until when; the row of a gateway with the highest `turn` counts."""
    return Table(
        "lift_leases",
        (
            Column("name", LC, comment="what is led"),
            Column("gateway", "String"),
            Column("until", _MOMENT, _MOMENT_CODEC, comment="by the store's clock"),
            Column("turn", "UInt64", comment="grows with each row of the gateway"),
        ),
        order_by="(name, gateway)",
        engine="ReplacingMergeTree",
        version="turn",
        ttl=(f"toDateTime(until) + toIntervalDay({_LEASE_DAYS})",),
        shard_by="cityHash64(name)",
        comment="who leads among gateways, until when",
    )


def reports() -> Table:
    """`lift_reports`: the executive reports, the latest of a kind and period."""
    return Table(
        "lift_reports",
        (
            Column("kind", LC, comment="daily or monthly"),
            Column("period", "Date", comment="first day"),
            Column("made_at", _MOMENT, _MOMENT_CODEC),
            Column("report", "String", comment="JSON"),
            Column("html", "String", comment="the same as a page"),
        ),
        order_by="(kind, period)",
        engine="ReplacingMergeTree",
        version="made_at",
        ttl=(f"period + toIntervalDay({_REPORT_DAYS})",),
        shard_by="cityHash64(kind)",
        comment="executive reports",
    )
