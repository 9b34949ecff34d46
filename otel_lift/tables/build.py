"""All rows of a batch."""

from collections.abc import Sequence

from otel_lift.batch import Batch, Signal
from otel_lift.spool.rows import TableRows
from otel_lift.tables.events import events_table
from otel_lift.tables.metrics import metric_tables
from otel_lift.tables.standard import logs_table, traces_table
from otel_lift.tables.subjects import NewSubjects
from otel_lift.tables.window import TimeWindow

__all__ = ["TableBuilder", "to_tables"]

_STANDARD = {Signal.TRACES: ("otel_traces", traces_table), Signal.LOGS: ("otel_logs", logs_table)}


def to_tables(batch: Batch, window: TimeWindow) -> list[TableRows]:
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


class TableBuilder:
    """Builds the rows of one process's batches, those of `lift_subjects` included."""

    def __init__(self, window: TimeWindow, subjects: NewSubjects) -> None:
        self._window = window
        self._subjects = subjects

    def build(self, batch: Batch) -> Sequence[TableRows]:
        """Answer all rows of a batch. Raises ConfigError if the keys of its pseudonyms cannot be read."""
        tables = to_tables(batch, self._window)
        subjects = self._subjects.rows(batch)
        if subjects is not None:
            tables.append(TableRows("lift_subjects", subjects))
        return tables

    def refused(self) -> None:
        """Learn that rows which were built have not been kept."""
        self._subjects.forget()
