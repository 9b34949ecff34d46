"""The kernel as a target: lists of payloads are decoded, encoded and decoded again."""

import random
import struct
from collections import Counter
from types import ModuleType
from typing import Any

import numpy as np

from fuzz.case import Case, Difference
from fuzz.corpus import Corpus
from otel_lift.batch import Batch, Level, RequestContext, Signal
from otel_lift.errors import DecodeError
from otel_lift.kernel import Decoded, Outcome

__all__ = ["KernelTarget", "pack", "unpack"]

_CONTEXT = RequestContext("fuzz")
_RECEIVED = 1_700_000_000_000_000_000
_PAYLOADS = (1, 2, 10, 40, 90)  # of a call, which costs much in itself


def pack(signal: Signal, payloads: list[bytes]) -> bytes:
    """Write a list of payloads as the content of a case."""
    parts = [signal.encode(), b"\n"]
    for payload in payloads:
        parts += [struct.pack("<I", len(payload)), payload]
    return b"".join(parts)


def unpack(content: bytes) -> tuple[Signal, list[bytes]]:
    """Read what `pack` wrote."""
    name, _, rest = content.partition(b"\n")
    payloads, at = [], 0
    while at < len(rest):
        (length,) = struct.unpack_from("<I", rest, at)
        payloads.append(rest[at + 4 : at + 4 + length])
        at += 4 + length
    return Signal(name.decode()), payloads


class KernelTarget:
    """Decodes and encodes with `native`, and compares with `pure`; counts what became of the payloads."""

    name = "kernel"

    def __init__(self, native: ModuleType, pure: ModuleType, corpus: Corpus) -> None:
        self._native, self._pure, self._corpus = native, pure, corpus
        self.counts: Counter[str] = Counter()

    def draw(self, rng: random.Random) -> Case:
        """Make a list of payloads of one signal."""
        signal = rng.choice(list(Signal))
        payloads = [self._corpus.payload(rng, signal) for _ in range(rng.choice(_PAYLOADS))]
        return Case(self.name, pack(signal, payloads), len(payloads))

    def check(self, case: Case, *, compare: bool) -> None:
        """Decode and encode; the tables must be valid Arrow, and the same after another round."""
        signal, payloads = unpack(case.content)
        decoded = self._native.decode(signal, payloads, _CONTEXT, _RECEIVED)
        self._count(decoded.outcomes, len(payloads))
        for table in decoded.batch.tables.values():
            table.validate(full=True)
        encoded = self._native.encode(decoded.batch)
        again = self._native.decode(signal, [encoded], _CONTEXT, _RECEIVED)
        if again.outcomes != (Outcome(accepted=len(decoded.batch)),):
            raise Difference(f"what was encoded is not taken again: {again.outcomes}")
        _check_tables("after another round", again.batch, decoded.batch)
        if compare:
            self._compare(signal, payloads, decoded, encoded)

    def _count(self, outcomes: tuple[Outcome, ...], payloads: int) -> None:
        if len(outcomes) != payloads:
            raise Difference(f"{len(outcomes)} outcomes for {payloads} payloads")
        refused = sum(outcome.error is not None for outcome in outcomes)
        self.counts += Counter(
            refused=refused, taken=payloads - refused, records=sum(outcome.accepted for outcome in outcomes)
        )

    def _compare(self, signal: Signal, payloads: list[bytes], decoded: Decoded, encoded: bytes) -> None:
        self.counts["compared"] += len(payloads)
        expected = self._pure.decode(signal, payloads, _CONTEXT, _RECEIVED)
        for place, (ours, theirs) in enumerate(zip(decoded.outcomes, expected.outcomes, strict=True)):
            if _plain(ours) != _plain(theirs):
                raise Difference(f"payload {place}: native says {ours}, pure says {theirs}")
        _check_tables("of the twins", decoded.batch, expected.batch)
        _check_bytes("encoded", encoded, self._pure.encode(expected.batch))
        # any filter does, as long as it is the same one when the case is run again
        keep = np.frombuffer(np.random.default_rng(len(encoded)).bytes(len(decoded.batch)), np.uint8) % 2 == 1
        half = decoded.batch.filter(keep)
        _check_bytes("encoded after a filter", self._native.encode(half), self._pure.encode(half))


def _plain(outcome: Outcome) -> tuple[int, int, str, bool]:
    if outcome.error is not None and not isinstance(outcome.error, DecodeError):
        raise Difference(f"a refusal must be a DecodeError: {outcome.error!r}")
    return outcome.accepted, outcome.rejected, outcome.message, outcome.error is None


def _check_bytes(what: str, ours: bytes, theirs: bytes) -> None:
    if ours != theirs:
        raise Difference(f"{what}: the bytes differ: native {ours.hex()}, pure {theirs.hex()}")


def _check_tables(what: str, ours: Batch, theirs: Batch) -> None:
    if (ours.signal, ours.context, ours.received) != (theirs.signal, theirs.context, theirs.received):
        raise Difference(f"batches {what} differ in signal, context or time")
    for level in theirs.levels:
        if not _equal(ours.tables[level], theirs.tables[level]):
            raise Difference(f"tables {what} differ at the level {level}: {_first_difference(ours, theirs, level)}")


def _equal(ours: Any, theirs: Any) -> bool:
    if ours.equals(theirs):
        return True
    # the order of a dictionary means nothing, and NaN is equal to itself
    return bool(ours.schema.equals(theirs.schema)) and repr(ours.to_pylist()) == repr(theirs.to_pylist())


def _first_difference(ours: Batch, theirs: Batch, level: Level) -> str:
    rows, expected = ours.tables[level].to_pylist(), theirs.tables[level].to_pylist()
    if len(rows) != len(expected):
        return f"{len(rows)} rows for {len(expected)}"
    pairs = ((row, one, other) for row, (one, other) in enumerate(zip(rows, expected, strict=True)))
    for row, one, other in pairs:
        for name in other:
            if repr(one.get(name)) != repr(other[name]):
                return f"row {row}, {name}: {one.get(name)!r} for {other[name]!r}"
    return "the schemas"
