"""Presidio as an oracle beside the gateway: the same texts, what it would leave of them."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environment import presidio
from benchmarks.privacy.places import Stored

__all__ = ["Oracle"]

_SCRIPT = Path(__file__).with_name("analyse.py")
_LEAST_SCORE = 0.4
"""Presidio's score of a telephone number; with less it guesses: two digits may be a driver's licence."""
_NOT_PERSONAL = frozenset({"DATE_TIME", "URL", "UUID"})
"""What Presidio can name, and nobody's."""


@dataclass(slots=True)
class Oracle:
    """Presidio's analyser in its own process; `version` is known after the first texts."""

    python: Path
    version: str = ""

    @classmethod
    def here(cls) -> "Oracle | None":
        """Answer the oracle, None where Presidio cannot be had."""
        python = presidio()
        return None if python is None else cls(python)

    def find(self, texts: Sequence[str]) -> list[Stored]:
        """Answer of each text what is left when all that Presidio finds is masked, and the names of what it found."""
        lines = "".join(f"{json.dumps(text)}\n" for text in texts)
        done = subprocess.run(
            [str(self.python), str(_SCRIPT)], input=lines, check=True, stdout=subprocess.PIPE, text=True
        )
        version, *answers = map(json.loads, done.stdout.splitlines())
        self.version = version
        return [_masked(text, found) for text, found in zip(texts, answers, strict=True)]


def _masked(text: str, found: Sequence[tuple[int, int, float, str]]) -> Stored:
    wanted = sorted(one for one in found if one[2] >= _LEAST_SCORE and one[3] not in _NOT_PERSONAL)
    left, at = [], 0
    for start, end, _, _ in wanted:
        if start >= at:
            left.append(text[at:start])
            left.append("[x]")
        at = max(at, end)
    return Stored(frozenset({"".join([*left, text[at:]])}), frozenset(name for *_, name in wanted))
