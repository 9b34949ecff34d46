"""What messages say about consent themselves: their attributes, read as bits."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from otel_lift.arrays import gather, wanted
from otel_lift.batch import Attributes
from otel_lift.semconv import Consent

__all__ = ["ANYWHERE", "CATEGORIES", "OWN", "AnswerReader", "Bits"]

CATEGORIES = tuple(Consent)
"""The categories in the order of their codes: essential is 0."""

Bits = npt.NDArray[np.uint16]
"""Answers by row: bit `c` is a grant of category `c`, bit `4 + c` its denial, both from anywhere; bits `8 + c` and
`12 + c` are those that stand in the attributes themselves, and did not come as baggage."""

OWN = 8
"""How far to shift to those that stand in the attributes themselves."""

ANYWHERE = np.uint16(0xFF)
"""The bits of answers from anywhere."""

_DENIALS = 4
_ATTRIBUTE = "lift.consent"
_GRANTS = frozenset({"true", "1", "granted", "yes"})
_ALL = len(CATEGORIES)
_KINDS = _ALL + 1  # of attributes; as many again are those of baggage

# a longer text is read each time, so that no client can fill the memory through the cache
_CACHED_LENGTH = 256


class AnswerReader:
    """Reads `lift.consent.<category>` and `lift.consent`, with and without a prefix of baggage."""

    def __init__(self, prefixes: Sequence[str]) -> None:
        """Name what may stand before `lift.consent`."""
        codes: dict[str, int] = {}  # attribute to category code, `_ALL` where it answers for all at once
        for prefix in (*prefixes, ""):
            first = 0 if not prefix else _KINDS
            codes[f"{prefix}{_ATTRIBUTE}"] = first + _ALL
            codes |= {f"{prefix}{_ATTRIBUTE}.{name}": first + code for code, name in enumerate(CATEGORIES)}
        self._marks = tuple(codes), np.array(list(codes.values()), np.uint8) + np.uint8(1)

    def read(self, attributes: Attributes) -> Bits:
        """Answer the bits of each owner, uint16 of shape (n,); 0 where it says nothing."""
        bits = np.zeros(len(attributes), np.uint16)
        marks = attributes.by_key(*self._marks)
        if marks is None:
            return bits
        positions, codes = wanted(attributes.codes, marks)
        if not len(positions):
            return bits
        texts = gather(attributes.values, positions).dictionary_encode()
        distinct = texts.dictionary.to_pylist()
        pairs = (codes - np.int64(1)) * len(distinct) + texts.indices.to_numpy()
        meaning = np.zeros(2 * _KINDS * len(distinct), np.uint16)
        for pair in np.flatnonzero(np.bincount(pairs, minlength=len(meaning))).tolist():
            code, text = divmod(pair, len(distinct))
            said = _meaning(code % _KINDS, distinct[text])
            meaning[pair] = said | said << OWN if code < _KINDS else said
        # entries stand in the order of their owners, so each owner's are one run
        owners = attributes.owners[positions]
        starts = np.flatnonzero(np.append(True, owners[1:] != owners[:-1]))
        bits[owners[starts]] = np.bitwise_or.reduceat(meaning[pairs], starts)
        return bits


def _meaning(code: int, text: str) -> int:
    read = _cached if len(text) <= _CACHED_LENGTH else _read
    return read(code, text)


def _read(code: int, text: str) -> int:
    if not text.strip():
        return 0
    return _read_all(text) if code == _ALL else _one(code, text)


_cached = lru_cache(4096)(_read)


def _one(code: int, answer: Any) -> int:
    """Only what is surely a grant is one; any other answer is a denial."""
    granted = str(answer).strip().lower() in _GRANTS
    return 1 << (code if granted else code + _DENIALS)


def _read_all(text: str) -> int:
    """Read a list (grants what it names and denies the rest, but for `essential`) or a map of answers by category."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = text.split(",")
    if isinstance(value, dict):
        return _read_map(value)
    named = {str(name).strip().lower() for name in value} if isinstance(value, list) else {str(value).strip().lower()}
    bits = 0
    for code, name in enumerate(CATEGORIES):
        if name in named:
            bits |= 1 << code
        elif name != Consent.ESSENTIAL:
            bits |= 1 << (code + _DENIALS)
    return bits


def _read_map(value: dict[str, Any]) -> int:
    repeated = value.get("$kvlist")  # how a map that has a key twice is written
    pairs = repeated if isinstance(repeated, list) else list(value.items())
    bits = 0
    for pair in pairs:
        if isinstance(pair, list | tuple) and len(pair) == 2 and pair[0] in CATEGORIES:
            bits |= _one(CATEGORIES.index(pair[0]), pair[1])
    return bits
