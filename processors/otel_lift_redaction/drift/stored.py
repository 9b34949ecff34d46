"""Which rows of a batch are stored with all attributes: what consent takes away must leave no name here either."""

import numpy as np
import numpy.typing as npt

from otel_lift.batch import Batch, Level

__all__ = ["Stored"]

_Mask = npt.NDArray[np.bool_]


class Stored:
    """The rows of a batch by level, but for those that are marked to be made anonymous, and parents of only such."""

    def __init__(self, batch: Batch) -> None:
        """Read the marks of the records."""
        self._batch = batch
        marked = self._marked(Level.RECORD)
        self._records = None if marked is None else ~marked

    def rows(self, level: Level) -> _Mask | None:
        """Answer which rows of a level are stored so, None where all are."""
        match level:
            case Level.RECORD:
                return self._records
            case Level.RESOURCE | Level.SCOPE | Level.METRIC:
                return self._used(level)
            case Level.LINK:
                return None if self._records is None else self._records[self._batch.parents(level)]
            case _:
                marked = self._marked(level)
                if self._records is None:
                    return None if marked is None else ~marked
                of_parent = self._records[self._batch.parents(level)]
                return of_parent if marked is None else of_parent & ~marked

    def _used(self, level: Level) -> _Mask | None:
        parents = self._batch.column(Level.RECORD, str(level)).to_numpy()
        used = np.zeros(self._batch.rows(level), np.bool_)
        used[parents if self._records is None else parents[self._records]] = True
        return None if used.all() else used

    def _marked(self, level: Level) -> _Mask | None:
        column = self._batch.column(level, "lift.anonymise")
        if column.null_count == len(column) or not column.true_count:
            return None
        marked: _Mask = column.fill_null(False).to_numpy(zero_copy_only=False)
        return marked
