"""Runs the fuzz driver: makes the seeds, starts the process that runs the cases, and keeps the case it dies of."""

import argparse
import hashlib
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from fuzz.child import ROOM, Current
from fuzz.sanitized import environment
from fuzz.seeds import valid_requests

__all__ = ["fuzz", "main"]

_ROOT = Path(__file__).parents[1]


def fuzz(
    options: list[str], failures: Path, start: int, env: Mapping[str, str] = os.environ, stalled: float = 120.0
) -> int:
    """Run the child with `options`, on seeds that depend on `start`; answers its exit status.

    A case that takes `stalled` seconds is as good as a hang: the child is killed, and the answer is 1. The case of a
    run that fails is written to the folder `failures`.
    """
    with tempfile.TemporaryDirectory() as folder:
        corpus, current = Path(folder, "corpus"), Path(folder, "current")
        # a case that is run again needs no seeds
        corpus.write_bytes(pickle.dumps({} if "--replay" in options else valid_requests(start)))
        current.write_bytes(bytes(ROOM))
        command = [sys.executable, "-m", "fuzz.child", "--seed", str(start)]
        command += ["--corpus", str(corpus), "--current", str(current), *options]
        with subprocess.Popen(command, cwd=_ROOT, env=env) as child:
            status = _watch(child, current, stalled)
        if status:
            _keep(current, failures)
    return status


def _watch(child: subprocess.Popen[bytes], current: Path, stalled: float) -> int:
    seen, since = -1, time.monotonic()
    while True:
        try:
            return child.wait(min(5.0, stalled))
        except subprocess.TimeoutExpired:
            number, content = Current.read(current)
            if number != seen:
                seen, since = number, time.monotonic()
            elif content and time.monotonic() - since >= stalled:
                child.kill()
                sys.stderr.write(f"case {number} did not end in {stalled:.0f} s\n")
                return 1


def _keep(current: Path, failures: Path) -> None:
    number, content = Current.read(current)
    if not content:
        return
    failures.mkdir(parents=True, exist_ok=True)
    path = failures / f"{hashlib.sha256(content).hexdigest()[:16]}.case"
    path.write_bytes(content)
    sys.stderr.write(f"\ncase {number} failed; to run it again: make fuzz REPLAY={path}\n")


def main() -> int:
    """Run as the command line asks; answers 0 where nothing was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000, help="how many inputs to run")
    parser.add_argument("--seed", type=int, default=1, help="where the inputs start from")
    parser.add_argument("--modules", type=Path, help="folder of modules that hatch_build.py --sanitize compiled")
    parser.add_argument("--replay", type=Path, help="a case to run again, instead of others")
    parser.add_argument("--failures", type=Path, default=_ROOT / "build" / "fuzz-failures", help="where cases are kept")
    chosen = parser.parse_args()
    options = ["--inputs", str(chosen.inputs)]
    if chosen.modules:
        options += ["--modules", str(chosen.modules.resolve())]
    if chosen.replay:
        options += ["--replay", str(chosen.replay.resolve())]
    env = environment() if chosen.modules else dict(os.environ)
    return int(fuzz(options, chosen.failures.resolve(), chosen.seed, env) != 0)


if __name__ == "__main__":
    sys.exit(main())
