"""What every record of a batch inherits from its resource and scope, as columns of the records."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.batch import Batch, Level
from otel_lift.tables.columns import Addition, sorted_map

__all__ = ["Parents", "lift_attributes"]

_STORED_ALWAYS = ("lift.subject", "lift.subject_key", "lift.validation", "lift.template", "lift.fingerprint")
_REDACTION = ("lift.redaction.count", "lift.redaction.rules")


class Parents:
    """What n records have from their parents at a level: resources, scopes or metrics."""

    def __init__(self, batch: Batch, level: Level) -> None:
        index = batch.column(Level.RECORD, str(level)).to_numpy()
        self._table = batch.tables[level]
        self._attributes = batch.attributes(level)
        used = np.zeros(self._table.num_rows, np.bool_)
        used[index] = True
        # only the parents that some record has, so that nothing of another comes along
        self._used = pa.array(np.flatnonzero(used))
        self._place = pa.array((np.cumsum(used) - 1).take(index))

    def attributes(self) -> Any:
        """Answer the attributes as a `MAP` column of n."""
        return sorted_map(self._attributes.take(self._used)).take(self._place)

    def column(self, name: str) -> Any:
        """Answer a text column as `INTERNED` of n, null as empty text."""
        return self._spread(self._table.column(name).cast(pa.string()))

    def attribute(self, key: str) -> Any:
        """Answer an attribute as `INTERNED` of n, empty where there is none."""
        return self._spread(self._attributes.get([key]))

    def _spread(self, values: Any) -> Any:
        encoded = values.take(self._used).fill_null("").dictionary_encode()
        return pa.DictionaryArray.from_arrays(encoded.indices.take(self._place), encoded.dictionary)


def lift_attributes(batch: Batch, level: Level) -> list[Addition]:
    """List what the gateway knows of the rows as attributes under its own names; `lift.person` never.

    Of consent only a denial is kept here: it says why a row is a skeleton. The typed decision stands in `lift_events`.
    """
    table = batch.tables[level]
    names = _STORED_ALWAYS + (_REDACTION if level is Level.RECORD else ())
    additions = [_addition(name, table.column(name)) for name in names if table.column(name).null_count < len(table)]
    consent = table.column("lift.consent")
    if consent.null_count < len(table):
        additions.append(_denials(consent))
    return additions


def _denials(consent: Any) -> Addition:
    denied = pc.equal(consent.dictionary, "denied").take(consent.indices).fill_null(False)
    rows = np.flatnonzero(denied.to_numpy(zero_copy_only=False))
    return Addition("lift.consent", rows.astype(np.int32), pa.repeat("denied", len(rows)))


def _addition(name: str, column: Any) -> Addition:
    rows = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
    if pa.types.is_dictionary(column.type):
        texts = column.dictionary.take(column.indices.take(pa.array(rows)))
    else:
        texts = column.take(pa.array(rows)).cast(pa.string())
    return Addition(name, rows.astype(np.int32), texts)
