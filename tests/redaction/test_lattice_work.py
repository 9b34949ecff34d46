"""The lattice's bounds: depth, decoded characters, work for each character, memory; and what is done beyond them."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lattice_forms import FORMS, lattice
from otel_lift_redaction.config import LatticeConfig
from otel_lift_redaction.keys import KeyMatcher
from otel_lift_redaction.lattice import Lattice, Limits, Suspects, applied
from otel_lift_redaction.lattice.columns import SUSPECT, ColumnScanner
from otel_lift_redaction.lattice.trace import Change, Trace
from otel_lift_redaction.matching import Edit
from otel_lift_redaction.matching import applied as edited
from otel_lift_redaction.scanner import Findings
from pydantic import ValidationError

from otel_lift.implementations import implementations

TWINS = implementations("otel_lift_redaction.lattice.suspects")
NAMES = ("encoded", "email")
LIMITS = Limits(4, 16)
READINGS = 6
"""In how many ways the text of a layer is read at most: as it is, with lines joined in three ways, as a form in two."""


def counting(limits: Limits = LIMITS) -> tuple[Lattice, list[int]]:
    """Make a lattice whose rules find nothing but count the characters that they are given."""
    seen: list[int] = []

    def detect(texts: Any) -> list[list[Change]]:
        seen.append(sum(map(len, texts)))
        return [[] for _ in texts]

    keys = KeyMatcher([], [], None)
    return Lattice(detect, keys, NAMES, limits, Suspects(0, limits.depth)), seen


def _nested(text: str, length: int) -> str:
    while len(text) < length:
        text = base64.b64encode(text.encode()).decode()
    return text


ADVERSARIES: dict[str, Callable[[int], str]] = {
    "percent signs": lambda n: "%25" * (n // 3),
    "percent signs in each other": lambda n: "%" + "25" * (n // 2),
    "backslashes": lambda n: "\\" * n,
    "entities in each other": lambda n: "&" + "amp;" * (n // 4),
    "objects that never end": lambda n: '{"a":' * (n // 5),
    "lists that never end": lambda n: "[" * n,
    "lists of quotes": lambda n: '["' * (n // 2),
    "names that never end": lambda n: '{"' + 'a":1,"' * (n // 6),
    "base64 of base64": lambda n: _nested("maria@posteo.example ", n),
    "runs": lambda n: "bWFyaWFAcG9zdGVvLmRl " * (n // 21),
    "digits": lambda n: "6d61726961" * (n // 10),
    "zero-width": lambda n: "a\u200b" * (n // 2),
    "look-alikes": lambda n: "а" * n,  # noqa: RUF001 - it is Cyrillic
    "lines": lambda n: "a\n" * (n // 2),
    "pluses": lambda n: "?a=" + "b+" * (n // 2),
    "equals signs and pluses": lambda n: "=+" * (n // 2),
    "fractions": lambda n: "½" * n,
    "escaped quotes": lambda n: '"token":"' + '\\"' * (n // 2),
}


@pytest.mark.parametrize("name", ADVERSARIES)
def test_a_long_text_is_worked_on_in_proportion(name: str) -> None:
    """Of a long text of each awkward kind no more characters are looked at than a small multiple of its length."""
    text = ADVERSARIES[name](200_000)
    made, seen = counting()
    made.inspect(text)
    assert sum(seen) <= READINGS * (LIMITS.work + 1) * len(text) + 10_000


# full-width and Cyrillic letters among them
_FOREIGN = "\uff4d\u00bd\u0430\u200b"
PIECES = (
    *("%", "25", "%40", "\\", "u0040", "\\n", '"', "{", "}", "[", "]", ":", ",", "&", "amp;", "#64;", "\n", " "),
    *("+", "=", "?", "YWJj", "ZGVm", "6d61", "7269", "a", "@", "b.de", "4111", "null", '"a":1', *_FOREIGN),
)


@settings(max_examples=150, deadline=None)
@given(
    parts=st.lists(st.sampled_from(PIECES), max_size=12),
    times=st.integers(1, 60),
    depth=st.integers(0, 6),
    work=st.integers(1, 16),
)
def test_the_work_has_a_bound_for_any_text(parts: list[str], times: int, depth: int, work: int) -> None:
    """However a text is nested, repeated and broken, depth and work bound the characters that are looked at."""
    text = "".join(parts) * times
    made, seen = counting(Limits(depth, work))
    made.inspect(text)
    # what is decoded of a value is a multiple of its length and a little more; each layer is read in a few ways
    assert sum(seen) <= READINGS * ((work + 1) * len(text) + 256)


@pytest.mark.parametrize("depth", [0, 1, 2, 4])
def test_depth_is_what_the_configuration_says(tmp_path: Path, depth: int) -> None:
    """A value under as many layers as are decoded is found; under one more it is taken out as encoded."""
    made = lattice(tmp_path, lattice={"depth": depth})
    for name in ("percent", "base64"):
        text = "maria@posteo.example"
        for _ in range(depth):
            text = FORMS[name](text)
        assert [one.rule for one in made.inspect(f"x {text} y")] == ["email"]
        deeper = f"x {FORMS[name](text)} y"
        (found,) = made.inspect(deeper)
        assert found.rule == "encoded"
        assert applied(deeper, [found]) == "x [encoded] y"


def test_what_is_beyond_the_work_is_taken_out(tmp_path: Path) -> None:
    """Where a value's characters are spent, what is still encoded goes, and no more."""
    made = lattice(tmp_path, lattice={"work": 1, "depth": 16})
    inner = "maria@posteo.example " * 100
    for _ in range(6):
        inner = base64.b64encode(inner.encode()).decode()
    assert applied(f"a {inner} b", made.inspect(f"a {inner} b")) == "a [encoded] b"


@pytest.mark.parametrize("wrong", [{"depth": -1}, {"depth": 17}, {"work": 0}, {"layers": 1}])
def test_a_wrong_bound_is_refused(wrong: dict[str, int]) -> None:
    """Depth and work have ranges, and there is no other setting."""
    with pytest.raises(ValidationError):
        LatticeConfig.model_validate(wrong)


def test_what_is_remembered_has_a_bound() -> None:
    """What became of an encoded text is remembered, of the last few thousand of them."""

    class Nothing:
        def scan(self, *_: Any) -> Findings:
            raise AssertionError

    made, seen = counting()
    scanner = ColumnScanner(Nothing(), made, len(NAMES))  # type: ignore[arg-type] # it is not asked
    for start in range(0, 20_000, 2_000):
        texts = pa.array([f"a%40b{at}" for at in range(start, start + 2_000)])
        for _ in range(2):
            scanner.scan(texts, _all_suspect(texts))
    assert len(seen) == 10  # the second look at each is remembered
    scanner.scan(texts[:1], _all_suspect(texts[:1]))
    assert len(seen) == 10
    first = pa.array(["a%40b0"])
    scanner.scan(first, _all_suspect(first))
    assert len(seen) == 11  # the oldest are forgotten


def _all_suspect(texts: Any) -> Any:
    return np.full(len(texts), SUSPECT)


@settings(max_examples=200)
@given(
    text=st.text("abcdefgh", max_size=12),
    rounds=st.lists(
        st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.text("XYZ", max_size=3)), max_size=3), max_size=4
    ),
)
def test_changes_of_changes_are_told_in_the_first_text(text: str, rounds: list[list[tuple[int, int, str]]]) -> None:
    """Whatever rules did one after another, the changes lead from the text as it came to the text as it is."""
    trace, now = Trace(text), text
    for rule, drawn in enumerate(rounds):
        cuts = sorted(min(cut, len(now)) for begin, end, _ in drawn for cut in (begin, end))
        edits = [
            Edit(begin, end, after)
            for begin, end, (*_, after) in zip(cuts[::2], cuts[1::2], drawn, strict=True)
            if begin < end
        ]
        trace.apply(edits, rule)
        now = edited(now, edits)
        assert trace.text == now
        assert edited(text, [Edit(*change[:3]) for change in trace.changes]) == now


def _found(twin: ModuleType, texts: list[str], depth: int) -> list[int]:
    suspects = twin.Suspects(1, depth)
    suspects.learn(["a", "id"])
    found = suspects.find(pa.array(texts, pa.string()), None, None)
    return [] if found is None else found[0].tolist()


@settings(max_examples=150, deadline=None)
@given(
    texts=st.lists(st.lists(st.sampled_from(PIECES), max_size=10).map("".join), min_size=1, max_size=8),
    depth=st.integers(0, 5),
)
def test_the_twins_suspect_the_same_texts(texts: list[str], depth: int) -> None:
    """Which texts are worth decoding does not depend on the implementation."""
    first, *others = (_found(twin, texts, depth) for twin in TWINS.values())
    assert all(other == first for other in others)


@pytest.mark.parametrize("twin", list(TWINS.values()), ids=list(TWINS))
def test_clean_names_are_learned(twin: ModuleType) -> None:
    """A document is a suspect until all its names are known to be clean; so many names do not fill the memory."""
    suspects = twin.Suspects(1, 4)
    column = pa.array([json.dumps({"id": 5, "größe": {"n": 1}}, ensure_ascii=False)])
    assert suspects.find(column, None, None) is not None
    suspects.learn(["id", "größe"])
    assert suspects.find(column, None, None) is not None
    suspects.learn(["n"])
    assert suspects.find(column, None, None) is None
    suspects.learn(f"name{at}" for at in range(5_000))
    assert suspects.find(column, None, None) is not None
