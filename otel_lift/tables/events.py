"""`lift_events`: one typed row for each Lift event of a batch, from log records, spans and span events alike."""

import secrets
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.batch import Attributes, Batch, Level, Signal
from otel_lift.semconv import COLUMNS, EVENTS, Source, priority
from otel_lift.tables.columns import compact, hexadecimal, sorted_map
from otel_lift.tables.typed import AttributeColumns
from otel_lift.tables.window import TimeWindow

__all__ = ["events_table"]

_HYPHENS = (8, 13, 18, 23)
_UUID_LENGTH = 36
# What stands in columns of its own, or tells the gateway how to treat the record, is no property of the event.
_NO_PROPERTY = ("lift.event", "service.name")
_GATEWAY_TEXTS = ("lift.template", "lift.fingerprint", "lift.validation")
_INHERITED_TEXTS = ("lift.subject", "lift.subject_key", "lift.consent")
_INTERNED_COLUMNS = {name for name, column in COLUMNS.items() if column.type == "lowcardinality"} | {"subject_key"}
_SERVICE = replace(COLUMNS["service"], sources=(Source("service.name"),))


def events_table(batch: Batch, window: TimeWindow) -> Any | None:
    """Rows of `lift_events`, or None if the batch holds no Lift event."""
    parts = [
        _rows(batch, level, window)
        for level in (Level.RECORD, Level.EVENT)
        if level in batch.tables and batch.column(level, "lift.event").null_count < batch.tables[level].num_rows
    ]
    if len(parts) < 2:
        return parts[0] if parts else None
    return pa.Table.from_batches(parts).unify_dictionaries().combine_chunks().to_batches()[0]


def _rows(batch: Batch, level: Level, window: TimeWindow) -> Any:
    rows = pc.indices_nonzero(batch.column(level, "lift.event").is_valid())
    own = batch.tables[level].take(rows)
    records = batch.records.take(pa.array(batch.parents(level)).take(rows)) if level is Level.EVENT else own
    inherited = [Attributes.of(records.column("attributes"))] if level is Level.EVENT else []
    attributes = AttributeColumns(
        Attributes.of(own.column("attributes")),
        *inherited,
        batch.attributes(Level.RESOURCE).take(records.column("resource")),
    )
    times = window.place(_times(batch.signal, level, own), batch.received)
    columns = {name: attributes.column(column) for name, column in COLUMNS.items()}
    columns |= {name.removeprefix("lift."): _plain(own.column(name)).fill_null("") for name in _GATEWAY_TEXTS}
    columns |= {
        name.removeprefix("lift."): pc.coalesce(_plain(own.column(name)), _plain(records.column(name))).fill_null("")
        for name in _INHERITED_TEXTS
    }
    columns |= _catalogue(own.column("lift.event"), columns["severity"])
    columns |= {
        "event_time": times.column(),
        "receive_time": pa.array(np.full(len(rows), batch.received, np.int64)).view(pa.timestamp("ns")),
        "tenant": pa.repeat(batch.context.tenant, len(rows)),
        "service": attributes.column(_SERVICE),
        "trace_id": hexadecimal(records.column("trace_id")),
        "span_id": hexadecimal(records.column("span_id")),
        "event_id": _event_ids(columns["event_id"]),
        "message": _messages(columns["message"], own),
        "properties": sorted_map(attributes.unused(_NO_PROPERTY), [times.moved]),
    }
    if "end_time_unix_nano" in own.schema.names:
        columns["duration_ms"] = _durations(columns["duration_ms"], own)
    return pa.RecordBatch.from_pydict(
        {
            name: array.dictionary_encode()
            if name in _INTERNED_COLUMNS and not pa.types.is_dictionary(array.type)
            else array
            for name, array in columns.items()
        }
    )


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
    priorities = [str(priority(name, level) or "") for name in names for level in levels]
    groups = [str(EVENTS[name].spec.group) if name in EVENTS else "" for name in names]
    pair = pc.add(pc.multiply(events.indices, len(levels)), severities.indices)
    return {
        "event": compact(events),
        "priority": pa.array(priorities, pa.string()).take(pair),
        "category": pa.array(groups, pa.string()).take(events.indices),
    }


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


def _plain(column: Any) -> Any:
    return column.cast(pa.string())
