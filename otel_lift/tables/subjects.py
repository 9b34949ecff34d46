"""`lift_subjects`: a row for each pseudonym that is new, so that what is stored of a person can be found again."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift.arrays import Places, gather, valid
from otel_lift.batch import Batch, Level
from otel_lift.keys import Key, KeyRing, Relations
from otel_lift.tables.columns import timestamps

__all__ = ["NewSubjects"]

_LEVELS = (Level.RECORD, Level.EVENT, Level.EXEMPLAR)
_REMEMBERED = 2**18
_DAY = 86_400 * 10**9


class NewSubjects:
    """Answers rows for subjects that this process has not told of today; those of unknown keys have none.

    Telling of a subject twice does no harm, so what is remembered has a bound.
    """

    def __init__(self, rings: Sequence[Callable[[], KeyRing]], tombstones: Path) -> None:
        """Name what reads the rings of keys, which is done when a batch has a key that is not known yet.

        `tombstones` is the register of erasures: who is in it and comes back must be told of again.
        """
        self._rings = rings
        self._tombstones = tombstones
        self._told_since = 0, self._count_erasures()
        self._relations: dict[str, Relations] = {}
        self._told = Places()
        self._forgotten = threading.Event()

    def rows(self, batch: Batch) -> Any | None:
        """Answer rows of `lift_subjects`, or None if the batch names nobody new. Raises ConfigError."""
        erasures = self._count_erasures()
        day = batch.received // _DAY
        if self._forgotten.is_set() or (day, erasures) != self._told_since or len(self._told) > _REMEMBERED:
            self._forgotten.clear()
            self._told_since = day, erasures
            self._told = Places()
        parts = [part for level in _LEVELS if batch.rows(level) for part in self._of_level(batch, level)]
        return pa.Table.from_batches(parts).combine_chunks().to_batches()[0] if parts else None

    def forget(self) -> None:
        """Tell of all subjects again: what was told of may not have been kept."""
        self._forgotten.set()

    def _count_erasures(self) -> tuple[int, int]:
        """Answer what differs once somebody is erased: one `stat`."""
        try:
            found = self._tombstones.stat()
        except FileNotFoundError:
            return 0, 0
        return found.st_ino, found.st_size

    def _of_level(self, batch: Batch, level: Level) -> Iterator[Any]:
        subjects, persons = batch.column(level, "lift.subject"), batch.column(level, "lift.person")
        if subjects.null_count == len(subjects) or persons.null_count == len(persons):
            return
        rows = np.flatnonzero((self._told.find(subjects) < 0) & valid(subjects) & valid(persons))
        if not len(rows):
            return
        keys = batch.column(level, "lift.subject_key")
        for code, key in enumerate(keys.dictionary.to_pylist()):
            mine = rows[keys.indices.take(pa.array(rows)).to_numpy(zero_copy_only=False) == code]
            relations = self._relations_of(key) if len(mine) else None
            if relations is not None:
                yield self._tell(batch, gather(subjects, mine), gather(persons, mine), key, relations)

    def _tell(self, batch: Batch, subjects: Any, persons: Any, key: str, relations: Relations) -> Any:
        before = len(self._told)
        # the first row of each subject: where its place is the next one
        places = self._told.add(subjects)
        first = np.unique(places, return_index=True)[1]
        assert len(first) == len(self._told) - before
        subjects, persons = gather(subjects, first), gather(persons, first)
        return pa.RecordBatch.from_pydict(
            {
                "subject": subjects,
                "subject_key": pa.repeat(key, len(first)),
                "tag": _texts(relations.tags(persons)),
                "link": _texts(relations.links(subjects, persons)),
                "last_seen": timestamps(np.full(len(first), batch.received, np.uint64)),
            }
        )

    def _relations_of(self, key: str) -> Relations | None:
        if key not in self._relations:
            known: dict[str, Key] = {one.id: one for ring in self._rings for one in ring().keys}
            # one that is known nowhere (it lives for a day, or was destroyed meanwhile) relates nobody
            if key not in known:
                return None
            self._relations[key] = Relations(known[key])
        return self._relations[key]


def _texts(hashes: npt.NDArray[np.bytes_]) -> Any:
    width = hashes.dtype.itemsize
    offsets = np.arange(len(hashes) + 1, dtype=np.int32) * width
    return pa.StringArray.from_buffers(len(hashes), pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(hashes)))
