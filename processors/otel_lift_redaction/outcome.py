"""What the rules find in a batch: the processor puts it in place, and others compare and explain it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otel_lift.batch import Batch
from otel_lift_redaction.positions import Position
from otel_lift_redaction.rules import Rules
from otel_lift_redaction.scanner import Findings
from otel_lift_redaction.summary import Summary

__all__ = ["Outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A batch after the rules by key, its positions, and what the detectors change in each, by the position's index.

    The rows of `found` are those of the position's texts.
    """

    rules: Rules
    batch: Batch
    places: Sequence[Position]
    found: Mapping[int, Findings]

    def applied(self, summary: Summary) -> Batch:
        """Answer the batch with all that was found taken out."""
        batch = self.batch
        for at, found in self.found.items():
            place = self.places[at]
            batch = place.put(batch, found.rows, found.texts)
            owners, held = place.owners(found.rows)
            summary.add(place.level, owners, found.marks[held])
        return batch
