"""The form of every answer: ``{"status": "ok", "data": ..., "metadata": {...}}``."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

from otel_lift.queries import NamedQuery

__all__ = ["Answer", "ColumnInfo", "Failure", "Metadata", "answered", "confidence", "data_points", "now"]

_Data = TypeVar("_Data")
_PRIOR = 30
"""How many observations one must have made to believe them as much as what one believed before."""


class ColumnInfo(BaseModel):
    """A column of an answer's rows."""

    name: str
    unit: str
    kind: str
    description: str


class Metadata(BaseModel):
    """What an answer rests on."""

    calculated_at: str = Field(description="When the answer was made, in UTC.")
    data_points: int = Field(ge=0, description="Observations that it rests on.")
    confidence: float = Field(
        ge=0, le=1, description="n / (n + 30): the weight of n observations against a prior worth 30."
    )
    query: str | None = Field(default=None, description="The named query that was asked.")
    from_: str | None = Field(default=None, alias="from", description="Start of the window, in it.")
    to: str | None = Field(default=None, description="End of the window, not in it.")
    columns: list[ColumnInfo] | None = Field(default=None, description="What the columns hold.")
    hidden: int | None = Field(default=None, description="Rows that are hidden, as they tell of too few people.")
    notes: list[str] | None = Field(default=None, description="What was changed about the question.")


class Answer(BaseModel, Generic[_Data]):
    """An answer."""

    status: Literal["ok"]
    data: _Data
    metadata: Metadata


class _Error(BaseModel):
    code: str
    message: str


class Failure(BaseModel):
    """A refusal."""

    status: Literal["error"]
    error: _Error


def answered(data: Any, points: int | None = None, **metadata: Any) -> dict[str, Any]:
    """Answer the body for `data`; without `points`, they are the data's length."""
    count = points if points is not None else len(data) if isinstance(data, list) else 1
    own = {"calculated_at": now(), "data_points": count, "confidence": confidence(count)}
    return {"status": "ok", "data": data, "metadata": {**own, **metadata}}


def confidence(points: int) -> float:
    """Answer the weight of observations against a prior worth 30 of them: n / (n + 30), from 0 to below 1.

    It is the shrinkage factor of a mean under a conjugate prior (Gelman et al., Bayesian Data Analysis, 2.5).
    """
    return round(points / (points + _PRIOR), 4)


def data_points(named: NamedQuery, rows: Sequence[Mapping[str, Any]]) -> int:
    """Answer what rows count together in their first column of counts, or how many they are where nothing counts."""
    counted = next((name for name, column in named.columns.items() if column.kind == "count"), None)
    return sum(int(row[counted] or 0) for row in rows) if counted else len(rows)


def now() -> str:
    """Write this moment as ISO 8601, in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
