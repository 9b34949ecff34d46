"""One deletion at a time in a store, over all gateways that write to it.

A gateway whose turn it is has a table of its own in the store, which says so by being there. Whoever wants a turn makes
theirs first and then looks for others: of two that want it at once at least one sees the other, takes its own back and
tries again, so that no table ever need be taken over. The table's last change is a sign of life, by the server's own
clock. One that gave none for five minutes counts no more: the next gateway ends what it left and drops it. A gateway
that was only slow then finds its mutation ended, and does the rest at its next turn.

On a cluster the table stands on all nodes, by the queue of distributed statements, which has one order for all nodes.
"""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from otel_lift.errors import OtelLiftError, StoreError, StoreUnavailableError
from otel_lift.jobs import JobContext, OpenStore
from otel_lift.rights.needles import drop_needles

__all__ = ["STALE", "turn"]

STALE = 300
"""Seconds without a sign of life after which a gateway's turn is over."""

_SIGN_OF_LIFE = 30.0
_PATIENCE = 60.0
_POLL = 0.2
_PREFIX = "lift_deleting_"


@contextmanager
def turn(context: JobContext, opened: OpenStore, patience: float = _PATIENCE) -> Iterator[None]:
    """Have the store's deletions for this gateway alone; call with the data folder locked.

    Raises StoreUnavailableError where other gateways delete for longer than `patience` seconds.
    """
    name = f"{_PREFIX}{context.gateway.replace('-', '')}"
    table = f"{opened.options.qualified(name)}{opened.options.on_cluster}"
    deadline = time.monotonic() + patience
    _drop(opened, table)  # of a crash: nobody else of this gateway can be here
    while not _taken(opened, name, table):
        if time.monotonic() >= deadline:
            raise StoreUnavailableError("another gateway deletes in this store; this deletion waits for its turn")
        time.sleep(_POLL * random.uniform(0.5, 1.5))  # noqa: S311 - so that two do not meet again
    ended = threading.Event()
    alive = threading.Thread(target=_live, args=(opened, table, ended), name="turn", daemon=True)
    alive.start()
    try:
        yield
    finally:
        ended.set()
        alive.join()
        _drop(opened, table)


def _taken(opened: OpenStore, name: str, table: str) -> bool:
    if _others(opened, name):
        return False
    try:
        opened.store.command(f"CREATE TABLE {table} (nothing UInt8) ENGINE = Memory")
        taken = not _others(opened, name)
    except (StoreError, StoreUnavailableError):
        with suppress(OtelLiftError):
            _drop(opened, table)
        raise
    if not taken:
        _drop(opened, table)
    return taken


def _others(opened: OpenStore, name: str) -> bool:
    """Say whether it is another gateway's turn; a turn that is over is ended."""
    rows = opened.store.query(
        "SELECT name, dateDiff('second', metadata_modification_time, now()) > {stale:UInt32} FROM system.tables "
        "WHERE database = {database:String} AND startsWith(name, {prefix:String}) AND name != {own:String}",
        {"database": opened.options.database, "prefix": _PREFIX, "own": name, "stale": STALE},
        settings={"log_queries": 0},
    ).rows
    for other, stale in rows:
        if stale:
            drop_needles(opened, str(other).removeprefix(_PREFIX))
            _drop(opened, f"{opened.options.qualified(str(other))}{opened.options.on_cluster}")
    return any(not stale for _, stale in rows)


def _live(opened: OpenStore, table: str, ended: threading.Event) -> None:
    while not ended.wait(_SIGN_OF_LIFE):
        # a store that is away now may be back for the next sign, well before the turn is over
        with suppress(OtelLiftError):
            opened.store.command(f"ALTER TABLE {table} MODIFY COMMENT 'at work'")


def _drop(opened: OpenStore, table: str) -> None:
    opened.store.command(f"DROP TABLE IF EXISTS {table} SYNC")
