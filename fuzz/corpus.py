"""Valid requests to start from: of the strategies, of real SDKs, and of the shapes of the benchmarks."""

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fuzz.mutate import mutate, noise
from fuzz.wire import split
from otel_lift.batch import Signal
from otel_lift.kernel.requests import REQUESTS

__all__ = ["Corpus"]

_LARGEST = 1 << 16  # bytes of a payload: what is wrong shows in small ones, and they are fast


@dataclass(frozen=True)
class Corpus:
    """Valid requests by signal, and all the messages in them by type."""

    requests: Mapping[Signal, list[bytes]]
    parts: Mapping[str, list[bytes]]

    @classmethod
    def of(cls, requests: Mapping[Signal, list[bytes]]) -> "Corpus":
        """Take the requests apart into what can be spliced."""
        parts: dict[str, set[bytes]] = defaultdict(set)
        for signal, payloads in requests.items():
            for payload in payloads:
                _collect(REQUESTS[signal].DESCRIPTOR, payload, parts)
        # in order, so that a seed gives the same inputs in every process
        return cls(requests, {name: sorted(messages) for name, messages in parts.items()})

    def payload(self, rng: random.Random, signal: Signal) -> bytes:
        """Answer a payload of a signal: one in six valid, the others changed in one or some places."""
        # of two the longer: many of the strategies' examples are all but empty
        payload = max(rng.choices(self.requests[signal], k=2), key=len)
        kind = rng.random()
        if kind < 0.02:
            return rng.randbytes(rng.randint(0, 40))
        if kind > 0.17:
            for _ in range(rng.choice([1, 1, 1, 2, 3, 6])):
                payload = mutate(rng, REQUESTS[signal].DESCRIPTOR, payload, self.parts)
        if 0.17 < kind < 0.25:
            payload = noise(rng, payload)
        return payload[:_LARGEST]


def _collect(descriptor: Any, message: bytes, parts: dict[str, set[bytes]]) -> None:
    parts[descriptor.full_name].add(message)
    fields, _ = split(message)
    for field in fields:
        known = descriptor.fields_by_number.get(field.number)
        if known is not None and known.message_type is not None:
            _collect(known.message_type, field.content, parts)
