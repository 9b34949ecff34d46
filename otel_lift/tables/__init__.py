"""Batches as rows of the store's tables: what the spool keeps and the store takes as it lies (storage.md, "Tables")."""

from otel_lift.tables.build import TableBuilder, to_tables
from otel_lift.tables.subjects import NewSubjects
from otel_lift.tables.window import ORIGINAL_TIME, TimeWindow

__all__ = ["ORIGINAL_TIME", "NewSubjects", "TableBuilder", "TimeWindow", "to_tables"]
