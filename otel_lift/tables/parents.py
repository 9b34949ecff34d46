"""What every record of a batch inherits from its resource and scope, as columns of the records."""

from functools import partial
from itertools import repeat
from typing import Any

import numpy as np
import pyarrow as pa

from otel_lift import arrays
from otel_lift.batch import Batch, Level
from otel_lift.tables.columns import CodedAddition, ColumnAddition, codes_of, interned, repeated_map, taken_map

__all__ = ["Parents", "lift_attributes"]

_STORED_ALWAYS = ("lift.subject", "lift.subject_key", "lift.validation", "lift.template", "lift.fingerprint")
_CONSENT = "lift.consent"
_CODES = {"denied": 0, "granted_by_record": 1}
_DECISIONS = pa.array(list(_CODES))
_EMPTY = pa.array([""])
_COUNT = "lift.redaction.count"
_REDACTION = (_COUNT, "lift.redaction.rules")
_NUMBERS = pa.array(list(map(str, range(256))))  # more values are not changed in most records


class Parents:
    """What n records have from their parents at a level: resources, scopes or metrics."""

    def __init__(self, batch: Batch, level: Level) -> None:
        index = batch.column(Level.RECORD, str(level)).to_numpy()
        self._column = partial(batch.column, level)
        self._attributes = batch.attributes(level)
        # only the parents that some record has, so that nothing of another comes along
        self._place, self._used = arrays.renumber(index, batch.rows(level))
        self._is_one = len(self._attributes if self._used is None else self._used) == 1

    def attributes(self) -> Any:
        """Answer the attributes as a `MAP` column of n."""
        attributes = self._attributes if self._used is None else self._attributes.take(self._used)
        # the records of most batches have one parent
        return repeated_map(attributes, len(self._place)) if self._is_one else taken_map(attributes, self._place)

    def column(self, name: str) -> Any:
        """Answer a text column as `INTERNED` of n, null as empty text."""
        return self._spread(self._column(name))

    def attribute(self, key: str) -> Any:
        """Answer an attribute as `INTERNED` of n, empty where there is none."""
        return self._spread(self._attributes.get([key]))

    def _spread(self, values: Any) -> Any:
        if self._used is not None:
            values = values.take(pa.array(self._used))
        if self._is_one and not pa.types.is_dictionary(values.type):
            return interned(self._place, _EMPTY if values.null_count else values)
        if pa.types.is_dictionary(values.type):
            values = values.cast(pa.string())
        encoded = (values.fill_null("") if values.null_count else values).dictionary_encode()
        return interned(codes_of(encoded).take(self._place), encoded.dictionary)


def lift_attributes(batch: Batch, level: Level) -> list[ColumnAddition | CodedAddition]:
    """List what the gateway knows of the rows as attributes under its own names; `lift.person` never.

    Of consent a denial is kept here, since it says why a row is a skeleton, and that a record's own grant was what
    counted, since that spares the row at an earlier withdrawal. The typed decision stands in `lift_events`.
    """
    rows = batch.rows(level)
    names = _STORED_ALWAYS + (_REDACTION if level is Level.RECORD else ())
    columns = ((name, batch.column(level, name)) for name in names)
    additions = [_addition(name, column) for name, column in columns if column.null_count < rows]
    decision = _decision(batch.column(level, _CONSENT))
    return additions if decision is None else [*additions, decision]


def _addition(name: str, column: Any) -> ColumnAddition | CodedAddition:
    if name != _COUNT:
        return ColumnAddition(name, column)
    counts = arrays.codes_or_less(column)
    if counts.max() < len(_NUMBERS):
        return CodedAddition(name, counts, _NUMBERS)
    return ColumnAddition(name, column.cast(pa.string()))


def _decision(consent: Any) -> CodedAddition | None:
    """Answer the addition to the rows whose decision is kept, None if there is none."""
    if consent.null_count == len(consent):
        return None
    decisions = consent.dictionary.to_pylist()
    codes = np.array([*map(_CODES.get, decisions, repeat(-1)), -1], np.int32)
    if (codes < 0).all():
        return None
    rows = codes[arrays.codes_or_less(consent.indices)]  # -1 is the last of the table
    return CodedAddition(_CONSENT, rows, _DECISIONS) if (rows >= 0).any() else None
