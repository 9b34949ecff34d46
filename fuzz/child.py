"""The process that runs the cases, and may die of one: what it runs is in a file at any time."""

import argparse
import gc
import json
import mmap
import pickle
import random
import sys
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from fuzz.case import Case, Target
from fuzz.sanitized import live_bytes, load_native

__all__ = ["LEAK_LIMIT", "ROOM", "Current", "main", "run"]

ROOM = 8 << 20  # bytes of the file of the current case
_COMPARE_EVERY = 8  # cases: the pure twins are many times slower
_LEAK_CASES, _LEAK_ROUNDS = 60, 8
LEAK_LIMIT = 8192
"""Bytes that may be lost each time that the same cases run: caches settle, and a leak of every call is more."""


class Current:
    """The case that runs, in a file that outlives the process: its number, its length and its bytes."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), ROOM)

    def begin(self, number: int, case: Case) -> None:
        """Note a case before it runs."""
        content = case.write()
        self._memory[:16] = number.to_bytes(8, "little") + len(content).to_bytes(8, "little")
        self._memory[16 : 16 + len(content)] = content

    @staticmethod
    def read(path: Path) -> tuple[int, bytes]:
        """Answer the number and the bytes of the case that ran last."""
        content = path.read_bytes()
        number, length = (int.from_bytes(content[at : at + 8], "little") for at in (0, 8))
        return number, content[16 : 16 + length]


def run(targets: Sequence[Target], start: int, inputs: int, current: Current) -> dict[str, Any]:
    """Run cases of all targets in turn until there were enough inputs; answers how many, and what leaked.

    Raises Difference, or whatever a target raises.
    """
    done = 0
    number = 0
    first: list[tuple[Target, Case]] = []
    for number, (target, case) in enumerate(_cases(targets, start), 1):
        current.begin(number, case)
        target.check(case, compare=zlib.crc32(case.content) % _COMPARE_EVERY == 0)
        if len(first) < _LEAK_CASES:
            first.append((target, case))
        done += case.inputs
        if done >= inputs:
            break
    return {"inputs": done, "cases": number, "leaked bytes a round": _leaked(first, number, current)}


def _cases(targets: Sequence[Target], start: int) -> Iterator[tuple[Target, Case]]:
    number = 0
    while True:
        target = targets[number % len(targets)]
        # a case depends on the seed and its number alone
        yield target, target.draw(random.Random(f"{start} {number}"))  # noqa: S311 - it must be repeatable
        number += 1


def _leaked(cases: Sequence[tuple[Target, Case]], number: int, current: Current) -> int:
    """Run cases again and again: memory that grows with each round is lost; answers by how much it grew at least."""
    live = []
    for _ in range(_LEAK_ROUNDS):
        for target, case in cases:
            current.begin(number := number + 1, case)
            target.check(case, compare=False)
        gc.collect()
        live.append(live_bytes())
    # caches fill, in the first rounds most
    return min(after - before for before, after in pairwise(live))


def _replay(targets: Sequence[Target], path: Path, current: Current) -> None:
    case = Case.read(path)
    current.begin(1, case)
    for target in targets:
        if target.name == case.target:
            target.check(case, compare=True)


def main() -> int:
    """Run as the parent says; answers 1 where memory is lost. Whatever is found is raised, or ends the process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", type=Path, help="folder of the compiled modules; without it, the installed ones")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--current", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--inputs", type=int, required=True)
    parser.add_argument("--replay", type=Path)
    chosen = parser.parse_args()
    modules = load_native(chosen.modules) if chosen.modules else []
    from fuzz.targets import all_targets  # noqa: PLC0415 - what it imports must come from the folder

    with chosen.corpus.open("rb") as file:
        targets = all_targets(pickle.load(file))  # noqa: S301 - our parent's own file
    current = Current(chosen.current)
    if chosen.replay:
        _replay(targets, chosen.replay, current)
        return 0
    summary = run(targets, chosen.seed, chosen.inputs, current)
    counts = {name: count for target in set(targets) for name, count in target.counts.items()}
    sys.stdout.write(json.dumps({**summary, **counts, "modules": len(modules)}) + "\n")
    if summary["leaked bytes a round"] > LEAK_LIMIT:
        sys.stderr.write(f"memory is lost: more than {LEAK_LIMIT} bytes each time that the same cases run\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
