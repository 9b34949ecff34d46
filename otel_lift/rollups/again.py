"""Days made again while nothing is inserted by this gateway, and counted afterwards for what others inserted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from otel_lift.jobs import JobContext, OpenStore
from otel_lift.rollups.scope import DERIVED, Parts, Scope
from otel_lift.rollups.whole import rows_left, today
from otel_lift.spool import SpoolReader
from otel_lift.store.names import literal
from otel_lift.store.schema.remake import count_days, drop_stale, remake
from otel_lift.store.schema.rollups import Rollup

__all__ = ["make_again"]

_AT_ONCE = 16  # days during which nothing is inserted
_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some days of a rollup, the parts that any of them needs, and which rows of these can be made again."""

    rollup: Rollup
    days: tuple[date, ...]
    parts: Parts
    only: str


def make_again(context: JobContext, opened: OpenStore, scope: Scope) -> Scope:
    """Make days of rollups again from what is stored, and answer what is to be done yet; the rest needs no repetition.

    Days that cannot be made again are left as they are. Call in this gateway's turn (`otel_lift.rights.turns`). Raises
    StoreError, StoreUnavailableError.
    """
    left = Scope()
    if scope:
        drop_stale(opened.store, opened.options)
    for piece in _pieces(opened, scope):
        with context.exports.paused() as handed:
            done = not _on_its_way(context, opened, piece.rollup, handed) and _made(opened, piece)
        if not done:
            for day in piece.days:
                left.add(piece.rollup, day, piece.parts)
    return left


def _pieces(opened: OpenStore, scope: Scope) -> Iterator[_Piece]:
    now = today(opened) if scope else date.min
    for name, rollup in DERIVED.items():
        days = scope.days.get(name, {})
        alike: dict[tuple[str, bool], list[date]] = {}
        for day, parts in sorted(days.items()):
            rows = rows_left(opened.options, rollup, day, parts, now)
            if rows is not None:
                alike.setdefault((rows, parts is None), []).append(day)
        for (rows, whole), same in alike.items():
            for start in range(0, len(same), _AT_ONCE):
                some = tuple(same[start : start + _AT_ONCE])
                # a part more of a day does no harm
                parts = None if whole else frozenset[str]().union(*(days[day] or () for day in some))
                chosen = [] if parts is None else [f"{rollup.part} IN ({', '.join(map(literal, sorted(parts)))})"]
                yield _Piece(rollup, some, parts, " AND ".join([*chosen, *([rows] if rows else [])]))


def _made(opened: OpenStore, piece: _Piece) -> bool:
    """Make it again until it has counted what there is; an insert of another gateway can come in between."""
    for _ in range(_TRIES):
        remake(opened.store, opened.options, piece.rollup, piece.days, piece.only)
        counts = count_days(opened.store, opened.options, piece.rollup, piece.days[0], piece.days[-1], piece.only)
        if all(rows == counted for day, (rows, counted) in counts.items() if day in piece.days):
            return True
    return False


def _on_its_way(context: JobContext, opened: OpenStore, rollup: Rollup, handed: frozenset[str]) -> bool:
    """Say whether rows may be stored in part: counted from the table, they would count again with their retry."""
    sources = {rollup.source, getattr(DERIVED.get(rollup.source), "source", "")}
    waiting = SpoolReader(context.data / "spool", opened.exporter).segments()
    return any(segment.table in sources and segment.token in handed for segment in waiting)
