"""What a report says: answers of named queries, for a period and, at a glance, the one before."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from otel_lift.api.anonymity import hide_small_groups
from otel_lift.errors import ConfigError
from otel_lift.jobs import OpenStore
from otel_lift.queries import QUERIES, NamedQuery, answer

__all__ = ["KINDS", "Kind", "Report", "Section", "collect", "period_before", "period_of"]

Kind = Literal["daily", "monthly"]
KINDS: tuple[Kind, ...] = ("daily", "monthly")

_GLANCE = "executive-summary"
_SECTIONS: Mapping[Kind, tuple[str, ...]] = {
    "daily": (
        "active-users",
        "top-patterns",
        "trial-conversion",
        "ai-usage",
        "feature-adoption",
        "consent-drops",
        "redactions",
    ),
    "monthly": (
        "active-users",
        "daily-error-stats",
        "top-patterns",
        "trial-conversion",
        "churn",
        "flourish-index",
        "ai-usage",
        "feature-adoption",
        "platform-summary",
        "consent-drops",
        "redactions",
    ),
}
_LOOK_BACK: Mapping[str, int] = {"active-users": 14}  # days of a daily report: a course says more than a point
_LONGEST = 31  # rows of a section


@dataclass(frozen=True, slots=True)
class Section:
    """The answer of a query; `hidden` rows are of too few people, `more` are left out for their number."""

    query: str
    title: str
    description: str
    columns: Mapping[str, Mapping[str, str]]
    rows: Sequence[Mapping[str, Any]]
    hidden: int
    more: int


@dataclass(frozen=True, slots=True)
class Report:
    """A report. `glance` and `before` are rows of the query executive-summary, None where too few people were there."""

    kind: Kind
    first: date
    last: date
    made_at: datetime
    glance: Mapping[str, Any] | None
    before: Mapping[str, Any] | None
    columns: Mapping[str, Mapping[str, str]]
    sections: Sequence[Section]
    k: int

    def to_json(self) -> dict[str, Any]:
        """Answer it as JSON takes it; times in ISO 8601."""
        found: dict[str, Any] = _plain(asdict(self))
        return found


def period_of(kind: Kind, day: date) -> tuple[date, date]:
    """Answer the first day of the period that a day lies in, and the first day after it."""
    if kind == "daily":
        return day, day + timedelta(days=1)
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def period_before(kind: Kind, moment: float) -> tuple[date, date]:
    """Answer the last period that was over at a moment (Unix seconds), as `period_of` does."""
    first, _ = period_of(kind, datetime.fromtimestamp(moment, UTC).date())
    return period_of(kind, first - timedelta(days=1))


def collect(opened: OpenStore, kind: Kind, day: date, k: int, queries: Mapping[str, NamedQuery] = QUERIES) -> Report:
    """Ask a store for the report of the period that a day lies in; groups of under `k` people are hidden.

    `queries` are those of `otel_lift.queries.catalogue`. Raises StoreError, StoreUnavailableError, and ConfigError
    where the period has not begun.
    """
    first, after = period_of(kind, day)
    if first > datetime.now(UTC).date():
        raise ConfigError(f"{first} is yet to come; a report is about what was")
    earlier, _ = period_of(kind, first - timedelta(days=1))
    glance = queries[_GLANCE]
    summary = [_ask(opened, glance, *span, k) for span in ((first, after), (earlier, first))]
    sections = []
    for name in _SECTIONS[kind]:
        start = after - timedelta(days=_LOOK_BACK.get(name, 1)) if kind == "daily" else first
        rows, hidden = _ask(opened, queries[name], start, after, k)
        sections.append(_section(queries[name], rows, hidden))
    return Report(
        kind=kind,
        first=first,
        last=after - timedelta(days=1),
        made_at=datetime.now(UTC),
        glance=next(iter(summary[0][0]), None),
        before=next(iter(summary[1][0]), None),
        columns=_columns(glance),
        sections=sections,
        k=k,
    )


def _ask(opened: OpenStore, named: NamedQuery, first: date, after: date, k: int) -> tuple[list[Mapping[str, Any]], int]:
    table = answer(opened.store, named, {"from": first.isoformat(), "to": after.isoformat()})
    rows: list[Mapping[str, Any]] = table.to_pylist()
    if not named.people:
        return rows, 0
    shown = hide_small_groups(rows, named.people, {column: one.kind for column, one in named.columns.items()}, k)
    return shown, len(rows) - len(shown)


def _section(named: NamedQuery, rows: Sequence[Mapping[str, Any]], hidden: int) -> Section:
    more = max(len(rows) - _LONGEST, 0)
    return Section(named.name, named.title, named.description, _columns(named), rows[:_LONGEST], hidden, more)


def _columns(named: NamedQuery) -> dict[str, dict[str, str]]:
    return {
        name: {"description": one.description, "unit": one.unit, "kind": one.kind}
        for name, one in named.columns.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
