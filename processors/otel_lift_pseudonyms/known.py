"""`Pseudonyms`: what was made of the texts seen last, looked up for a whole column at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift.arrays import Places, gather
from otel_lift.keys import Hashes
from otel_lift_pseudonyms.kinds import Kind

__all__ = ["Found", "Make", "Pseudonyms"]

Make = Callable[[Sequence[str], str], Sequence[Hashes]]
"""Answers the pseudonyms of texts in a tenant, and of subjects also their persons; empty where one names nobody."""

_WIDTH = 32
_COLUMNS = 2  # the pseudonym itself, and a subject's person
# of texts, so that no client can fill the memory with long ones
_MOST_BYTES = 2**23

_Table = npt.NDArray[np.bytes_]


@dataclass(frozen=True, slots=True)
class Found:
    """The pseudonyms of k texts: the row of each in `table`, int64 of shape (k,).

    The first column of the table has the pseudonyms, the second the persons of subjects; empty where a text names
    nobody.
    """

    rows: npt.NDArray[np.int64]
    table: _Table


@dataclass(slots=True)
class _Memory:
    """What is known in one tenant: the place of each text is its row of `table`, which has room for more."""

    places: Places = field(default_factory=Places)
    table: _Table = field(default_factory=lambda: np.zeros((_COLUMNS, 0), f"S{_WIDTH}"))


class Pseudonyms:
    """Pseudonyms by kind and tenant: made once for a text, kept as bytes of one width.

    `size` texts are remembered, of all kinds and tenants. When there are more all are forgotten: to know in which order
    they were used would cost more with each record than to make some of them again.
    """

    def __init__(self, make: Mapping[Kind, Make], size: int) -> None:
        self._make = make
        self._size = size
        self._memories: dict[str, _Memory] = {}

    def of(self, values: Any, positions: npt.NDArray[np.int64], kinds: npt.NDArray[np.uint8], tenant: str) -> Found:
        """Answer what the texts at `positions` of `values` become, each of its kind."""
        memory = self._memories.setdefault(tenant, _Memory())
        rows = memory.places.find(values, positions, kinds)
        unknown = np.flatnonzero(rows < 0)
        if len(unknown):
            rows[unknown] = self._learn(memory, gather(values, positions[unknown]), kinds[unknown], tenant)
            self._forget()
        return Found(rows, memory.table)

    def _learn(self, memory: _Memory, texts: Any, kinds: npt.NDArray[np.uint8], tenant: str) -> npt.NDArray[np.int64]:
        """Make the pseudonyms of unknown texts, of which some may be equal, and answer their rows."""
        _, which = np.unique(Places().add(texts, kinds=kinds), return_index=True)
        texts_once, kinds_once = texts.take(pa.array(which)), kinds[which]
        made = np.zeros((_COLUMNS, len(which)), memory.table.dtype)
        for kind in np.unique(kinds_once).tolist():
            here = np.flatnonzero(kinds_once == kind)
            hashes = self._make[Kind(kind)](texts_once.take(pa.array(here)).to_pylist(), tenant)
            for column, of_column in zip(made, hashes, strict=False):
                column[here] = of_column
        # a place without its pseudonym would let the text itself pass: they are made before it gets one
        known, count = len(memory.places), len(memory.places) + len(which)
        if count > memory.table.shape[1]:
            memory.table = np.concatenate(
                [memory.table[:, :known], np.zeros((_COLUMNS, 2 * count - known), memory.table.dtype)], axis=1
            )
        memory.table[:, known:count] = made
        memory.places.add(texts_once, kinds=kinds_once)
        return memory.places.find(texts, kinds=kinds)

    def _forget(self) -> None:
        places = [memory.places for memory in self._memories.values()]
        if sum(map(len, places)) > self._size or sum(one.size for one in places) > _MOST_BYTES:
            self._memories.clear()
