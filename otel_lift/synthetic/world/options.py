"""What kind of world is made."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

__all__ = ["DAY", "HOUR", "MINUTE", "SECOND", "WorldOptions"]

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def _last_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class WorldOptions:
    """A world of `people` over `days` days until `end` (exclusive, UTC), of about `events` events.

    Equal options make equal worlds. Times are Unix nanoseconds everywhere.
    """

    seed: int = 1
    people: int = 50_000
    days: int = 90
    events: int = 300_000
    end: datetime = field(default_factory=_last_hour)

    @property
    def start_ns(self) -> int:
        """When the world begins."""
        return self.end_ns - self.days * DAY

    @property
    def end_ns(self) -> int:
        """When it ends."""
        return int((self.end - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)) * 1000

    @property
    def rotations(self) -> tuple[int, int]:
        """When the keys of pseudonyms change: after a third of the time, and after two."""
        third = self.days * DAY // 3
        return self.start_ns + third, self.start_ns + 2 * third
