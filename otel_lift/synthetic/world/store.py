"""Filling a store with a world."""

import secrets
from collections.abc import Iterator

from otel_lift.store import Store
from otel_lift.synthetic.world.days import World
from otel_lift.synthetic.world.facts import Facts, joined
from otel_lift.synthetic.world.rows import RowMaker
from otel_lift.synthetic.world.spans import span_rows

__all__ = ["fill", "relate"]

_AT_ONCE = 250_000  # facts an insert


def fill(store: Store, world: World) -> int:
    """Insert the world's events, server spans and relinks; answer how many rows of events. The schema must be there."""
    maker = RowMaker(world)
    world_token = secrets.token_hex(8)
    rows = 0
    for number, facts in enumerate(_portions(world)):
        events = maker.batch(facts)
        store.insert_rows("lift_events", events, f"events-{world_token}-{number}")
        store.insert_rows("otel_traces", span_rows(facts), f"spans-{world_token}-{number}")
        rows += events.num_rows
    relate(store, world)
    return rows


def relate(store: Store, world: World) -> None:
    """Insert the world's relinks, which a store has in memory only: those of an embedded one go with its process."""
    store.insert_rows("lift_relinks", RowMaker(world).relinks(), f"relinks-{secrets.token_hex(8)}")


def _portions(world: World) -> Iterator[Facts]:
    waiting: list[Facts] = []
    for day in world.days():
        waiting.append(day)
        if sum(map(len, waiting)) >= _AT_ONCE:
            yield joined(waiting)
            waiting = []
    if waiting:
        yield joined(waiting)
