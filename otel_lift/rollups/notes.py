"""Which days are to be made again, remembered over a crash."""

from pathlib import Path

from otel_lift.jobs import OpenStore
from otel_lift.rights.state import note, noted
from otel_lift.rollups.scope import Scope

__all__ = ["note_scope", "noted_scope"]

_NOTE = "days"


def noted_scope(data: Path, opened: OpenStore) -> Scope:
    """Answer what is noted for a store."""
    return Scope.from_json(noted(data, _NOTE).get(opened.exporter, {}))


def note_scope(data: Path, opened: OpenStore, scope: Scope) -> None:
    """Note it, on disk when this returns."""
    kept = noted(data, _NOTE)
    kept.pop(opened.exporter, None)
    if scope:
        kept[opened.exporter] = scope.to_json()
    note(data, _NOTE, kept)
