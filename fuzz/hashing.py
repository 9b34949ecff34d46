"""The keyed hashes of pseudonyms as a target: keys, prefixes and texts of lengths around those of a hash's blocks."""

import random
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType, ModuleType
from typing import Any

import pyarrow as pa

from fuzz.arrays import outcome, texts
from fuzz.case import Case, Difference

__all__ = ["HashingTarget"]

_LENGTHS = (0, 1, 8, 31, 32, 54, 55, 56, 57, 63, 64, 65, 118, 119, 120, 127, 128, 129, 192, 1000)


def _hash(twin: ModuleType, key: bytes, prefix: bytes, values: Any) -> Any:
    return twin.KeyedHash(key, prefix).of(values).tolist()


class HashingTarget:
    """Hashes columns under keys."""

    name = "hashing"
    counts: Mapping[str, int] = MappingProxyType({})

    def __init__(self, native: ModuleType, pure: ModuleType) -> None:
        self._native, self._pure = native, pure

    def draw(self, rng: random.Random) -> Case:
        """Make a case: a seed of the key and the texts."""
        return Case(self.name, rng.randbytes(8))

    def check(self, case: Case, *, compare: bool) -> None:
        """Hash two columns under one key."""
        rng = random.Random(case.content)  # noqa: S311 - it must be repeatable
        key, prefix = (rng.randbytes(rng.choice(_LENGTHS)) for _ in range(2))
        long = pa.array(["é" * rng.randint(0, 1) + "x" * rng.choice(_LENGTHS) for _ in range(rng.randint(0, 20))])
        for values in (texts(rng, rng.choice([0, 1, 20])), long.cast(pa.string())):
            found = outcome(partial(_hash, self._native, key, prefix, values))
            if compare and found != (expected := outcome(partial(_hash, self._pure, key, prefix, values))):
                raise Difference(f"hashes: native {str(found)[:700]}, pure {str(expected)[:700]}")
