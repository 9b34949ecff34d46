"""``python -m benchmarks.questions``: fill an embedded store with a made-up world, and ask every named query of it.

With ``--store FOLDER`` the store stays there, and one that is there already is asked as it is.
"""

import argparse
import os
import platform
import shutil
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.environment import FOLDER
from benchmarks.questions.ask import Timed, measure
from benchmarks.report import RESULTS, Section, number, table, write
from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply
from otel_lift.synthetic.world import World, WorldOptions, fill, relate
from otel_lift.synthetic.world.rows import RowMaker

__all__ = ["main"]

_SETTLING = 600.0


def main() -> None:
    """Fill, ask, print, and write into RESULTS.md if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.questions", description=__doc__)
    parser.add_argument("queries", nargs="*", metavar="query", help="by default all")
    parser.add_argument("--events", type=int, default=10_000_000, help="how many are stored")
    parser.add_argument("--runs", type=int, default=20, help="how often each query is asked")
    parser.add_argument("--store", type=Path, help="folder of a store that stays")
    parser.add_argument("--write", action="store_true", help="write the section into RESULTS.md")
    asked = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    folder = asked.store or Path(tempfile.mkdtemp(dir=FOLDER, prefix="questions-"))
    try:
        section = _section(folder, asked)
    finally:
        if asked.store is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"\n## {section.title}\n\n{section.text}", flush=True)
    if asked.write:
        write(RESULTS, "questions", section)


def _section(folder: Path, asked: argparse.Namespace) -> Section:
    with open_store(f"chdb://{folder}/store") as store:
        # user errors as long as other events, so that there are as many as the world has
        apply(store, SchemaOptions(raw_days=100, user_error_days=100))
        began = time.perf_counter()
        filled = _fill(store, asked.events)
        took = time.perf_counter() - began
        ((rows, last),) = store.query("SELECT count(), toUnixTimestamp(max(receive_time)) FROM lift_events").rows
        end = datetime.fromtimestamp(last + 1, UTC)
        timed = []
        for one in measure(store, end, asked.runs, asked.queries):
            figures = one.within(0.5), one.within(0.95), one.cpu
            print(f"{one.name:32}", *(f"{figure:9.1f}" for figure in figures), one.rows, flush=True)
            timed.append(one)
    command = f"`python -m benchmarks.questions --events {asked.events}`"
    machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end"
    made = "; ".join([command, time.strftime("%Y-%m-%d"), f"Python {platform.python_version()}", machine])
    filling = f" They were inserted, with all rollups, in {took:,.0f} s." if filled else ""
    return Section("Questions", f"{made}\n\n{_told(rows, asked.runs, timed)}{filling}\n\n{_table(timed)}")


def _fill(store: Store, events: int) -> bool:
    """Fill an empty store until about so many events are in it, and let its merges end; say whether it was empty."""
    options = WorldOptions(events=events)
    world = World(options)
    if store.query("SELECT count() FROM lift_events").rows[0][0]:
        relate(store, world)
        return False
    # what nobody agreed to is not stored
    maker, days = RowMaker(world), [world.day(day) for day in (20, 50, 80)]
    kept = sum(maker.batch(day).num_rows for day in days) / sum(map(len, days))
    fill(store, World(replace(options, events=round(events / kept))))
    deadline = time.monotonic() + _SETTLING
    while time.monotonic() < deadline and store.query("SELECT count() FROM system.merges").rows[0][0]:
        time.sleep(1)
    return True


def _told(rows: int, runs: int, timed: list[Timed]) -> str:
    within = sum(one.within(0.95) < 200 for one in timed)
    return (
        f"{rows:,} events of 50,000 people over 90 days in the embedded store; each query asked {runs} times for "
        f"windows of its own length at different times. {within} of {len(timed)} answer within 200 ms at p95."
    )


def _table(timed: list[Timed]) -> str:
    heads = ["query", "question", "p50, ms", "p95, ms", "CPU-ms", "rows"]
    ordered = sorted(timed, key=lambda one: (one.question, one.name))
    return table(
        heads,
        (
            [one.name, str(one.question), *map(number, (one.within(0.5), one.within(0.95), one.cpu)), str(one.rows)]
            for one in ordered
        ),
    )


if __name__ == "__main__":
    main()
