"""The compiled parts of redaction as a target: texts made of what the detectors look for, whole and broken."""

import random
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
from otel_lift_redaction.actions import truncate_address
from otel_lift_redaction.detectors import BUILT_IN
from otel_lift_redaction.matching import Rule
from otel_lift_redaction.triggers import EXPRESSIONS, Trigger

from fuzz.arrays import outcome
from fuzz.case import Case, Difference

__all__ = ["RedactionTarget"]

_PIECES = (
    *("person", "@", "example", ".", "com", "a@b.io", "logo@2x.png", "git@host", "_", "-", "+", "é", "\U0001f600", "ß"),
    *("203.0.113.7", "127.0.0.1", "10.0.0.0", "0.0.0", "256", "1", "9", "12", "255.255.255.255", "::ffff:1.2.3.4"),
    *("fe80::1", "2001:db8:", "ab", "00:1a:2b:3c:4d:5e", "4111111111111111", "4111 1111 1111 1111", "123-45-6789"),
    *("+44 20 7946 0958", "(555) 234-5678", "0049 ", "DE89370400440532013000", "https://", "u:p@h", "?sig=", "&token="),
    *("password", "passwd=", 'api_key":', "secret\\", '"', "'", "=", ":", " ", "\t", "\n", "\\n", "\\", "/", "\0"),
    *("Bearer ", "basic ", "-----BEGIN", "-----END", "eyJhbGciOi", "AKIAIOSFODNN7EXAMPLE", "ghp_", "sk-", "xoxb-"),
    *(
        "tel",
        "Phone",
        "ssn: ",
        "bsn",
        "steuer-id",
        "030 901820",
        "0612345678",
        "nie X",
        "415-555-2671",
        "85.07.30-033.28",
    ),
    *(
        "529.982.247-25",
        "RSSMRA85T10A562S",
        "131052-308T",
        "185057800608491",
        "11010519491231002X",
        "1 85 05 78 006",
        "(",
    ),
    *(
        "dapi",
        "SK",
        "abc8Q~",
        "1//0",
        "access_token$",
        "SG.",
        "hf_",
        "glpat-",
        "key-",
        "123456789:AA",
        ".Gx9aB2.",
        "order",
    ),
    *("12 High Street", "box 7", "key=", "\u017f", "\u212a", "x" * 16, "7" * 9, "0123456789abcdef" * 2, "Z9" * 20),
)
_ALL = sum(EXPRESSIONS) | Trigger.ANY


def _texts(rng: random.Random, count: int, *, nulls: bool) -> Any:
    before = rng.choice([0, 0, 1, 9])
    words = ["".join(rng.choices(_PIECES, k=rng.choice([0, 1, 2, 3, 8]))) for _ in range(before + count + 2)]
    # some equal ones, which need a look only once
    words = [rng.choice(words) if rng.random() < 0.3 else word for word in words]
    return pa.array([None if nulls and rng.random() < 0.1 else word for word in words], pa.string()).slice(
        before, count
    )


def _bits(twin: ModuleType, values: Any, types: Any, spared: Any, wanted: int) -> list[int]:
    out = np.zeros(len(values), np.uint32)
    found = twin.find(values, types, spared, wanted)
    if found is not None:
        rows, codes, firsts, bits = found
        out[rows] = bits[codes]
        if values.take(pa.array(firsts[codes])).to_pylist() != values.take(pa.array(rows)).to_pylist():
            raise Difference("triggers: texts of one code differ")
    counts: list[int] = out.tolist()
    return counts


def _spans(rng: random.Random, values: Any) -> list[tuple[int, int, int]]:
    """Draw spans that ascend, between characters; none overlaps another."""
    spans = []
    for row, text in enumerate(values.to_pylist()):
        ends = [len(text[:place].encode()) for place in range(len(text) + 1)]
        cuts = sorted(rng.sample(ends, min(len(ends), rng.choice([0, 0, 2, 4])) // 2 * 2))
        spans += [(row, begin, end) for begin, end in zip(cuts[::2], cuts[1::2], strict=True)]
    return spans


class RedactionTarget:
    """Finds triggers, e-mail and IPv4 addresses, and replaces spans."""

    name = "redaction"
    counts: Mapping[str, int] = MappingProxyType({})

    def __init__(self, triggers: Mapping[str, ModuleType], forms: Mapping[str, ModuleType]) -> None:
        self._triggers, self._forms = triggers, forms
        rules = [Rule.mask(detector) for detector in BUILT_IN]
        rules += [Rule.to_network(detector, truncate_address) for detector in BUILT_IN if detector.name == "ipv4"]
        self._rules = [rule for rule in rules if rule.finder is not None]

    def draw(self, rng: random.Random) -> Case:
        """Make a case: a seed of the texts."""
        return Case(self.name, rng.randbytes(8))

    def check(self, case: Case, *, compare: bool) -> None:
        """Look for everything in some texts, and replace spans of them."""
        rng = random.Random(case.content)  # noqa: S311 - it must be repeatable
        self._check_triggers(rng, compare=compare)
        texts = _texts(rng, rng.choice([0, 1, 20, 100]), nulls=False)
        for rule in self._rules:
            found = _applied(rule, texts)
            if compare and found != _applied(replace(rule, finder=None), texts):
                raise Difference(f"{rule}: the finder finds something else: {found}")
        self._check_splice(rng, texts, compare=compare)

    def _check_triggers(self, rng: random.Random, *, compare: bool) -> None:
        values = _texts(rng, rng.choice([0, 1, 20, 100]), nulls=True)
        types = np.array([rng.choice([1, 1, 1, 3, 4, 5]) for _ in values], np.uint8) if rng.random() < 0.5 else None
        spared = np.array([rng.random() < 0.1 for _ in values], np.bool_) if rng.random() < 0.5 else None
        wanted = rng.choice([_ALL, sum(EXPRESSIONS), rng.randrange(_ALL + 1)])
        found = _bits(self._triggers["native"], values, types, spared, wanted)
        if compare and found != (expected := _bits(self._triggers["pure"], values, types, spared, wanted)):
            place = next(at for at, (ours, theirs) in enumerate(zip(found, expected, strict=True)) if ours != theirs)
            raise Difference(f"triggers of {values[place]!r}: native {found[place]}, pure {expected[place]}")

    def _check_splice(self, rng: random.Random, texts: Any, *, compare: bool) -> None:
        spans = _spans(rng, texts)
        where = np.array(spans, np.int32).reshape(-1, 3)
        shown = "<é>" if rng.random() < 0.5 else [rng.choice(["", "x", "ü" * 20]) for _ in spans]
        found = outcome(lambda: self._forms["native"].splice(texts, where, shown))
        if compare and found[1] != (expected := outcome(lambda: self._forms["pure"].splice(texts, where, shown)))[1]:
            raise Difference(f"splice: native {found}, pure {expected}")
        # anything may stand in spans that are wrong: they are refused
        if len(where):
            where[rng.randrange(len(where)), rng.randrange(3)] = rng.choice([-1, 7, 2**31 - 1, -(2**31)])
            outcome(lambda: self._forms["native"].splice(texts, where, shown))


def _applied(rule: Rule, texts: Any) -> list[str]:
    out: list[str] = texts.to_pylist()
    rows, changed = rule.apply(texts)
    for row, text in zip(rows.tolist(), changed.to_pylist(), strict=True):
        out[row] = text
    return out
