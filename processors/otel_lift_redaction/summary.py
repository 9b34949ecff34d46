"""What was done, said on the records and counted, without a word of what was found."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.batch import Batch, Level
from otel_lift.pipeline import Meter

__all__ = ["Summary"]

# What is above the records is many records' own; and exemplars come and go, while what a data point says of itself
# names the series that it belongs to.
_NOT_OF_RECORDS = (Level.RESOURCE, Level.SCOPE, Level.METRIC, Level.EXEMPLAR)
_Rows = npt.NDArray[np.int64]


class Summary:
    """Collects changed values and the rules that changed them, for the columns of a batch and for the counters."""

    def __init__(self, batch: Batch, names: Sequence[str]) -> None:
        """Start with nothing; `names` are the sorted names of all rules."""
        self._batch = batch
        self._names = names
        self._values: list[_Rows] = []
        self._pairs: list[_Rows] = []
        self._counts: dict[tuple[Level, int], int] = {}

    def add(self, level: Level, rows: _Rows, marks: npt.NDArray[np.bool_]) -> None:
        """Take in values that were changed: the row of each in the level's table, and its rules, bool of (k, names)."""
        value, rule = np.divmod(np.flatnonzero(marks), marks.shape[1])
        counts = np.bincount(rule)
        for index in np.flatnonzero(counts).tolist():
            self._counts[level, index] = self._counts.get((level, index), 0) + int(counts[index])
        if level in _NOT_OF_RECORDS:
            return
        records = rows if level is Level.RECORD else self._batch.parents(level)[rows].astype(np.int64)
        self._values.append(records)
        self._pairs.append(records[value] * len(self._names) + rule)

    def write(self, batch: Batch, meter: Meter) -> Batch:
        """Count on the meter, and answer the batch with the columns filled of the records that were changed."""
        for (level, index), count in self._counts.items():
            meter.count("redactions", count, rule=self._names[index], level=level.value)
        if not self._values:
            return batch
        counts = np.bincount(np.concatenate(self._values), minlength=len(batch)).astype(np.uint32)
        return batch.with_columns(
            Level.RECORD,
            {
                "lift.redaction.count": _with_nulls(counts, counts != 0),
                "lift.redaction.rules": self._rules(len(batch)),
            },
        )

    def _rules(self, records: int) -> Any:
        pairs = np.concatenate(self._pairs)
        if (pairs[1:] <= pairs[:-1]).any():
            pairs = np.unique(pairs)
        record, rule = np.divmod(pairs, len(self._names))
        codes = np.full(records, -1, np.int32)
        if (record[1:] != record[:-1]).all():
            used = np.flatnonzero(np.bincount(rule))
            place = np.zeros(len(self._names), np.int32)
            place[used] = np.arange(len(used))
            codes[record] = place[rule]
            names = pa.array([self._names[index] for index in used.tolist()], pa.string())
        else:
            starts = np.flatnonzero(np.append(True, record[1:] != record[:-1]))
            offsets = np.append(starts, len(record)).astype(np.int32)
            each = pa.array(list(self._names), pa.string()).take(pa.array(rule))
            joined = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), each), ",").dictionary_encode()
            codes[record[starts]] = joined.indices.to_numpy()
            names = joined.dictionary
        return pa.DictionaryArray.from_arrays(_with_nulls(codes, codes >= 0), names, safe=False)


def _with_nulls(numbers: npt.NDArray[Any], known: npt.NDArray[np.bool_]) -> Any:
    """Answer numbers as an Arrow array, null where they are not known; they are not copied."""
    valid = np.packbits(known, bitorder="little")
    buffers = [pa.py_buffer(valid), pa.py_buffer(numbers)]
    return pa.Array.from_buffers(pa.from_numpy_dtype(numbers.dtype), len(numbers), buffers)
