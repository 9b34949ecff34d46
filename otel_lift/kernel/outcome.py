"""What the kernel answers: a batch, and what became of each payload."""

from dataclasses import dataclass

from otel_lift.batch import Batch
from otel_lift.errors import DecodeError

__all__ = ["Decoded", "Outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one payload: how many of its records are in the batch, and how many were refused and why.

    A payload with an `error` has no row in the batch. `message` is for the client and quotes nothing of the payload.
    """

    accepted: int = 0
    rejected: int = 0
    message: str = ""
    error: DecodeError | None = None


@dataclass(frozen=True, slots=True)
class Decoded:
    """One batch of all payloads' records, in the order sent, and one outcome a payload."""

    batch: Batch
    outcomes: tuple[Outcome, ...]
