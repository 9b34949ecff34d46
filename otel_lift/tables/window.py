"""The window of accepted times: what is stored under its own time, and what under the gateway's clock.

A table is partitioned by day and ClickHouse refuses an insert of more than 100 partitions; rows of 1970 would vanish
by TTL at once, and times beyond 2262 overflow. So a record from outside the window is stored at its receive time, and
keeps what it claimed in the attribute `lift.time.original`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.tables.columns import Addition, timestamps

__all__ = ["ORIGINAL_TIME", "PlacedTimes", "TimeWindow"]

ORIGINAL_TIME = "lift.time.original"
_SECOND = 1_000_000_000
_NOTHING = Addition(ORIGINAL_TIME, np.zeros(0, np.int32), pa.array([], pa.string()))


@dataclass(frozen=True, slots=True)
class PlacedTimes:
    """Times as stored: `nanoseconds` uint64 of shape (n,), and for the rows that were moved, what they claimed."""

    nanoseconds: npt.NDArray[np.uint64]
    moved: Addition

    def column(self) -> Any:
        """Answer the times as an Arrow `timestamp('ns')` column."""
        return timestamps(self.nanoseconds)


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """How far from the receive time a record's own time may lie, in seconds."""

    past: int = 90 * 86_400
    future: int = 86_400

    def place(self, times: npt.NDArray[np.uint64], received: int) -> PlacedTimes:
        """Answer the times to store; a time of zero means that none was sent, and is not kept as an original."""
        low = np.uint64(max(received - self.past * _SECOND, 0))
        high = np.uint64(received + self.future * _SECOND)
        outside = (times < low) | (times > high)
        if not outside.any():
            return PlacedTimes(times, _NOTHING)
        placed = np.where(outside, np.uint64(received), times)
        rows = np.flatnonzero(outside & (times != 0)).astype(np.int32)
        originals = pc.cast(pa.array(times[rows]), pa.string())
        return PlacedTimes(placed, Addition(ORIGINAL_TIME, rows, originals))
