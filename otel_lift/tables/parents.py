"""What every record of a batch inherits from its resource and scope, as columns of the records."""

from typing import Any

import pyarrow as pa

from otel_lift import arrays
from otel_lift.batch import Batch, Level
from otel_lift.tables.columns import ColumnAddition, codes_of, interned, taken_map

__all__ = ["Parents", "lift_attributes"]

_STORED_ALWAYS = ("lift.subject", "lift.subject_key", "lift.validation", "lift.template", "lift.fingerprint")
_DENIED = "denied"
_REDACTION = ("lift.redaction.count", "lift.redaction.rules")


class Parents:
    """What n records have from their parents at a level: resources, scopes or metrics."""

    def __init__(self, batch: Batch, level: Level) -> None:
        index = batch.column(Level.RECORD, str(level)).to_numpy()
        self._table = batch.tables[level]
        self._attributes = batch.attributes(level)
        # only the parents that some record has, so that nothing of another comes along
        self._place, self._used = arrays.renumber(index, self._table.num_rows)

    def attributes(self) -> Any:
        """Answer the attributes as a `MAP` column of n."""
        attributes = self._attributes if self._used is None else self._attributes.take(self._used)
        return taken_map(attributes, self._place)

    def column(self, name: str) -> Any:
        """Answer a text column as `INTERNED` of n, null as empty text."""
        return self._spread(self._table.column(name))

    def attribute(self, key: str) -> Any:
        """Answer an attribute as `INTERNED` of n, empty where there is none."""
        return self._spread(self._attributes.get([key]))

    def _spread(self, values: Any) -> Any:
        if self._used is not None:
            values = values.take(pa.array(self._used))
        if len(values) == 1 and not values.null_count and not pa.types.is_dictionary(values.type):
            return interned(self._place, values)  # the records of most batches have one parent
        if pa.types.is_dictionary(values.type):
            values = values.cast(pa.string())
        encoded = (values.fill_null("") if values.null_count else values).dictionary_encode()
        return interned(codes_of(encoded).take(self._place), encoded.dictionary)


def lift_attributes(batch: Batch, level: Level) -> list[ColumnAddition]:
    """List what the gateway knows of the rows as attributes under its own names; `lift.person` never.

    Of consent only a denial is kept here: it says why a row is a skeleton. The typed decision stands in `lift_events`.
    """
    table = batch.tables[level]
    names = _STORED_ALWAYS + (_REDACTION if level is Level.RECORD else ())
    columns = ((name, table.column(name)) for name in names)
    additions = [ColumnAddition(name, _texts(column)) for name, column in columns if column.null_count < len(column)]
    consent = table.column("lift.consent")
    if consent.null_count < len(table):
        additions.append(ColumnAddition("lift.consent", _denials(consent)))
    return additions


def _texts(column: Any) -> Any:
    return column.cast(pa.string()) if pa.types.is_integer(column.type) else column


def _denials(consent: Any) -> Any:
    decisions = [decision if decision == _DENIED else None for decision in consent.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(consent.indices, pa.array(decisions, pa.string()))
