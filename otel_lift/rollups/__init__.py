"""Rollups and what they are made of: compared by day, made again, and rid of what was sent twice."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from otel_lift.rollups.differences import Difference, compare
    from otel_lift.rollups.duplicates import deduplicate, duplicated_days
    from otel_lift.rollups.rebuilding import rebuild

__all__ = ["Difference", "compare", "deduplicate", "duplicated_days", "rebuild"]

_PLACES = {
    "Difference": "differences",
    "compare": "differences",
    "deduplicate": "duplicates",
    "duplicated_days": "duplicates",
    "rebuild": "rebuilding",
}


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(f"otel_lift.rollups.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
