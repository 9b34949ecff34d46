"""What is counted of a trial, bounded and without a text that a client sent but for attribute keys, redacted."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from otel_lift.batch import Signal
from otel_lift_redaction.changes import Place
from otel_lift_redaction.shadow.compare import Difference, Group

__all__ = ["OTHERS", "Row", "Tally"]

OTHERS = "(other keys)"
"""Stands for attribute keys beyond the number that is told apart, so no client can make a report long."""

_MAX_ROWS = 5000


class Row(NamedTuple):
    """What is counted apart: `field` is an attribute key or a column; rules are joined by commas."""

    difference: str
    signal: str
    level: str
    field: str
    live: str
    candidate: str


@dataclass(slots=True)
class Tally:
    """Counts of one trial; CPU in seconds. `failures` counts batches that the candidate failed on, by exception."""

    batches: int = 0
    records: int = 0
    values: Counter[str] = field(default_factory=Counter)
    rows: Counter[Row] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    candidate_cpu: float = 0.0
    compare_cpu: float = 0.0

    def add(self, signal: Signal, groups: Iterable[Group], shown: Mapping[tuple[Place, int], str]) -> None:
        """Count groups; `shown` is what stands for their attribute keys."""
        for group in groups:
            name = group.place.column if group.code is None else shown[group.place, group.code]
            if group.difference is Difference.SAME:
                name = ""
            row = Row(
                group.difference.name.lower(),
                signal.value,
                group.place.level.value,
                name,
                ",".join(group.live),
                ",".join(group.candidate),
            )
            if row not in self.rows and len(self.rows) >= _MAX_ROWS:
                row = row._replace(field=OTHERS, live="", candidate="")
            self.rows[row] += group.count

    def as_json(self) -> dict[str, Any]:
        """Answer all counts as plain values."""
        return {
            "batches": self.batches,
            "records": self.records,
            "values": dict(self.values),
            "failures": dict(self.failures),
            "candidate_cpu_seconds": self.candidate_cpu,
            "compare_cpu_seconds": self.compare_cpu,
            "rows": [[*row, count] for row, count in self.rows.items()],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read back what `as_json` answered; raises KeyError, TypeError, ValueError for anything else."""
        return cls(
            batches=int(content["batches"]),
            records=int(content["records"]),
            values=Counter({str(name): int(count) for name, count in content["values"].items()}),
            rows=Counter({Row(*map(str, row)): int(count) for *row, count in content["rows"]}),
            failures=Counter({str(name): int(count) for name, count in content["failures"].items()}),
            candidate_cpu=float(content["candidate_cpu_seconds"]),
            compare_cpu=float(content["compare_cpu_seconds"]),
        )

    def merge(self, other: Self) -> None:
        """Take in the counts of another process."""
        self.batches += other.batches
        self.records += other.records
        self.values += other.values
        self.rows += other.rows
        self.failures += other.failures
        self.candidate_cpu += other.candidate_cpu
        self.compare_cpu += other.compare_cpu
