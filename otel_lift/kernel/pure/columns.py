"""Columns from messages, and messages from columns: what all signals and levels have in common."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from otel_lift.batch import Attributes, Batch, Level, ValueType, intern
from otel_lift.kernel.values import to_any, to_text

__all__ = ["AttributeColumn", "ChildWriter", "MessageWriter", "build_table", "fill_value"]

_STRING = int(ValueType.STRING)


class AttributeColumn:
    """Collects the attributes of one level, owner by owner."""

    def __init__(self) -> None:
        self._offsets = [0]
        self._keys: list[str] = []
        self._types = bytearray()
        self._values: list[str] = []

    def add(self, attributes: Iterable[KeyValue]) -> None:
        """Add the next owner's attributes."""
        keys, types, values = self._keys, self._types, self._values
        for entry in attributes:
            keys.append(entry.key)
            value = entry.value
            # the usual case first: in a oneof, a string that is not empty is the one that is set
            text = value.string_value
            if text:
                types.append(_STRING)
            else:
                value_type, text = to_text(value)
                types.append(value_type)
            values.append(text)
        self._offsets.append(len(values))

    def build(self) -> Any:
        """Answer the column, of type `ATTRIBUTES`."""
        keys = intern(pa.array(self._keys, pa.string()))
        return Attributes(
            offsets=np.array(self._offsets, np.int32),
            keys=keys.dictionary,
            codes=keys.indices.to_numpy(),
            types=np.frombuffer(bytes(self._types), np.uint8),
            values=pa.array(self._values, pa.string()),
        ).to_arrow()


def build_table(schema: Any, rows: Sequence[tuple[Any, ...]], attributes: AttributeColumn) -> Any:
    """Build a level's table. A row has the fields of the schema in order, but for `attributes` and `lift.*` (nulls)."""
    sent = [field.name for field in schema if field.name != "attributes" and not field.name.startswith("lift.")]
    columns = dict(zip(sent, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(sent, ())
    arrays = []
    for field in schema:
        if field.name == "attributes":
            arrays.append(attributes.build())
        elif field.name not in columns:
            arrays.append(pa.nulls(len(rows), field.type))
        elif pa.types.is_dictionary(field.type):
            arrays.append(intern(pa.array(columns[field.name], field.type.value_type)))
        else:
            arrays.append(pa.array(columns[field.name], field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def fill_value(value: Any, value_type: int, text: str) -> None:
    """Set an `AnyValue` to what a type and a text stand for."""
    if value_type == _STRING:
        value.string_value = text
    elif value_type != ValueType.EMPTY or text:
        value.CopyFrom(to_any(value_type, text))


class MessageWriter:
    """Writes rows of a table into messages of one type: fields by the name of their column, and attributes.

    `attributes` names the field of the attributes, where OTLP calls it otherwise.
    """

    def __init__(self, table: Any, message: type[Message], attributes: str = "attributes") -> None:
        self._plain, self._exact, self._repeated = [], [], []
        for name in table.schema.names:
            known = message.DESCRIPTOR.fields_by_name.get(name)
            if known is None or known.message_type is not None:
                continue
            column = (name, table.column(name).to_pylist())
            if known.is_repeated:
                self._repeated.append(column)
            # a zero says something where a field may be absent, and so does the sign of a double's
            elif known.has_presence or known.type == FieldDescriptor.TYPE_DOUBLE:
                self._exact.append(column)
            else:
                self._plain.append(column)
        self._field = attributes
        entries = Attributes.of(table.column("attributes"))
        self._offsets = entries.offsets.tolist()
        self._keys = entries.keys.take(pa.array(entries.codes)).to_pylist()
        self._types = entries.types.tolist()
        self._values = entries.values.to_pylist()

    def fill(self, message: Any, row: int) -> None:
        """Set the fields and attributes of a new message to those of a row."""
        for name, column in self._plain:
            if column[row]:
                setattr(message, name, column[row])
        for name, column in self._exact:
            if column[row] is not None:
                setattr(message, name, column[row])
        for name, column in self._repeated:
            getattr(message, name).extend(column[row])
        for entry in range(self._offsets[row], self._offsets[row + 1]):
            attribute = getattr(message, self._field).add(key=self._keys[entry])
            fill_value(attribute.value, self._types[entry], self._values[entry])


class ChildWriter:
    """Writes the rows of a child level into their records' messages."""

    def __init__(self, batch: Batch, level: Level, message: type[Message], attributes: str = "attributes") -> None:
        self._writer = MessageWriter(batch.tables[level], message, attributes)
        self._offsets = np.searchsorted(batch.parents(level), np.arange(len(batch) + 1)).tolist()

    def fill(self, target: Any, record: int) -> range:
        """Add a message to `target` for each child of a record, and answer their rows."""
        rows = range(self._offsets[record], self._offsets[record + 1])
        for row in rows:
            self._writer.fill(target.add(), row)
        return rows
