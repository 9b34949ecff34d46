"""The test for encoded texts as a target: texts of escapes, whole and broken, of every layer."""

import random
from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
from otel_lift_redaction.triggers import EXPRESSIONS, Trigger

from fuzz.case import Case, Difference

__all__ = ["LatticeTarget"]

_LONG = "n" * 64
_PIECES = (
    *(
        "%",
        "%4",
        "%40",
        "%C3%BC",
        "%c3",
        "%E2%82",
        "%F0%9F%98%80",
        "%ED%A0%80",
        "%25",
        "%00",
        "\\",
        "\\\\",
        "\\n",
        '\\"',
    ),
    *("\\u0040", "\\ud83d\\ude00", "\\ud83d", "\\u{40}", "\\u{}", "\\U00000040", "\\Uffffffff", "\\x40", "\\xc3\\xbc"),
    *("&", "&#64;", "&#x40;", "&#64", "&#x", "&#12345678", "&#0;", "&amp;", "&commat;", "&NewLine;", "&none;"),
    *("ｍ", "＠", "１", "①", "½", "⅒", "ﬁ", "\u0660", "\U0001d5ee", "\u212a", "а", "е", "ο", "Привет", "中文", "é"),  # noqa: RUF001 - look-alikes are the point
    *("\u200b", "\u00ad", "\ufe0f", "\U000e0041", "\U0010ffff", "\x85", "\x00", "\x1f", "\n", "\r\n", " \n  ", "=\n"),
    *(">", "|", "+", "=", "?", "&a=", "a@b", "maria@x.de", "x.io", "@", " ", "\t", ".", ":", "_", "-", "/", "x"),
    *("{", "[", '"', '{"a":1}', '"b" :', '"c\\"d":', '"":', f'"{_LONG}":', f'"{_LONG}n":', "[1,2]", '{"password":"x"}'),
    *("4111111111111111", "4111", "bWFyaWFAcG9zdGVvLmRl", "YWJjZGVmZ2hp", "A" * 12, "6d61726961407", "6d617269614078"),
)
_NAMES = ("a", "b", "", _LONG, "password")
_ALL = sum(EXPRESSIONS)


def _found(
    twin: ModuleType, wanted: int, depth: int, names: list[str], column: Any, types: Any, spared: Any
) -> list[int]:
    suspects = twin.Suspects(wanted, depth)
    suspects.learn(names)
    found = suspects.find(column, types, spared)
    if found is None:
        return []
    rows, codes, firsts = found
    if column.take(pa.array(firsts[codes])).to_pylist() != column.take(pa.array(rows)).to_pylist():
        raise Difference("suspects: texts of one code differ")
    places: list[int] = rows.tolist()
    return places


class LatticeTarget:
    """Finds texts that may have something encoded."""

    name = "lattice"
    counts: Mapping[str, int] = MappingProxyType({})

    def __init__(self, native: ModuleType, pure: ModuleType) -> None:
        self._native, self._pure = native, pure

    def draw(self, rng: random.Random) -> Case:
        """Make a case: a seed of the texts."""
        return Case(self.name, rng.randbytes(8))

    def check(self, case: Case, *, compare: bool) -> None:
        """Look for suspects among some texts, with a few clean names and triggers."""
        rng = random.Random(case.content)  # noqa: S311 - it must be repeatable
        words = [
            "".join(rng.choices(_PIECES, k=rng.choice([0, 1, 2, 3, 5, 8, 13]))) for _ in range(rng.choice([1, 20, 60]))
        ]
        words = [rng.choice(words) if rng.random() < 0.2 else word for word in words]
        values = [None if rng.random() < 0.05 else word for word in words]
        start = rng.choice([0, 0, len(values) // 2])
        column = pa.array(values, pa.string()).slice(start)
        types = np.array([rng.choice([1, 1, 1, 3, 5]) for _ in column], np.uint8) if rng.random() < 0.3 else None
        spared = np.array([rng.random() < 0.1 for _ in column], np.bool_) if rng.random() < 0.3 else None
        how = (rng.choice([_ALL, _ALL, 1, _ALL | Trigger.ANY]), rng.choice([0, 1, 2, 4]), rng.sample(_NAMES, 3))
        found = _found(self._native, *how, column, types, spared)
        if compare and found != (expected := _found(self._pure, *how, column, types, spared)):
            place = min(set(found) ^ set(expected))
            raise Difference(f"suspects: {column[place]!r} is one to {'native' if place in found else 'pure'} only")
