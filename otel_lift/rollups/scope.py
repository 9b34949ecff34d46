"""Which days of which rollups are concerned, and by which part of a day: some events, some people, or all of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from otel_lift.jobs import OpenStore
from otel_lift.store.schema.rollups import ERROR_PATTERNS, ROLLUPS, Rollup

__all__ = ["DERIVED", "PEOPLE", "SOURCES", "Parts", "Scope", "of_rollup_rows", "of_source_rows", "whole_days"]

DERIVED: Mapping[str, Rollup] = {one.name: one for one in (ERROR_PATTERNS, *ROLLUPS)}
"""The tables that are made of others, by name; one that is made of another of them comes after it."""

SOURCES = frozenset(one.source for one in DERIVED.values()) - DERIVED.keys()
"""The tables of telemetry that they are made of."""

PEOPLE = frozenset(one.name for one in DERIVED.values() if one.part == "subject")
"""Those of which each row is one person's."""

Parts = frozenset[str] | None
"""Values of a rollup's column `part`, or None for all."""

_UTC = frozenset({"UTC", "Etc/UTC"})
_QUIET = {"log_queries": 0}


@dataclass(slots=True)
class Scope:
    """Parts by rollup and day; of the rollup by month the day is its first."""

    days: dict[str, dict[date, Parts]] = field(default_factory=dict)

    def add(self, rollup: Rollup, day: date, parts: Parts) -> None:
        """Add parts of a day, and of the days of what is made of that rollup."""
        of_rollup = self.days.setdefault(rollup.name, {})
        known = of_rollup.get(day, frozenset())
        of_rollup[day] = None if known is None or parts is None else known | parts
        for one in DERIVED.values():
            if one.source == rollup.name:  # by month
                self.add(one, day.replace(day=1), parts)

    def merge(self, other: "Scope") -> None:
        """Add all that another one has."""
        for name, days in other.days.items():
            for day, parts in days.items():
                self.add(DERIVED[name], day, parts)

    def without(self, other: "Scope") -> dict[str, int]:
        """Answer by rollup how many days and parts it has that another one has not."""
        return {
            name: sum(
                len((parts or frozenset()) - (other.days.get(name, {}).get(day, frozenset()) or frozenset()))
                for day, parts in days.items()
            )
            for name, days in self.days.items()
        }

    def __bool__(self) -> bool:
        return bool(self.days)

    def __str__(self) -> str:
        return ", ".join(f"{len(days)} days of {name}" for name, days in self.days.items())

    def to_json(self) -> dict[str, Any]:
        """Answer it as it is noted in a file."""
        return {
            name: {str(day): None if parts is None else sorted(parts) for day, parts in days.items()}
            for name, days in self.days.items()
        }

    @classmethod
    def from_json(cls, noted: Mapping[str, Mapping[str, Iterable[str] | None]]) -> "Scope":
        """Read such a note; a table that this version does not know is left out."""
        return cls(
            {
                name: {
                    date.fromisoformat(day): None if parts is None else frozenset(parts) for day, parts in days.items()
                }
                for name, days in noted.items()
                if name in DERIVED
            }
        )


def of_source_rows(opened: OpenStore, source: str, condition: str) -> Scope:
    """Answer where rows of telemetry count for which a condition holds (SQL over the columns of `source`)."""
    made = [one for one in DERIVED.values() if one.source == source]
    expressions = list(dict.fromkeys(text for one in made for text in (one.day, *([one.part] if one.part else []))))
    which = " OR ".join(f"({one.where})" for one in made)
    rows = opened.store.query(
        f"SELECT DISTINCT {', '.join(expressions)} FROM {opened.options.qualified(source)} AS e "  # noqa: S608 - made of quoted names
        f"WHERE ({which}) AND ({condition})",
        settings=_QUIET,
    ).rows
    scope = Scope()
    for row in rows:
        of = dict(zip(expressions, row, strict=True))
        for one in made:
            if one.part != "subject" or of[one.part]:
                scope.add(one, of[one.day], frozenset([str(of[one.part])]) if one.part else None)
    return scope


def of_rollup_rows(opened: OpenStore, rollup: Rollup, condition: str) -> Scope:
    """Answer which days and parts of a rollup have rows for which a condition holds."""
    rows = opened.store.query(
        f"SELECT DISTINCT {rollup.own_day}, {rollup.part or repr('')} "  # noqa: S608 - made of quoted names
        f"FROM {opened.options.qualified(rollup.name)} WHERE {condition}",
        settings=_QUIET,
    ).rows
    scope = Scope()
    for day, part in rows:
        scope.add(rollup, day, frozenset([str(part)]) if rollup.part else None)
    return scope


def whole_days(opened: OpenStore, days: Iterable[date]) -> Scope:
    """Answer all of these days (UTC), of all rollups."""
    ((zone,),) = opened.store.query("SELECT timezone()").rows
    scope = Scope()
    for day in days:
        for rollup in DERIVED.values():
            # a day of the server's time zone can have begun the day before, or end the day after
            around = 0 if "'UTC'" in rollup.day or zone in _UTC else 1
            if rollup.source in SOURCES:
                for shift in range(-around, around + 1):
                    scope.add(rollup, day + timedelta(days=shift), None)
    return scope
