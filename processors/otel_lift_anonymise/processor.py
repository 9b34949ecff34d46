"""The `anonymise` processor: what remains of a record that may not be about anybody."""

from dataclasses import replace
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.batch import Attributes, Batch, Level, Signal, ValueType
from otel_lift.pipeline import Services
from otel_lift.semconv import PUBLIC_ATTRIBUTES
from otel_lift_anonymise.config import AnonymiseConfig

__all__ = ["AnonymiseProcessor"]

_Mask = npt.NDArray[np.bool_]

# consent writes such keys where an essential event may keep a pseudonym for a day
_DAY_PREFIX = "day:"


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
        self._public = PUBLIC_ATTRIBUTES | {key for key in config.public if "*" not in key}
        self._patterns = tuple(key for key in config.public if "*" in key)
        self._meter = services.meter

    def start(self) -> None:
        """Need nothing."""

    def stop(self) -> None:
        """Hold nothing."""

    def process(self, batch: Batch) -> Batch:
        """Answer the batch with its marked rows stripped."""
        marked = _marks(batch, Level.RECORD)
        if Level.EVENT in batch.tables:
            batch = self._span_events(batch, marked)
        if Level.EXEMPLAR in batch.tables:
            gone = _marks(batch, Level.EXEMPLAR) | marked[batch.parents(Level.EXEMPLAR)]
            batch = batch.filter_level(Level.EXEMPLAR, ~gone)
        if not marked.any():
            return batch
        self._meter.count("anonymise_records", int(marked.sum()))
        if Level.LINK in batch.tables:
            batch = batch.filter_level(Level.LINK, ~marked[batch.parents(Level.LINK)])
        columns = self._stripped(batch, Level.RECORD, marked)
        if batch.signal is Signal.TRACES:
            columns |= _span_text(batch, marked)
        elif batch.signal is Signal.LOGS:
            columns |= _log_text(batch, marked)
        bare = self._bare_parents(batch)
        if bare:
            columns |= {
                str(level): _moved(batch.column(Level.RECORD, str(level)), marked, batch.tables[level].num_rows)
                for level in bare
            }
        batch = batch.with_columns(Level.RECORD, columns)
        return replace(batch, tables=MappingProxyType({**batch.tables, **bare})) if bare else batch

    def _span_events(self, batch: Batch, marked_spans: _Mask) -> Batch:
        own = _marks(batch, Level.EVENT)
        in_marked = marked_spans[batch.parents(Level.EVENT)]
        if not (own.any() or in_marked.any()):
            return batch
        ordinary = batch.column(Level.EVENT, "lift.event").is_null().to_numpy(zero_copy_only=False)
        batch = batch.with_columns(Level.EVENT, self._stripped(batch, Level.EVENT, own | in_marked))
        return batch.filter_level(Level.EVENT, ~(in_marked & ordinary))

    def _stripped(self, batch: Batch, level: Level, marked: _Mask) -> dict[str, Any]:
        attributes = batch.attributes(level)
        keep = self._is_public(attributes) | ~marked[attributes.owners]
        nameless = pa.array(marked & ~_day_lived(batch.column(level, "lift.subject_key")))
        return {
            "attributes": attributes.filter(keep),
            "lift.subject": _nulled(batch.column(level, "lift.subject"), nameless),
            "lift.subject_key": _nulled(batch.column(level, "lift.subject_key"), nameless),
            "lift.person": _nulled(batch.column(level, "lift.person"), pa.array(marked)),
        }

    def _is_public(self, attributes: Attributes) -> _Mask:
        """Say of each entry whether its key is public."""
        by_key = np.array([self._key_is_public(key) for key in attributes.key_codes], np.bool_)
        return by_key[attributes.codes]

    def _key_is_public(self, key: str) -> bool:
        return key in self._public or any(fnmatchcase(key, pattern) for pattern in self._patterns)

    def _bare_parents(self, batch: Batch) -> dict[Level, Any]:
        """Answer the tables of resources, scopes and metrics, each followed by a copy with public attributes only.

        Nothing if there is no other attribute, since marked records can stay where they are then.
        """
        resources, scopes = batch.tables[Level.RESOURCE], batch.tables[Level.SCOPE]
        of_resources, of_scopes = batch.attributes(Level.RESOURCE), batch.attributes(Level.SCOPE)
        public_resources, public_scopes = self._is_public(of_resources), self._is_public(of_scopes)
        if public_resources.all() and public_scopes.all() and Level.METRIC not in batch.tables:
            return {}
        bare = {
            Level.RESOURCE: _followed(
                resources,
                attributes=of_resources.filter(public_resources).to_arrow(),
                entity_refs=pa.nulls(resources.num_rows, resources.schema.field("entity_refs").type),
            ),
            Level.SCOPE: _followed(
                scopes,
                attributes=of_scopes.filter(public_scopes).to_arrow(),
                resource=pc.add(scopes.column("resource"), pa.scalar(resources.num_rows, pa.int32())),
            ),
        }
        if Level.METRIC in batch.tables:
            metrics, attributes = batch.tables[Level.METRIC], batch.attributes(Level.METRIC)
            bare[Level.METRIC] = _followed(
                metrics,
                attributes=attributes.filter(self._is_public(attributes)).to_arrow(),
                description=pa.repeat("", metrics.num_rows),
                scope=pc.add(metrics.column("scope"), pa.scalar(scopes.num_rows, pa.int32())),
            )
        return bare


def _marks(batch: Batch, level: Level) -> _Mask:
    marks: _Mask = pc.fill_null(batch.column(level, "lift.anonymise"), False).to_numpy(zero_copy_only=False)
    return marks


def _nulled(column: Any, mask: Any) -> Any:
    if column.null_count == len(column):
        return column
    if pa.types.is_dictionary(column.type):
        indices = pc.if_else(mask, pa.scalar(None, pa.int32()), column.indices)
        return pa.DictionaryArray.from_arrays(indices, column.dictionary)
    return pc.if_else(mask, pa.scalar(None, column.type), column)


def _day_lived(subject_keys: Any) -> _Mask:
    """Say of each row whether its subject is a pseudonym that lives for a day."""
    by_key = np.array([*(key.startswith(_DAY_PREFIX) for key in subject_keys.dictionary.to_pylist()), False])
    rows = subject_keys.indices.fill_null(len(subject_keys.dictionary)).to_numpy(zero_copy_only=False)
    lived: _Mask = by_key[rows]
    return lived


def _span_text(batch: Batch, marked: _Mask) -> dict[str, Any]:
    mask = pa.array(marked)
    return {
        name: pc.if_else(mask, pa.scalar(""), batch.column(Level.RECORD, name))
        for name in ("trace_state", "status_message")
    }


def _log_text(batch: Batch, marked: _Mask) -> dict[str, Any]:
    mask = pa.array(marked)
    template = batch.column(Level.RECORD, "lift.template")
    kind = pc.if_else(
        pc.is_valid(template), pa.scalar(ValueType.STRING, pa.uint8()), pa.scalar(ValueType.EMPTY, pa.uint8())
    )
    return {
        "body": pc.if_else(mask, pc.fill_null(template, ""), batch.column(Level.RECORD, "body")),
        "body_type": pc.if_else(mask, kind, batch.column(Level.RECORD, "body_type")),
    }


def _moved(rows: Any, marked: _Mask, by: int) -> Any:
    """Point marked records at the copies, which follow the `by` originals."""
    return pc.add(rows, pa.array(marked.astype(np.int32) * np.int32(by)))


def _followed(table: Any, **columns: Any) -> Any:
    """Append to a table a copy of it in which `columns` are others."""
    arrays = [
        pa.concat_arrays([column, columns.get(name, column)])
        for name, column in zip(table.schema.names, table.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=table.schema)
