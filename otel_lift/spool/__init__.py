"""The spool: what is acknowledged is on its disk, and stays there until every exporter has done it.

Processes that take data in each have a `SpoolWriter`; each exporter has a `SpoolReader`; `recover` makes whole what a
crash left and is called before them. The folder is their only link.
"""

from otel_lift.spool.config import Acknowledge, SpoolConfig
from otel_lift.spool.files import Files
from otel_lift.spool.quarantine import Quarantined
from otel_lift.spool.reader import Segment, SpoolReader, forget
from otel_lift.spool.recovery import RecoveryReport, recover
from otel_lift.spool.rewrite import Rewritten, Select, finish_rewrites, rewrite, sealed_segments, selected_rows
from otel_lift.spool.rows import TableRows
from otel_lift.spool.sidecar import Origin, Sidecar
from otel_lift.spool.usage import SpoolStats, spool_stats
from otel_lift.spool.writer import SpoolWriter

__all__ = [
    "Acknowledge",
    "Files",
    "Origin",
    "Quarantined",
    "RecoveryReport",
    "Rewritten",
    "Segment",
    "Select",
    "Sidecar",
    "SpoolConfig",
    "SpoolReader",
    "SpoolStats",
    "SpoolWriter",
    "TableRows",
    "finish_rewrites",
    "forget",
    "recover",
    "rewrite",
    "sealed_segments",
    "selected_rows",
    "spool_stats",
]
