"""Batches as rows of the store's tables: what the spool keeps and the store takes as it lies (storage.md, "Tables")."""

from collections.abc import Sequence

from otel_lift.batch import Batch, Signal
from otel_lift.spool.rows import TableRows
from otel_lift.tables.events import events_table
from otel_lift.tables.metrics import metric_tables
from otel_lift.tables.standard import logs_table, traces_table
from otel_lift.tables.window import ORIGINAL_TIME, TimeWindow

__all__ = ["ORIGINAL_TIME", "TimeWindow", "to_tables"]

_STANDARD = {Signal.TRACES: ("otel_traces", traces_table), Signal.LOGS: ("otel_logs", logs_table)}


def to_tables(batch: Batch, window: TimeWindow) -> Sequence[TableRows]:
    """Answer a batch's rows: of the standard table of its signal, and of `lift_events` where it holds Lift events.

    Metrics have a table for each kind, and no events.
    """
    if batch.signal is Signal.METRICS:
        return [TableRows(name, rows) for name, rows in metric_tables(batch, window)]
    name, build = _STANDARD[batch.signal]
    tables = [TableRows(name, build(batch, window))]
    events = events_table(batch, window)
    if events is not None:
        tables.append(TableRows("lift_events", events))
    return tables
