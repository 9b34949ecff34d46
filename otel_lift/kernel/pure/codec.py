"""What a signal's module provides."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from otel_lift.batch import Batch, Level
from otel_lift.kernel.outcome import Outcome

__all__ = ["Codec", "Rows"]


class Rows(Protocol):
    """Collects the rows of one decode call."""

    @abstractmethod
    def read(self, request: Any) -> Outcome:
        """Add the records of an export request; never fails for a request that protobuf could read."""

    @abstractmethod
    def tables(self) -> Mapping[Level, Any]:
        """Build the table of each level, parents first."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One signal: how its requests become rows, and how a batch of it becomes a request's bytes."""

    rows: Callable[[], Rows]
    encode: Callable[[Batch], bytes]
