"""`Batch`: what flows through the gateway, as columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift.batch.attributes import Attributes
from otel_lift.batch.schema import SCHEMAS, Level, Signal
from otel_lift.batch.tables import Tables
from otel_lift.tenants import DEFAULT_TENANT

__all__ = ["Batch", "RequestContext"]

_CHILDREN = (Level.EVENT, Level.LINK, Level.EXEMPLAR)


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What the gateway knows of a request besides its body; requests that are equal in it may share a batch.

    `denied_by_header` says that the request itself denies all but essential processing (`Sec-GPC: 1`).
    """

    tenant: str = DEFAULT_TENANT
    denied_by_header: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """One signal's telemetry: a flat Arrow table for each `Level`, in the schemas of `SCHEMAS[signal]`.

    Immutable: each change answers a new batch that shares the unchanged columns. `received` is the gateway's clock when
    the first of the batch's requests arrived, in Unix nanoseconds.
    """

    signal: Signal
    tables: Mapping[Level, Any]  # pa.RecordBatch by level
    context: RequestContext = field(default_factory=RequestContext)
    received: int = 0

    def __post_init__(self) -> None:
        """Prepare the tables to be read by column."""
        if not isinstance(self.tables, Tables):
            object.__setattr__(self, "tables", Tables(self.tables))

    @classmethod
    def empty(cls, signal: Signal, context: RequestContext | None = None, received: int = 0) -> Self:
        """Answer a batch without a record."""
        tables = {level: pa.RecordBatch.from_pylist([], schema=schema) for level, schema in SCHEMAS[signal].items()}
        return cls(signal, tables, context or RequestContext(), received)

    def __len__(self) -> int:
        """Count the records (spans, log records or data points)."""
        return self.rows(Level.RECORD)

    @property
    def records(self) -> Any:
        """The table of spans, log records or data points."""
        return self.tables[Level.RECORD]

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels of this batch's signal, parents first."""
        return tuple(self.tables)

    def rows(self, level: Level) -> int:
        """Count a level's rows; 0 for a level that the signal does not have."""
        return self._tables.rows(level)

    def column(self, level: Level, name: str) -> Any:
        """One column of a level's table; dictionary columns stay dictionary-encoded."""
        return self._tables.column(level, name)

    def attributes(self, level: Level) -> Attributes:
        """View the attributes of a level as columns to compute on."""
        return self._tables.attributes(level)

    def with_columns(self, level: Level, columns: Mapping[str, Any]) -> Self:
        """Replace columns of a level's table by Arrow arrays (or `Attributes`) of the same length and type.

        The table itself is put together only when somebody asks `tables` for it.
        """
        return self._with(self._tables.with_columns(level, columns))

    def with_tables(self, tables: Mapping[Level, Any]) -> Self:
        """Replace whole tables, each by one in the schema of its level."""
        return self._with(self._tables.with_tables(tables))

    def filter(self, keep: npt.NDArray[np.bool_]) -> Self:
        """Keep the records where `keep`, shape (len(self),), is true, with their events, links or exemplars.

        Resources, scopes and metrics stay, so that indices hold; nothing of one that no record uses is ever stored.
        """
        if keep.all():
            return self
        tables = {Level.RECORD: self.records.filter(pa.array(keep))}
        renumbered = np.cumsum(keep, dtype=np.int32) - 1
        for level in _CHILDREN:
            if self.rows(level):
                tables[level] = _filter_children(self.tables[level], keep, renumbered)
        return self.with_tables(tables)

    def filter_level(self, level: Level, keep: npt.NDArray[np.bool_]) -> Self:
        """Keep the rows of a child level (events, links or exemplars) where `keep` is true."""
        if keep.all():
            return self
        return self.with_tables({level: self.tables[level].filter(pa.array(keep))})

    def parents(self, level: Level) -> npt.NDArray[np.int32]:
        """Of each row of a child level, the row of its record; int32, ascending."""
        parents: npt.NDArray[np.int32] = self.column(level, "record").to_numpy(zero_copy_only=True)
        return parents

    @property
    def _tables(self) -> Tables:
        return cast("Tables", self.tables)

    def _with(self, tables: Tables) -> Self:
        return type(self)(self.signal, tables, self.context, self.received)


def _filter_children(table: Any, keep: npt.NDArray[np.bool_], renumbered: npt.NDArray[np.int32]) -> Any:
    parents = table.column("record").to_numpy(zero_copy_only=True)
    kept = keep[parents]
    table = table.filter(pa.array(kept))
    return table.set_column(0, table.schema.field(0), pa.array(renumbered[parents[kept]]))
