"""Values of parameters: how each ClickHouse type is checked before it is bound."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from otel_lift.queries.times import EXAMPLES, bound_time, parse_time

__all__ = ["TIME", "TYPES", "Given", "read_value"]

Given = str | int | float | Sequence[str]
"""A value as it is given: the text of a command line or a URL, a number of a file, or a list of texts."""

TIME = "DateTime64(9, 'UTC')"
"""The type of a moment."""

_WHOLE = re.compile(r"\d{1,20}", re.ASCII)
_NUMBER = TypeAdapter(float)


def _whole(bits: int) -> Callable[[Given, datetime], int]:
    def read(given: Given, _: datetime) -> int:
        if not _WHOLE.fullmatch(str(given)) or int(str(given)) >= 2**bits:
            raise ValueError
        return int(str(given))

    return read


def _number(given: Given, _: datetime) -> float:
    try:
        value = _NUMBER.validate_python(given)
    except ValidationError as error:
        raise ValueError from error
    if value - value != 0:  # infinite, or no number
        raise ValueError
    return value


def _text(given: Given, _: datetime) -> str:
    if not isinstance(given, str):
        raise ValueError  # noqa: TRY004  # what calls maps ValueErrors only
    return given


def _texts(given: Given, _: datetime) -> list[str]:
    if isinstance(given, (int, float)):
        raise ValueError  # noqa: TRY004  # what calls maps ValueErrors only
    parts = [part.strip() for part in given.split(",")] if isinstance(given, str) else list(given)
    if not all(parts):
        raise ValueError
    return parts


def _day(given: Given, _: datetime) -> str:
    return date.fromisoformat(str(given)).isoformat()


def _time(given: Given, now: datetime) -> str:
    return bound_time(parse_time(str(given), now))


TYPES: Mapping[str, tuple[Callable[[Given, datetime], Any], str]] = MappingProxyType(
    {
        "UInt32": (_whole(32), "a whole number from 0 to 4294967295"),
        "UInt64": (_whole(64), "a whole number from 0 on"),
        "Float64": (_number, "a number"),
        "String": (_text, "a text"),
        "Array(String)": (_texts, "texts with commas between them"),
        "Date": (_day, "a day such as 2026-11-21"),
        TIME: (_time, f"a time such as {EXAMPLES}"),
    }
)
"""By ClickHouse's type: how a value is read (raises ValueError), and what would be right, in words."""


def read_value(kind: str, given: Given, now: datetime) -> Any:
    """Read a value as the type `kind` of `TYPES`; raises ValueError saying what would be right."""
    read, right = TYPES[kind]
    try:
        return read(given, now)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"takes {right}, not '{given}'") from error
