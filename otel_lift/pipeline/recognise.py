"""Which messages are Lift events: the step before the first processor (events.md, "How an event travels")."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.arrays import codes_or_less
from otel_lift.batch import Batch, Level, Signal, intern

__all__ = ["recognise"]

_PREFIX = "lift."
_ATTRIBUTES = ("lift.event",)


def recognise(batch: Batch) -> Batch:
    """Fill `lift.event` with the bare event name, null where the message is ordinary telemetry.

    A log record names its event by `event_name` = ``lift.<event>``, a span or a span event by the attribute
    `lift.event`; a log record may use the attribute too. A data point is never an event, whatever its attributes say.
    """
    if batch.signal is Signal.METRICS:
        return batch
    for level in (Level.RECORD, Level.EVENT):
        if not batch.rows(level):
            continue
        attributes = batch.attributes(level)
        names = attributes.get(_ATTRIBUTES) if attributes.has(_ATTRIBUTES) else None
        if batch.signal is Signal.LOGS:
            names = _or_else(_from_event_name(batch.column(level, "event_name")), names)
        if names is not None and names.null_count < len(names):
            batch = batch.with_columns(level, {"lift.event": intern(names)})
    return batch


def _or_else(names: Any | None, others: Any | None) -> Any | None:
    if names is None or others is None:
        return others if names is None else names
    return names if others.null_count == len(others) else pc.coalesce(names.cast(pa.string()), others)


def _from_event_name(column: Any) -> Any | None:
    """Answer the bare names of the Lift events as `INTERNED`, None where no record names one."""
    names = column.dictionary.to_pylist()
    bare = [name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX)]
    if not bare:
        return None
    # the last is that of records without a name
    code_of = np.full(len(names) + 1, -1, np.int32)
    code_of[[place for place, name in enumerate(names) if name.startswith(_PREFIX)]] = np.arange(len(bare))
    codes = code_of[codes_or_less(column.indices)]
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(bare, pa.string()))
