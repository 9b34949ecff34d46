"""`lift_events`: one typed row for each Lift event of a batch, from log records, spans and span events alike."""

import secrets
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift import arrays
from otel_lift.batch import SCHEMAS, Batch, Level, Signal, intern
from otel_lift.semconv import COLUMNS, EVENTS, priority
from otel_lift.tables.columns import MAP, codes_of, compact, hexadecimal, interned, sorted_map, timestamps
from otel_lift.tables.typed import ARROW_TYPES, AttributeColumns
from otel_lift.tables.window import TimeWindow

__all__ = ["events_table"]

_HYPHENS = (8, 13, 18, 23)
_UUID_LENGTH = 36
# What stands in columns of its own, or tells the gateway how to treat the record, is no property of the event.
_NO_PROPERTY = ("lift.event",)
_GATEWAY_TEXTS = ("lift.template", "lift.fingerprint", "lift.validation")
_INHERITED_TEXTS = ("lift.subject", "lift.subject_key", "lift.consent")
_INTERNED_COLUMNS = {name for name, column in COLUMNS.items() if column.type == "lowcardinality"}
_SCHEMA = pa.schema([*((name, ARROW_TYPES[column.type]) for name, column in COLUMNS.items()), ("properties", MAP)])
_NEEDED = frozenset(
    (
        "lift.event",
        *_GATEWAY_TEXTS,
        *_INHERITED_TEXTS,
        "resource",
        "trace_id",
        "span_id",
        "body",
        "status_message",
        "time_unix_nano",
        "observed_time_unix_nano",
        "start_time_unix_nano",
        "end_time_unix_nano",
    )
)


def events_table(batch: Batch, window: TimeWindow) -> Any | None:
    """Rows of `lift_events`, or None if the batch holds no Lift event."""
    parts = [
        _rows(batch, level, window)
        for level in (Level.RECORD, Level.EVENT)
        if batch.rows(level) and batch.column(level, "lift.event").null_count < batch.rows(level)
    ]
    if len(parts) < 2:
        return parts[0] if parts else None
    return pa.Table.from_batches(parts).unify_dictionaries().combine_chunks().to_batches()[0]


def _rows(batch: Batch, level: Level, window: TimeWindow) -> Any:
    rows = np.flatnonzero(arrays.valid(batch.column(level, "lift.event")))
    own, of_records = _taken(batch, level, rows), [batch.attributes(level).take(rows)]
    records = own
    if level is Level.EVENT:
        parents = batch.parents(level).take(rows)
        records = _taken(batch, Level.RECORD, parents)
        of_records.append(batch.attributes(Level.RECORD).take(parents))
    resources = batch.attributes(Level.RESOURCE).take(records.column("resource").to_numpy())
    attributes = AttributeColumns(*of_records, resources)
    times = window.place(_times(batch.signal, level, own), batch.received)
    columns = attributes.columns()
    columns |= {name.removeprefix("lift."): _text(own.column(name)) for name in _GATEWAY_TEXTS}
    columns |= {name.removeprefix("lift."): _inherited(own, records, name) for name in _INHERITED_TEXTS}
    columns |= _catalogue(own.column("lift.event"), columns["severity"])
    columns |= {
        "event_time": times.column(),
        "receive_time": timestamps(np.full(len(rows), batch.received, np.uint64)),
        "tenant": interned(np.zeros(len(rows), np.int32), pa.array([batch.context.tenant])),
        "trace_id": hexadecimal(records.column("trace_id")),
        "span_id": hexadecimal(records.column("span_id")),
        "event_id": _event_ids(columns["event_id"]),
        "message": _messages(columns["message"], own),
        "properties": sorted_map(attributes.unused(_NO_PROPERTY), [times.moved]),
    }
    if "end_time_unix_nano" in own.schema.names:
        columns["duration_ms"] = _durations(columns["duration_ms"], own)
    return pa.RecordBatch.from_arrays(
        [intern(columns[name]) if name in _INTERNED_COLUMNS else columns[name] for name in _SCHEMA.names],
        schema=_SCHEMA,
    )


def _taken(batch: Batch, level: Level, rows: npt.NDArray[Any]) -> Any:
    """Answer rows of a table, of the columns that an event's row is made of."""
    fields = [field for field in SCHEMAS[batch.signal][level] if field.name in _NEEDED]
    columns = [batch.column(level, field.name) for field in fields]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields)).take(pa.array(rows))


def _inherited(own: Any, records: Any, name: str) -> Any:
    """Answer the texts of a column, those of the record where there is none; null becomes empty text."""
    mine = own.column(name)
    if records is own or not mine.null_count:
        return _text(mine)
    return pc.coalesce(mine.cast(pa.string()), _text(records.column(name)))


def _text(column: Any) -> Any:
    if column.null_count == len(column):
        return pa.repeat("", len(column))
    if pa.types.is_dictionary(column.type):
        codes = column.indices
        return arrays.gather(column.dictionary, (codes.fill_null(-1) if codes.null_count else codes), empty=True)
    return column.fill_null("") if column.null_count else column


def _times(signal: Signal, level: Level, own: Any) -> npt.NDArray[np.uint64]:
    if level is Level.EVENT:
        times = own.column("time_unix_nano").to_numpy()
    elif signal is Signal.TRACES:
        times = own.column("start_time_unix_nano").to_numpy()
    else:
        sent = own.column("time_unix_nano").to_numpy()
        times = np.where(sent == 0, own.column("observed_time_unix_nano").to_numpy(), sent)
    result: npt.NDArray[np.uint64] = times
    return result


def _catalogue(events: Any, severities: Any) -> dict[str, Any]:
    """Look up what the catalogue says of each distinct (event, severity)."""
    names = events.dictionary.to_pylist()
    levels = severities.dictionary.to_pylist()
    priorities = [_priority(name, level) for name in names for level in levels]
    groups = [str(EVENTS[name].spec.group) if name in EVENTS else "" for name in names]
    event = codes_of(events)
    return {
        "event": compact(events),
        "priority": arrays.gather(pa.array(priorities, pa.string()), event * len(levels) + codes_of(severities)),
        "category": arrays.gather(pa.array(groups, pa.string()), event),
    }


@lru_cache(4096)
def _priority(event: str, severity: str) -> str:
    return str(priority(event, severity) or "")


def _messages(messages: Any, own: Any) -> Any:
    """Choose the message attribute, else the record's own text: a log's body, a span's status message."""
    for name in ("body", "status_message"):
        if name in own.schema.names:
            return pc.if_else(pc.equal(messages, ""), own.column(name), messages)
    return messages


def _durations(durations: Any, spans: Any) -> Any:
    """Choose the duration attribute, else the span's own, in milliseconds."""
    start = spans.column("start_time_unix_nano").to_numpy()
    end = spans.column("end_time_unix_nano").to_numpy()
    own = np.where(end > start, (end - start) / 1e6, 0.0)
    sent = durations.to_numpy(zero_copy_only=False)
    return pa.array(np.where(sent > 0, sent, own))


def _event_ids(sent: Any) -> Any:
    """Keep the ids that were sent, and make a random UUID (RFC 9562, version 4) for each event without one."""
    rows = len(sent)
    raw = np.frombuffer(secrets.token_bytes(16 * rows), np.uint8).reshape(rows, 16).copy()
    raw[:, 6] = raw[:, 6] & 0x0F | 0x40
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    digits = hexadecimal(pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), rows, [None, pa.py_buffer(raw)]))
    text = np.full((rows, _UUID_LENGTH), ord("-"), np.uint8)
    places = [place for place in range(_UUID_LENGTH) if place not in _HYPHENS]
    text[:, places] = np.frombuffer(digits.buffers()[2], np.uint8, 32 * rows).reshape(rows, 32)
    offsets = np.arange(rows + 1, dtype=np.int32) * _UUID_LENGTH
    made = pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(text))
    return pc.if_else(pc.equal(sent, ""), made, sent)
