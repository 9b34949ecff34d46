"""The shapes of messages and stack traces as a target: ids, numbers and frames of some languages, whole and broken."""

import random
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType, ModuleType
from typing import Any

import pyarrow as pa
from otel_lift_patterns.shapes.rules import FOREIGN_PACKAGES, FOREIGN_PLACES, PYTHON_START

from fuzz.arrays import outcome
from fuzz.case import Case, Difference

__all__ = ["ShapesTarget"]

_PIECES = (
    *(
        "order ",
        "7",
        "0",
        "0x1f",
        "0X",
        "é",
        "\u2003",
        "\xa0",
        "\u0663",
        "_",
        ".",
        ":",
        "/",
        "@",
        "-",
        "+",
        "e",
        "\\",
        '"',
    ),
    *("0123456789abcdef", "deadbeef" * 4, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "e" * 16, "12e4", "2026-11-21"),
    *("at ", "at app.js:10:5", "main@https://x/y.js:1:22", "Caused by: x", PYTHON_START, 'File "', '", line ', ", in "),
    *('  File "/srv/app.py", line 12, in main', "\tat com.example.Main.run(Main.java:17)", "(", ")", ":12", ":1:2)"),
    *("\n", "\n", "\n", "\r\n", "\v", "\x1c", "\x1f", "\t", "  ", "\x85", "x" * 200, "y" * 520, *FOREIGN_PLACES),
    *("\n  at " + package + "X.run(X.java:1)" for package in FOREIGN_PACKAGES[:4]),
)


def _texts(rng: random.Random) -> Any:
    sizes = (0, 1, 3, 12, 40, 40, 600)
    words = ["".join(rng.choices(_PIECES, k=rng.choice(sizes))) for _ in range(rng.choice([1, 8, 20]))]
    chosen = [None if rng.random() < 0.1 else word for word in words]
    return pa.array(chosen, pa.string()).slice(rng.choice([0, 0, 1]))


class ShapesTarget:
    """Takes the shapes of texts."""

    name = "shapes"
    counts: Mapping[str, int] = MappingProxyType({})

    def __init__(self, native: ModuleType, pure: ModuleType) -> None:
        self._native, self._pure = native, pure

    def draw(self, rng: random.Random) -> Case:
        """Make a case: a seed of the texts."""
        return Case(self.name, rng.randbytes(8))

    def check(self, case: Case, *, compare: bool) -> None:
        """Take the shapes of some texts as messages and as stack traces."""
        texts = _texts(random.Random(case.content))  # noqa: S311 - it must be repeatable
        for name in ("of_messages", "of_stacks"):
            found = outcome(partial(getattr(self._native, name), texts))
            if compare and found != (expected := outcome(partial(getattr(self._pure, name), texts))):
                raise Difference(f"{name}: {_first_difference(texts, found, expected)}")


def _first_difference(texts: Any, found: Any, expected: Any) -> str:
    if isinstance(found, list | tuple) and isinstance(expected, list | tuple):
        for text, ours, theirs in zip(texts.to_pylist(), found[1], expected[1], strict=True):
            if ours != theirs:
                return f"of {text!r}: native {ours!r}, pure {theirs!r}"
    return f"native {found}, pure {expected}"
