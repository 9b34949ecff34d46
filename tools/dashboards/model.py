"""What a dashboard is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from otel_lift.queries import NamedQuery, find

__all__ = ["Board", "Matrix", "Panel", "Row", "Series", "Stat", "Table", "Text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A panel over one named query; `values` are SQL expressions for its parameters.

    `width` is in columns of 24, `height` in Grafana's rows. `over` is a range of time of its own, such as ``30d``.
    """

    query: str
    title: str = ""
    width: int = 12
    height: int = 8
    values: Mapping[str, str] = field(default_factory=dict)
    over: str = ""

    @property
    def named(self) -> NamedQuery:
        """The query."""
        return find(self.query)

    @property
    def heading(self) -> str:
        """The title of the panel: its own, or the query's."""
        return self.title or self.named.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Panel):
    """All columns of the answer; `links` names for a column which of `links.LINKS` leads on from it."""

    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series(Panel):
    """Lines over time, or `bars`: one for each of `columns`, and for each combination of the texts in `by`."""

    columns: Sequence[str]
    by: Sequence[str] = ()
    bars: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stat(Panel):
    """Large figures: each of `columns` of an answer of one row, or with `by` one column with a figure for each row."""

    columns: Sequence[str]
    by: str = ""
    height: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix(Panel):
    """A heat map as a table: a line for each value of `row`, a column for each value of `column`."""

    row: str
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Row:
    """A heading over the panels that follow."""

    title: str


@dataclass(frozen=True, slots=True)
class Text:
    """A variable that a person types, or that a link fills in."""

    name: str
    label: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A dashboard; `name` is the end of its uid and the name of its file, `since` the start of its range of time."""

    name: str
    title: str
    description: str
    parts: Sequence[Panel | Row]
    since: str = "now-24h"
    refresh: str = ""
    texts: Sequence[Text] = ()

    @property
    def uid(self) -> str:
        """What links name the dashboard by."""
        return f"lift-{self.name}"

    @property
    def panels(self) -> list[Panel]:
        """The panels without the headings."""
        return [part for part in self.parts if isinstance(part, Panel)]

    @property
    def filters(self) -> list[str]:
        """The standard filters that any panel's query takes."""
        taken = {name for panel in self.panels for name in panel.named.filters}
        return [name for name in ("service", "environment", "user_type") if name in taken]
