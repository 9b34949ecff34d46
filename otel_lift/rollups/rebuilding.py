"""Days of all rollups made again, as jobs ask for it."""

from collections.abc import Iterable
from datetime import date

from otel_lift.jobs import JobContext, OpenStore
from otel_lift.rights.state import locked
from otel_lift.rights.turns import turn
from otel_lift.rollups.again import make_again
from otel_lift.rollups.notes import note_scope, noted_scope
from otel_lift.rollups.scope import whole_days

__all__ = ["rebuild"]


def rebuild(context: JobContext, opened: OpenStore, days: Iterable[date]) -> tuple[str, ...]:
    """Make days (UTC) of all rollups again from what is stored; answer in words what is to be done yet, mostly nothing.

    What is to be done yet is noted, and done by the next call, whatever its days, or by the next erasure. Raises
    StoreError, and StoreUnavailableError also where other gateways delete in this store for a minute.
    """
    with locked(context.data), turn(context, opened):
        scope = noted_scope(context.data, opened)
        scope.merge(whole_days(opened, days))
        note_scope(context.data, opened, scope)
        left = make_again(context, opened, scope)
        note_scope(context.data, opened, left)
    return (str(left),) if left else ()
