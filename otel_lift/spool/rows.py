"""`TableRows`: what the spool takes in."""

from dataclasses import dataclass
from typing import Any

__all__ = ["TableRows"]


@dataclass(frozen=True, slots=True)
class TableRows:
    """Rows of one table of the store, in that table's column names and types.

    `rows` is a `pa.RecordBatch`; `schema_version` is that of the migration which the columns stand for.
    """

    table: str
    rows: Any
    schema_version: int = 1
