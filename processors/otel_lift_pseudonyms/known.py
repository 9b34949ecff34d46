"""`Pseudonyms`: what was made of the texts seen last, looked up for a whole column at once."""

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["Pseudonyms"]

_WIDTH = 32
_UNKNOWN = -1
# a longer text is hashed each time, so that no client can fill the memory
_CACHED_LENGTH = 256


class Pseudonyms:
    """The pseudonyms of one kind: made once for a text, kept as bytes of one width.

    `make` answers the `columns` pseudonyms of a text in a tenant, or None for a text that names nobody. `size` texts
    are remembered. When they are full all are forgotten: to know in which order they were used would cost more with
    each record than to make some of them again.
    """

    def __init__(self, make: Callable[[str, str], Sequence[str] | None], columns: int, size: int) -> None:
        self._make = make
        self._made = np.zeros((columns, size), f"S{_WIDTH}")
        self._places: dict[str, dict[str, int]] = {}  # by tenant and text, its column of `_made`
        self._count = 0

    def of(self, texts: Any, tenant: str) -> tuple[Any, ...]:
        """Answer `columns` string arrays as long as `texts`, null where a text names nobody."""
        encoded = texts.dictionary_encode()
        distinct = encoded.dictionary.to_pylist()
        known = self._places.get(tenant, {})
        places = np.array(list(map(known.get, distinct, repeat(_UNKNOWN))), np.int64)
        unknown = np.flatnonzero(places == _UNKNOWN)
        if len(unknown):
            made = np.zeros((len(self._made), len(distinct)), self._made.dtype)
            old = np.flatnonzero(places != _UNKNOWN)
            made[:, old] = self._made.take(places[old], axis=1)
            new = [distinct[place] for place in unknown.tolist()]
            made[:, unknown] = fresh = self._fresh(new, tenant)
            self._remember(new, fresh, tenant)
        else:
            made = self._made.take(places, axis=1)
        return tuple(_texts(column) for column in made.take(encoded.indices.to_numpy(), axis=1))

    def _fresh(self, texts: Sequence[str], tenant: str) -> npt.NDArray[np.bytes_]:
        nobody = ("",) * len(self._made)
        made = [self._make(text, tenant) or nobody for text in texts]
        return np.array(made, self._made.dtype).T

    def _remember(self, texts: Sequence[str], made: npt.NDArray[np.bytes_], tenant: str) -> None:
        size = self._made.shape[1]
        if self._count + len(texts) > size:
            self._places.clear()
            self._count = 0
        kept = [place for place, text in enumerate(texts) if len(text) <= _CACHED_LENGTH][:size]
        end = self._count + len(kept)
        self._made[:, self._count : end] = made[:, kept]
        known = self._places.setdefault(tenant, {})
        known.update(zip((texts[place] for place in kept), range(self._count, end), strict=True))
        self._count = end


def _texts(pseudonyms: npt.NDArray[np.bytes_]) -> Any:
    """Turn pseudonyms into a string array without looking at each."""
    rows = len(pseudonyms)
    offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(_WIDTH)
    given = pseudonyms.view(np.uint8)[::_WIDTH] != 0
    validity = None if given.all() else pa.py_buffer(np.packbits(given, bitorder="little"))
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(pseudonyms), validity)
