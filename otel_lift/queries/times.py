"""Moments as people write them: ISO 8601, relative to now, or seconds of the Unix epoch."""

import re
from datetime import UTC, datetime, timedelta

__all__ = ["EXAMPLES", "bound_time", "parse_time"]

EXAMPLES = "2026-11-21, 2026-11-21T09:30:00Z, 2026-11-21T10:30+01:00, -24h, -7d, now, now-1h or 1795254600"
"""What a moment may look like, for error messages."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_RELATIVE = re.compile(r"(?:now)?-(\d{1,9})([smhdw])", re.ASCII)
_SECONDS = re.compile(r"(\d{1,11})(?:\.(\d{1,9}))?", re.ASCII)
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = 0
_LAST = int((datetime(2262, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) * 10**9  # where 64 bits of nanoseconds end


def parse_time(text: str, now: datetime) -> int:
    """Read a moment as nanoseconds since 1970 (UTC); a time without a zone is in UTC.

    Raises ValueError for anything else than `EXAMPLES` show, and for what is before 1970 or after 2261.
    """
    nanoseconds = _read(text.strip(), now)
    if not _FIRST <= nanoseconds < _LAST:
        raise ValueError("before 1970 or after 2261")
    return nanoseconds


def bound_time(nanoseconds: int) -> str:
    """Write a moment as the text of a ``DateTime64(9, 'UTC')``, in UTC with all nine digits."""
    seconds, fraction = divmod(nanoseconds, 10**9)
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S}.{fraction:09}"


def _read(text: str, now: datetime) -> int:
    if text == "now":
        return _nanoseconds(now)
    if match := _RELATIVE.fullmatch(text):
        return _nanoseconds(now) - int(match[1]) * _UNITS[match[2]] * 10**9
    if match := _SECONDS.fullmatch(text):
        return int(match[1]) * 10**9 + _fraction(match[2])
    if match := _ISO.fullmatch(text):
        day, clock, fraction, zone = match.groups()
        whole = datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone or 'Z'}")
        return _nanoseconds(whole) + _fraction(fraction)
    raise ValueError("no moment")


def _nanoseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def _fraction(digits: str | None) -> int:
    return int((digits or "").ljust(9, "0"))
