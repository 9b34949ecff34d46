"""The `anonymise` processor: what remains of a record that may not be about anybody."""

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.arrays import codes_or_less, valid
from otel_lift.batch import Attributes, Batch, Level, Signal, ValueType
from otel_lift.pipeline import Services
from otel_lift.semconv import PUBLIC_ATTRIBUTES
from otel_lift_anonymise.config import AnonymiseConfig

__all__ = ["AnonymiseProcessor"]

_Mask = npt.NDArray[np.bool_]

# consent writes such keys where an essential event may keep a pseudonym for a day
_DAY_PREFIX = "day:"

_PARENTS = (Level.RESOURCE, Level.SCOPE, Level.METRIC)
_ABOVE = {Level.SCOPE: Level.RESOURCE, Level.METRIC: Level.SCOPE}
_STRING, _EMPTY = np.uint8(ValueType.STRING), np.uint8(ValueType.EMPTY)


class AnonymiseProcessor:
    """Strips the records that are marked in `lift.anonymise`, and the span events that are.

    Attributes of class ``public`` stay. Of a span stay its ids, times, name, kind and status code, of a log record its
    ids, times, severity, event name and, as its body, the template of its message. Links, trace state, status message
    and ordinary span events go; span events that are Lift events stay, stripped. Their resource and scope become copies
    with public attributes only, since the originals are shared with records that are not marked. Of a data point stay
    its times and all that it counts, of its metric the name, unit and kind; marked exemplars go, and those of marked
    data points, each being what was measured of one person.
    """

    def __init__(self, config: AnonymiseConfig, services: Services) -> None:
        """Keep the configuration."""
        self._public = tuple(PUBLIC_ATTRIBUTES | {key for key in config.public if "*" not in key})
        self._all_public = np.ones(len(self._public), np.uint8)
        patterns = (".*".join(map(re.escape, key.split("*"))) for key in config.public if "*" in key)
        self._pattern = rf"(?s)\A(?:{'|'.join(patterns)})\z" if any("*" in key for key in config.public) else None
        self._meter = services.meter

    def start(self) -> None:
        """Need nothing."""

    def stop(self) -> None:
        """Hold nothing."""

    def process(self, batch: Batch) -> Batch:
        """Answer the batch with its marked rows stripped."""
        marked = _marks(batch, Level.RECORD)
        if batch.rows(Level.EVENT):
            batch = self._span_events(batch, marked)
        if batch.rows(Level.EXEMPLAR):
            gone = _marks(batch, Level.EXEMPLAR) | marked[batch.parents(Level.EXEMPLAR)]
            batch = batch.filter_level(Level.EXEMPLAR, ~gone)
        if not marked.any():
            return batch
        self._meter.count("anonymise_records", int(marked.sum()))
        if batch.rows(Level.LINK):
            batch = batch.filter_level(Level.LINK, ~marked[batch.parents(Level.LINK)])
        columns = self._stripped(batch, Level.RECORD, marked)
        if batch.signal is Signal.TRACES:
            columns |= _span_text(batch, marked)
        elif batch.signal is Signal.LOGS:
            columns |= _log_text(batch, marked)
        bare = self._bare_parents(batch)
        if not marked.all():
            columns |= {
                str(level): _moved(batch.column(Level.RECORD, str(level)), marked, batch.rows(level)) for level in bare
            }
            bare = {level: _followed(batch, level, bare[level]) for level in bare}
        batch = batch.with_columns(Level.RECORD, columns)
        return batch.with_tables(bare) if bare else batch

    def _span_events(self, batch: Batch, marked_spans: _Mask) -> Batch:
        own = _marks(batch, Level.EVENT)
        in_marked = marked_spans[batch.parents(Level.EVENT)]
        if not (own.any() or in_marked.any()):
            return batch
        ordinary = ~valid(batch.column(Level.EVENT, "lift.event"))
        batch = batch.with_columns(Level.EVENT, self._stripped(batch, Level.EVENT, own | in_marked))
        return batch.filter_level(Level.EVENT, ~(in_marked & ordinary))

    def _stripped(self, batch: Batch, level: Level, marked: _Mask) -> dict[str, Any]:
        attributes = batch.attributes(level)
        nameless = marked & ~_day_lived(batch.column(level, "lift.subject_key"))
        return {
            "attributes": attributes.strip(marked, self._public_keys(attributes)),
            "lift.subject": _nulled(batch.column(level, "lift.subject"), nameless),
            "lift.subject_key": _nulled(batch.column(level, "lift.subject_key"), nameless),
            "lift.person": _nulled(batch.column(level, "lift.person"), marked),
        }

    def _public_keys(self, attributes: Attributes) -> _Mask:
        """Say of each distinct key whether it is public."""
        marks = attributes.by_key(self._public, self._all_public)
        public = np.zeros(len(attributes.keys), np.bool_) if marks is None else marks.view(np.bool_)
        if self._pattern:
            public |= pc.match_substring_regex(attributes.keys, self._pattern).to_numpy(zero_copy_only=False)
        return public

    def _bare_parents(self, batch: Batch) -> dict[Level, Any]:
        """Answer the tables of resources, scopes and metrics with public attributes only.

        Nothing if there is no other attribute, since marked records can stay where they are then.
        """
        levels = [level for level in _PARENTS if level in batch.tables]
        public = {level: self._public_only(batch, level) for level in levels}
        if Level.METRIC not in batch.tables and not any(public.values()):
            return {}
        for level in levels:
            rows = batch.rows(level)
            if level is Level.RESOURCE:
                public[level]["entity_refs"] = pa.nulls(rows, batch.column(level, "entity_refs").type)
            if level is Level.METRIC:
                public[level]["description"] = pa.repeat("", rows)
        return {level: batch.with_columns(level, public[level]).tables[level] for level in levels}

    def _public_only(self, batch: Batch, level: Level) -> dict[str, Any]:
        """Answer the public attributes as a column, nothing where there are no others."""
        attributes = batch.attributes(level)
        public = attributes.strip(np.ones(len(attributes), np.bool_), self._public_keys(attributes))
        return {} if public is attributes else {"attributes": public}


def _marks(batch: Batch, level: Level) -> _Mask:
    column = batch.column(level, "lift.anonymise")
    if column.null_count == len(column):
        return np.zeros(len(column), np.bool_)
    marks: _Mask = (column.fill_null(False) if column.null_count else column).to_numpy(zero_copy_only=False)
    return marks


def _nulled(column: Any, marked: _Mask) -> Any:
    if column.null_count == len(column):
        return column
    if marked.all():
        return pa.nulls(len(column), column.type)
    mask = pa.array(marked)
    if pa.types.is_dictionary(column.type):
        indices = pc.if_else(mask, pa.scalar(None, pa.int32()), column.indices)
        return pa.DictionaryArray.from_arrays(indices, column.dictionary)
    return pc.if_else(mask, pa.scalar(None, column.type), column)


def _day_lived(subject_keys: Any) -> _Mask:
    """Say of each row whether its subject is a pseudonym that lives for a day."""
    by_key = np.array([*(key.startswith(_DAY_PREFIX) for key in subject_keys.dictionary.to_pylist()), False])
    if not by_key.any():
        return np.zeros(len(subject_keys), np.bool_)
    lived: _Mask = by_key[codes_or_less(subject_keys.indices)]  # -1 is the last of the table
    return lived


def _span_text(batch: Batch, marked: _Mask) -> dict[str, Any]:
    empty = pa.repeat("", len(marked))
    return {
        name: _chosen(marked, empty, batch.column(Level.RECORD, name)) for name in ("trace_state", "status_message")
    }


def _log_text(batch: Batch, marked: _Mask) -> dict[str, Any]:
    template = batch.column(Level.RECORD, "lift.template")
    kind = np.where(valid(template), _STRING, _EMPTY)
    return {
        "body": _chosen(marked, pc.fill_null(template, ""), batch.column(Level.RECORD, "body")),
        "body_type": _chosen(marked, pa.array(kind), batch.column(Level.RECORD, "body_type")),
    }


def _chosen(marked: _Mask, here: Any, elsewhere: Any) -> Any:
    """Take from `here` where a row is marked: they mostly all are."""
    return here if marked.all() else pc.if_else(pa.array(marked), here, elsewhere)


def _moved(rows: Any, marked: _Mask, by: int) -> Any:
    """Point marked records at the copies, which follow the `by` originals."""
    return pc.add(rows, pa.array(marked.astype(np.int32) * np.int32(by)))


def _followed(batch: Batch, level: Level, copies: Any) -> Any:
    """Append to a level's table its copies, which refer to copies on the level above."""
    above = _ABOVE.get(level)
    if above is not None:
        place = copies.schema.get_field_index(above)
        moved = pc.add(copies.column(place), pa.scalar(batch.rows(above), pa.int32()))
        copies = copies.set_column(place, copies.schema.field(place), moved)
    arrays = [pa.concat_arrays(pair) for pair in zip(batch.tables[level].columns, copies.columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=copies.schema)
