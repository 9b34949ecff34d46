"""The gateway beside its peers: the same load on each in turn, several times over, on the same machine."""

from collections.abc import Sequence
from dataclasses import replace

from benchmarks import contenders as who
from benchmarks.measure import Figures, at_rate, measure, together
from benchmarks.plots import bars
from benchmarks.report import Section, number, table
from benchmarks.settings import Settings
from benchmarks.shapes import SHAPES

__all__ = ["compare", "compare_shapes"]


def compare(
    settings: Settings, shape: str, title: str, names: Sequence[str], *, protocol: str = "grpc", calm: bool = False
) -> Section:
    """Compare contenders under one shape; `calm` adds latencies at 70 % of each one's own full load."""
    runs: dict[str, list[Figures]] = {name: [] for name in who.present(*names)}
    load = SHAPES[shape]
    for _ in range(settings.repeats):
        for name, found in runs.items():
            with who.running(name) as (server, sink):
                figures = measure(server, sink, load, settings.folder, settings.seconds, protocol=protocol)
                if calm:
                    figures = replace(figures, calm=at_rate(server, load, settings.folder, figures.rate))
            found.append(figures)
    outcome = {name: together(found) for name, found in runs.items()}
    text = "\n\n".join([_beside(outcome, load.records, calm=calm), _inside(outcome)])
    unit = "requests" if load.records == 1 else "records"
    plot = bars(
        f"{title}: {unit} per CPU-second", {name: found.per_second for name, found in outcome.items()}, who.LIFT
    )
    return Section(title, text, {f"{shape}{'-http' if protocol == 'http' else ''}.svg": plot})


def compare_shapes(settings: Settings, shapes: Sequence[str], title: str, names: Sequence[str]) -> Section:
    """Compare CPU-seconds per million records under several shapes, all on one running server a round."""
    present = who.present(*names)
    runs: dict[tuple[str, str], list[Figures]] = {(name, shape): [] for shape in shapes for name in present}
    for _ in range(settings.repeats):
        for name in present:
            with who.running(name) as (server, sink):
                for shape in shapes:
                    found = measure(server, sink, SHAPES[shape], settings.folder, settings.seconds)
                    runs[name, shape].append(found)
    rows = []
    for shape in shapes:
        totals = [together(runs[name, shape]).total for name in present]
        ratios = [f"{total / totals[0]:.2f}" for total in totals[1:]]
        rows.append([SHAPES[shape].title, *map(number, totals), *ratios])
    heads = ["CPU-s per million", *present, *(f"better than {name} by" for name in present[1:])]
    inside = _inside({SHAPES[shape].title: together(runs[who.LIFT, shape]) for shape in shapes})
    return Section(title, f"{table(heads, rows)}\n\n{inside}")


def _beside(outcome: dict[str, Figures], records: int, *, calm: bool) -> str:
    ours = outcome[who.LIFT]
    heads = ["", "CPU-s per million", "in the noisiest run", "records per CPU-s"]
    heads += ["requests per CPU-s"] if records < 1000 else []
    heads += ["otel-lift is better by", "peak MB", "p50 ms", "p99 ms", "records/s", "bytes to the sink"]
    heads += ["p50 ms at 70 %", "p99 ms at 70 %"] if calm else []
    rows = []
    for name, found in outcome.items():
        cells = [name, number(found.total), number(found.noisiest), number(found.per_second)]
        cells += [number(found.per_second / records)] if records < 1000 else []
        cells += ["" if name.startswith(who.LIFT) else f"{ours.per_second / found.per_second:.2f}"]
        cells += [number(found.memory["total"]), number(found.p50), number(found.p99), number(found.rate)]
        cells += [number(found.sent), *map(number, found.calm)]
        rows.append(cells)
    return table(heads, rows)


def _inside(outcome: dict[str, Figures]) -> str:
    """Tell where our own time goes: by process, and within ingest by stage; the rest is the network and threads."""
    found = {name: figures for name, figures in outcome.items() if figures.stages}
    roles = sorted({role for figures in found.values() for role in figures.cpu})
    stages = list(dict.fromkeys(stage for figures in found.values() for stage in figures.stages))
    heads = ["CPU-s per million", *roles, *(f"stage {stage}" for stage in stages), "rest of ingest"]
    heads += [f"MB {role}" for role in roles]
    rows = [
        [
            name,
            *(number(figures.cpu.get(role, 0)) for role in roles),
            *(number(figures.stages.get(stage, 0)) for stage in stages),
            number(figures.cpu["ingest"] - sum(figures.stages.values())),
            *(number(figures.memory.get(role, 0)) for role in roles),
        ]
        for name, figures in found.items()
    ]
    return table(heads, rows)
