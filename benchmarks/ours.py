"""The gateway by itself: flat cost over time and over keys, the embedded engine, the stages in one process."""

import tempfile
from pathlib import Path

from benchmarks import contenders as who
from benchmarks.environment import FOLDER
from benchmarks.gateway import run_gateway
from benchmarks.measure import measure, together
from benchmarks.plots import line
from benchmarks.report import Section, number, table
from benchmarks.server import peaks
from benchmarks.settings import Settings
from benchmarks.shapes import SHAPES
from benchmarks.stages import measure_stages
from benchmarks.traffic.run import send
from otel_lift.batch import Signal

__all__ = ["embedded", "flat", "stages"]

_STEP = 1_000_000


def flat(settings: Settings) -> Section:
    """Send a million spans at a time: traces and sessions are ever new, people and routes come again."""
    shape = SHAPES["endless"]
    rows, costs = [], []
    with who.running(who.LIFT) as (server, _):
        send(server, shape, settings.folder, 50)
        for step in range(1, settings.steps + 1):
            server.settle()
            before = server.cpu()
            with peaks(server) as memory:
                seen = send(server, shape, settings.folder, _STEP // shape.records)
                server.settle()
            costs.append(sum(server.cpu().values()) - sum(before.values()))
            rows.append([str(step), number(costs[-1]), number(memory["total"]), number(seen.quantile(0.99))])
    heads = ["million spans so far", "CPU-s of the last million", "peak MB", "p99 ms"]
    shown = rows if len(rows) <= 20 else rows[:: len(rows) // 20]
    xs = [float(step) for step in range(1, settings.steps + 1)]
    plot = line("CPU-seconds per million spans", "million spans so far", xs, costs)
    half = len(costs) // 2
    last = (
        f"First half {sum(costs[:half]) / max(half, 1):.2f}, second half {sum(costs[half:]) / (len(costs) - half):.2f}."
    )
    return Section("Cost over time", f"{table(heads, shown)}\n\n{last}", {"flat.svg": plot})


def embedded(settings: Settings) -> Section:
    """Run the gateway whole, into the embedded engine, queries not counted."""
    runs = []
    for _ in range(settings.repeats):
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder, run_gateway(None, Path(folder)) as server:
            runs.append(measure(server, None, SHAPES["traces"], settings.folder, settings.seconds))
    found = together(runs)
    roles = sorted(found.cpu)
    heads = ["", "CPU-s per million", "spans per CPU-s", *roles, "peak MB", *(f"MB {role}" for role in roles), "p99 ms"]
    cells = ["spans", number(found.total), number(found.per_second), *(number(found.cpu[role]) for role in roles)]
    cells += [number(found.memory["total"]), *(number(found.memory[role]) for role in roles), number(found.p99)]
    return Section("Into the embedded engine, end to end", table(heads, [cells]))


def stages(settings: Settings) -> Section:
    """Measure each stage of ingest in one process, with warm caches."""
    columns = [(signal, group, granted) for signal in Signal for group in (1, 4) for granted in (False, True)]
    found = {
        column: measure_stages(
            column[0], requests=40, records=1000, group=column[1], repeats=settings.repeats, granted=column[2]
        )
        for column in columns
    }
    heads = [f"{signal}, {group},000, {'granted' if agreed else 'denied'}" for signal, group, agreed in columns]
    names = dict.fromkeys(stage for column in columns for stage in found[column])
    rows = [[stage, *(f"{found[column].get(stage, 0):.2f}" for column in columns)] for stage in names]
    sums = [f"**{sum(found[column].values()) - found[column]['decode']:.2f}**" for column in columns]
    return Section("By stage, in one process", table(["stage", *heads], [*rows, ["**all after decode**", *sums]]))
