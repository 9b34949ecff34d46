"""How much disk the spool takes, known to each writer without a look at the disk for each request."""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from otel_lift.spool.layout import Layout, created

__all__ = ["SpoolStats", "Usage", "spool_stats"]

_FRESH = 1.0  # seconds for which a count of the disk is good while there is room
_SHARE = 20  # counting the disk may take one part in so many of the time


@dataclass(frozen=True, slots=True)
class SpoolStats:
    """The spool at a glance.

    `bytes` is the disk taken by segments, open ones included; `segments` counts the sealed ones and `oldest_age` is
    that of the oldest, in seconds; `refused` counts the requests that this writer did not take; `quarantined` counts
    damaged files that are kept. `failure` says what is wrong with the disk, or is empty.
    """

    bytes: int = 0
    segments: int = 0
    oldest_age: float = 0.0
    quarantined: int = 0
    refused: int = 0
    failure: str = ""


def spool_stats(folder: Path) -> SpoolStats:
    """Count what is on the disk; quarantined files are not part of `bytes`, so that they never fill the spool."""
    layout = Layout(folder)
    size = segments = 0
    oldest = None
    for table in layout.tables():
        for entry in os.scandir(layout.root / table):
            if not entry.name.endswith((".arrow", ".open")):
                continue
            with suppress(FileNotFoundError):
                size += entry.stat().st_size
                if entry.name.endswith(".arrow"):
                    segments += 1
                    oldest = entry.name if oldest is None else min(oldest, entry.name)
    age = max(0.0, time.time() - created(oldest)) if oldest else 0.0
    quarantined = sum(1 for path in layout.quarantine.glob("*") if path.suffix in {".arrow", ".open"})
    return SpoolStats(size, segments, age, quarantined)


class Usage:
    """The disk taken, as last counted and with what this writer has added since.

    Other writers' additions are seen at the next count, so several writers can pass the limit together by what they
    write within a second.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._stats = SpoolStats()
        self._added = 0
        self._counted = -_FRESH
        self._took = 0.0

    def stats(self) -> SpoolStats:
        """Answer the last count, or a new one if that is old."""
        if time.monotonic() - self._counted >= max(_FRESH, _SHARE * self._took):
            self._count()
        return self._stats

    def has_room(self, size: int, limit: int) -> bool:
        """Say whether `size` more bytes keep within `limit`; what readers removed counts at once if it can matter."""
        if self.stats().bytes + self._added + size <= limit:
            return True
        if self._added or time.monotonic() - self._counted >= _SHARE * self._took:
            self._count()
        return self._stats.bytes + size <= limit

    def add(self, size: int) -> None:
        """Note bytes written since the last count."""
        self._added += size

    def _count(self) -> None:
        start = time.monotonic()
        self._stats = spool_stats(self._layout.root)
        self._added = 0
        self._counted = time.monotonic()
        self._took = self._counted - start
