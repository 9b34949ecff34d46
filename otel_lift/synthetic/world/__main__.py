"""``python -m otel_lift.synthetic.world --dsn chdb:///folder``: fill a store with a made-up world."""

import argparse
import sys
import time

from otel_lift.store import open_store
from otel_lift.store.schema import SchemaOptions, apply
from otel_lift.synthetic.world import World, WorldOptions, fill

__all__ = ["main"]


def main() -> None:
    """Make the schema and the world, and print what was stored."""
    parser = argparse.ArgumentParser(prog="python -m otel_lift.synthetic.world")
    parser.add_argument("--dsn", required=True, help="the store, as chdb:///folder?database=name")
    parser.add_argument("--events", type=int, default=300_000, help="about how many happen")
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--days", type=int, default=90, help="until now")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    world = World(WorldOptions(seed=given.seed, people=given.people, days=given.days, events=given.events))
    began = time.perf_counter()
    with open_store(given.dsn) as store:
        apply(store, SchemaOptions(database=store.dsn.database))
        rows = fill(store, world)
    sys.stdout.write(f"{rows:,} events of {given.people:,} people in {time.perf_counter() - began:.1f} s\n")


if __name__ == "__main__":
    main()
