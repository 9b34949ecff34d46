"""Who was erased stays erased: what arrives late of a person, and happened before the erasure, goes no further."""

from typing import Any

import numpy as np
import numpy.typing as npt

from otel_lift.batch import Batch, Level, Signal
from otel_lift.pipeline import Services
from otel_lift.registers import Tombstones

__all__ = ["Erased"]

_KINDS = {Signal.LOGS: "log", Signal.TRACES: "span", Signal.METRICS: "data_point"}
_CHILDREN = {Level.EVENT: "span_event", Level.EXEMPLAR: "exemplar"}


class Erased:
    """Drops messages of persons that were erased, at every level, whatever key their subject was made with.

    What happened after the erasure stays: a person may come back.
    """

    def __init__(self, services: Services) -> None:
        """Name the data folder, whose register of erasures is followed; it is read by `drop`."""
        self._tombstones = Tombstones(services.data)
        self._meter = services.meter

    def drop(self, batch: Batch) -> Batch:
        """Answer the batch without them; it can be empty. Raises ProcessorError if the register cannot be read."""
        self._tombstones.follow()
        if not len(self._tombstones):
            return batch
        erased = self._of(batch, Level.RECORD)
        if erased is not None:
            self._meter.count("consent_erased", int(erased.sum()), kind=_KINDS[batch.signal])
            batch = batch.filter(~erased)
        for level, kind in _CHILDREN.items():
            if level in batch.tables and batch.rows(level):
                erased = self._of(batch, level)
                if erased is not None:
                    self._meter.count("consent_erased", int(erased.sum()), kind=kind)
                    batch = batch.filter_level(level, ~erased)
        return batch

    def _of(self, batch: Batch, level: Level) -> npt.NDArray[np.bool_] | None:
        """Say which messages of a level go; None if none does."""
        persons = batch.column(level, "lift.person")
        if persons.null_count == len(persons):
            return None
        erased = self._tombstones.erased(persons, _times(batch, level))
        return erased if erased.any() else None


def _times(batch: Batch, level: Level) -> npt.NDArray[np.int64]:
    """Answer when each message happened; one without a time happened when it came, and none later than that."""
    name = "start_time_unix_nano" if (batch.signal, level) == (Signal.TRACES, Level.RECORD) else "time_unix_nano"
    times = _numbers(batch.column(level, name))
    if batch.signal is Signal.LOGS:
        times = np.where(times == 0, _numbers(batch.column(level, "observed_time_unix_nano")), times)
    bounded: npt.NDArray[np.int64] = np.minimum(times, np.uint64(batch.received)).astype(np.int64)
    return np.where(times == 0, np.int64(batch.received), bounded)


def _numbers(column: Any) -> npt.NDArray[np.uint64]:
    numbers: npt.NDArray[np.uint64] = (column.fill_null(0) if column.null_count else column).to_numpy()
    return numbers
