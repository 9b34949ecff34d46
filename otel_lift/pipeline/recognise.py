"""Which messages are Lift events: the step before the first processor (events.md, "How an event travels")."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.batch import Batch, Level, Signal

__all__ = ["recognise"]

_PREFIX = "lift."
_ATTRIBUTE = "lift.event"


def recognise(batch: Batch) -> Batch:
    """Fill `lift.event` with the bare event name, null where the message is ordinary telemetry.

    A log record names its event by `event_name` = ``lift.<event>``, a span or a span event by the attribute
    `lift.event`; a log record may use the attribute too. A data point is never an event, whatever its attributes say.
    """
    if batch.signal is Signal.METRICS:
        return batch
    for level in (Level.RECORD, Level.EVENT):
        if level not in batch.tables or not batch.tables[level].num_rows:
            continue
        names = batch.attributes(level).get([_ATTRIBUTE])
        if batch.signal is Signal.LOGS:
            names = pc.coalesce(_from_event_name(batch.column(level, "event_name")), names)
        if names.null_count < len(names):
            batch = batch.with_columns(level, {"lift.event": names.dictionary_encode()})
    return batch


def _from_event_name(column: Any) -> Any:
    names = column.dictionary
    is_lift = pc.starts_with(names, _PREFIX)
    bare = pc.if_else(is_lift, pc.utf8_slice_codeunits(names, len(_PREFIX)), pa.scalar(None, pa.string()))
    return bare.take(column.indices)
