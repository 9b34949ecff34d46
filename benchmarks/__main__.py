"""`make bench`: measure the gateway and its peers, and print the tables that stand in RESULTS.md."""

import argparse
import logging
import os
import platform
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks import contenders as who
from benchmarks.comparisons import compare, compare_shapes
from benchmarks.environment import FOLDER, versions
from benchmarks.lattice import lattice
from benchmarks.ours import embedded, flat, stages
from benchmarks.report import RESULTS, Section, write
from benchmarks.settings import Settings

_ALL = (who.LIFT, who.LIFT_DENIED, who.ROTEL, who.ROTEL_REDACTING, who.COLLECTOR, who.SAFE_COLLECTOR)
_NEAREST = (who.LIFT, who.ROTEL, who.ROTEL_REDACTING, who.SAFE_COLLECTOR)
_PLAIN = (who.LIFT, who.ROTEL, who.COLLECTOR)

_PARTS: Mapping[str, Callable[[Settings], Section]] = {
    "traces": partial(compare, shape="traces", title="Spans, 1,000 a request", names=_ALL, calm=True),
    "logs": partial(compare, shape="logs", title="Logs, 1,000 a request", names=_NEAREST),
    "metrics": partial(compare, shape="metrics", title="Metric points, 1,000 a request", names=_PLAIN),
    "twenty": partial(compare, shape="twenty", title="Spans, 20 a request", names=_PLAIN),
    "tiny": partial(compare, shape="tiny", title="Spans, 1 a request, 64 connections", names=_PLAIN),
    "crowd": partial(compare, shape="crowd", title="Spans, 1 a request, 256 connections", names=_PLAIN),
    "http": partial(compare, shape="traces", title="Spans over HTTP", names=_PLAIN, protocol="http"),
    "shapes": partial(
        compare_shapes,
        shapes=("traces", "errors", "services", "distinct"),
        title="Other shapes of spans",
        names=(who.LIFT, who.ROTEL),
    ),
    "keys": partial(
        compare_shapes,
        shapes=("keys 1", "keys 100", "keys 10,000", "keys of 10,000"),
        title="Distinct attribute keys",
        names=(who.LIFT,),
    ),
    "embedded": embedded,
    "flat": flat,
    "stages": stages,
    "lattice": lattice,
}


def main() -> None:
    """Run the parts that the command line names, by default all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(_PARTS)}; by default all")
    parser.add_argument("--write", action="store_true", help="write the sections and plots into RESULTS.md")
    parser.add_argument("--repeats", type=int, default=3, help="how often each is measured")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long a run at full load takes")
    parser.add_argument("--steps", type=int, default=5, help="how many million spans the part flat sends")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(_PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; parts are {', '.join(_PARTS)}")
    logging.disable(logging.WARNING)
    FOLDER.mkdir(exist_ok=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        settings = Settings(Path(folder), asked.repeats, asked.seconds, asked.steps)
        for part in asked.parts or _PARTS:
            made = _how(part, settings)
            section = _PARTS[part](settings)
            section = replace(section, text=f"{made}\n\n{section.text}")
            print(f"\n## {section.title}\n\n{section.text}", flush=True)
            if asked.write:
                write(RESULTS, part, section)
    print(f"\nThis took {(time.monotonic() - started) / 60:.1f} minutes.")


def _how(part: str, settings: Settings) -> str:
    """Say how the figures of a part were made, and how busy the machine was with other things."""
    usual = Settings(settings.folder)
    options = "".join(
        f" --{name} {getattr(settings, name):g}"
        for name in ("repeats", "seconds", "steps")
        if getattr(settings, name) != getattr(usual, name)
    )
    command = f"`python -m benchmarks {part}{options}`"
    machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before"
    return "; ".join([command, time.strftime("%Y-%m-%d"), f"Python {platform.python_version()}", machine, *versions()])


if __name__ == "__main__":
    main()
