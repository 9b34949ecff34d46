"""`Tables`: the tables of a batch with columns put over them, so that to replace a column touches no table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import pyarrow as pa

from otel_lift.batch.attributes import Attributes
from otel_lift.batch.schema import Level

__all__ = ["Tables"]


@dataclass(slots=True)
class _Table:
    """A table, the columns of it that were read or replaced, the names of the latter, and its attributes."""

    whole: Any
    columns: dict[str, Any] = field(default_factory=dict)
    replaced: frozenset[str] = frozenset()
    view: Attributes | None = None

    def column(self, name: str) -> Any:
        # to ask a record batch for a column by its name costs microseconds, and every stage asks
        column = self.columns.get(name)
        if column is None:
            if self.view is not None and name in self.replaced:
                column = self.view.to_arrow()  # only attributes are put over a column without being one
            else:
                column = self.whole.column(name)
            self.columns[name] = column
        return column

    def with_columns(self, columns: Mapping[str, Any]) -> "_Table":
        known, view = {**self.columns, **columns}, self.view
        if "attributes" in columns:
            attributes = columns["attributes"]
            view = attributes if isinstance(attributes, Attributes) else None
            if view is not None:
                del known["attributes"]
        return _Table(self.whole, known, self.replaced.union(columns), view)

    def put_together(self) -> Any:
        if self.replaced:
            schema = self.whole.schema
            columns = [
                self.column(name) if name in self.replaced else self.whole.column(place)
                for place, name in enumerate(schema.names)
            ]
            self.whole, self.replaced = pa.RecordBatch.from_arrays(columns, schema=schema), frozenset()
        return self.whole


class Tables(Mapping[Level, Any]):
    """Record batches by level. One with replaced columns is put together when somebody wants it whole.

    Immutable to its users: each change answers new tables, which share what is unchanged.
    """

    __slots__ = ("_tables",)

    def __init__(self, tables: Mapping[Level, Any]) -> None:
        """Hold record batches in the schemas of their levels."""
        self._tables = {level: _Table(table) for level, table in tables.items()}

    def __getitem__(self, level: Level) -> Any:
        return self._tables[level].put_together()

    def __iter__(self) -> Iterator[Level]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def __contains__(self, level: object) -> bool:
        return level in self._tables

    def rows(self, level: Level) -> int:
        """Count a level's rows; 0 where there is no such level."""
        table = self._tables.get(level)
        return 0 if table is None else int(table.whole.num_rows)

    def column(self, level: Level, name: str) -> Any:
        """Answer a column as an Arrow array."""
        return self._tables[level].column(name)

    def attributes(self, level: Level) -> Attributes:
        """View the attributes of a level as columns to compute on."""
        table = self._tables[level]
        if table.view is None:
            rows = table.whole.num_rows
            table.view = Attributes.of(table.column("attributes")) if rows else Attributes.empty(0)
        return table.view

    def with_columns(self, level: Level, columns: Mapping[str, Any]) -> Self:
        """Put columns, Arrow arrays or `Attributes`, over those of a level."""
        return self._with({level: self._tables[level].with_columns(columns)})

    def with_tables(self, tables: Mapping[Level, Any]) -> Self:
        """Put whole tables in place of those of their levels."""
        return self._with({level: _Table(table) for level, table in tables.items()})

    def _with(self, tables: dict[Level, _Table]) -> Self:
        changed = type(self)({})
        changed._tables = {**self._tables, **tables}  # noqa: SLF001 - of this class
        return changed
