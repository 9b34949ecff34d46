# cython: language_level=3
"""Arrow tables from rows, whose memory they take over."""

from libc.string cimport memset

import numpy as np
import pyarrow as pa

from otel_lift.batch.schema import ATTRIBUTES, INTERNED
from otel_lift.kernel.native.memory cimport Memory
from otel_lift.kernel.native.rows cimport Column, free_rows

cdef enum:
    FIXED
    TEXT
    WORD
    LIST
    TRUTH
    ATTRIBUTE
    MADE
    NULL_COLUMN

cdef enum:
    MOST_NULLS_KEPT = 1 << 17  # rows

_NOTHING = pa.py_buffer(b"")
_STRING = pa.string()
_UINT8 = pa.uint8()
_ENTRY = ATTRIBUTES.value_type


cdef class Layout:
    """How the rows of a schema are held: its columns in their order, but `attributes`, `lift.*` (null) and `made` ones.

    Columns in `nullable` hold ids that may be absent. Behind all stand `further` columns of 4 bytes, which only the
    reader needs.
    """

    def __init__(self, schema, nullable=(), made=(), int further=0):
        self.schema = schema
        self.empty = pa.RecordBatch.from_pylist([], schema=schema)
        self.plan = [(_kind(field, made), field.name, field.type, field.name in nullable) for field in schema]
        self.nulls = [None] * len(schema)
        self.further = further

    cdef object null_column(self, int place, object type, int64_t count):
        """Answer a column of nulls: a part of a long one that is kept, as they are all the same."""
        column = self.nulls[place]
        if column is None or len(column) < count:
            if count > MOST_NULLS_KEPT:
                return pa.nulls(count, type)
            column = self.nulls[place] = pa.nulls(1 << max(10, (count - 1).bit_length()), type)
        return column.slice(0, count)


def _kind(field, made):
    if field.name == "attributes":
        return ATTRIBUTE
    if field.name.startswith("lift."):
        return NULL_COLUMN
    if field.name in made:
        return MADE
    if pa.types.is_dictionary(field.type):
        return WORD
    if pa.types.is_list(field.type):
        return LIST
    if pa.types.is_boolean(field.type):
        return TRUTH
    return TEXT if pa.types.is_string(field.type) else FIXED


def _item(kind, type):
    """Answer the bytes of an item of a column's lists: numbers of 8 bytes, one or several together."""
    if kind == LIST:
        return 8 * max(1, type.value_type.num_fields)
    return 1 if kind == TEXT else 0


cdef class Table:
    """The rows of one table, while they are read, and as the table that they become."""

    def __cinit__(self, Layout layout, int64_t expected=0):
        cdef Column* column
        memset(&self.rows, 0, sizeof(Rows))
        self.layout = layout
        self.rows.expected = expected
        for kind, _, type, nullable in layout.plan:
            if kind <= TRUTH:
                column = &self.rows.column[self.rows.columns]
                column.item = _item(kind, type)
                column.width = type.bit_width // 8 if kind == FIXED else 1 if kind == TRUTH else 4
                column.nullable = nullable
                self.rows.columns += 1
        for _ in range(layout.further):
            self.rows.column[self.rows.columns].width = 4
            self.rows.columns += 1

    def __dealloc__(self):
        free_rows(&self.rows)

    cdef object build(self, dict made):
        """Answer the table, whose columns `made` are given; it can be built once."""
        cdef Rows* rows = &self.rows
        cdef Column* column = rows.column
        cdef int words = 1
        cdef int place
        if rows.count == 0:
            return self.layout.empty
        columns = []
        for place, (kind, name, type, nullable) in enumerate(self.layout.plan):
            if kind == NULL_COLUMN:
                columns.append(self.layout.null_column(place, type, rows.count))
                continue
            if kind == ATTRIBUTE:
                columns.append(take_attributes(rows))
                continue
            if kind == MADE:
                columns.append(made[name])
                continue
            if kind == TEXT:
                columns.append(take_texts(rows.count, <int32_t**> &column.data, &column.items))
            elif kind == LIST:
                columns.append(take_lists(type, rows.count, column))
            elif kind == TRUTH:
                columns.append(pack_truths(rows.count, column.data))
            elif kind == WORD:
                columns.append(take_words(rows.count, &column.data, &rows.words[words]))
                words += 1
            else:
                valid = take(&column.valid, (rows.count + 7) // 8) if nullable else None
                data = take(&column.data, rows.count * column.width)
                columns.append(pa.Array.from_buffers(type, rows.count, [valid, data]))
            column += 1
        return pa.RecordBatch.from_arrays(columns, schema=self.layout.schema)


cdef object take(uint8_t** data, int64_t size):
    """Answer a buffer that owns memory, and forget the memory."""
    cdef Memory memory
    if data[0] == NULL:
        return _NOTHING
    memory = Memory.take(data[0], size)
    data[0] = NULL
    return pa.py_buffer(memory)


cdef object take_texts(int64_t count, int32_t** ends, Vec* text):
    """Answer a string array of texts that end where `ends` tells, its first entry before the first of them."""
    if ends[0] == NULL:
        return pa.array([], _STRING)
    return pa.Array.from_buffers(
        _STRING, count, [None, take(<uint8_t**> ends, 4 * (count + 1)), take(&text.data, text.size)], 0
    )


cdef object take_words(int64_t count, uint8_t** codes, Dictionary* words):
    """Answer an interned column."""
    dictionary = take_texts(words.count, <int32_t**> &words.ends.data, &words.text)
    return pa.DictionaryArray.from_buffers(INTERNED, count, [None, take(codes, 4 * count)], dictionary, 0)


cdef object take_attributes(Rows* rows):
    """Answer the column of attributes."""
    count = rows.entries
    entries = [
        take_words(count, <uint8_t**> &rows.keys, &rows.words[0]),
        pa.Array.from_buffers(_UINT8, count, [None, take(&rows.types, count)], 0),
        take_texts(count, &rows.ends, &rows.values),
    ]
    entry = pa.StructArray.from_buffers(_ENTRY, count, [None], 0, children=entries)
    offsets = take(<uint8_t**> &rows.owned, 4 * (rows.count + 1))
    return pa.ListArray.from_buffers(ATTRIBUTES, rows.count, [None, offsets], 0, children=[entry])


cdef object take_lists(type, int64_t count, Column* column):
    """Answer a column of lists of numbers, or of records of several numbers each."""
    cdef int64_t items = column.items.size // column.item
    if not type.value_type.num_fields:
        numbers = pa.Array.from_buffers(type.value_type, items, [None, take(&column.items.data, column.items.size)], 0)
    else:
        width = type.value_type.num_fields
        records = np.frombuffer(take(&column.items.data, column.items.size), np.float64).reshape(-1, width)
        fields = [pa.array(np.ascontiguousarray(records[:, field])) for field in range(width)]
        numbers = pa.StructArray.from_arrays(fields, fields=list(type.value_type))
    return pa.ListArray.from_buffers(type, count, [None, take(&column.data, 4 * (count + 1))], 0, children=[numbers])


cdef object pack_truths(int64_t count, const uint8_t* data):
    """Answer a column of truths, which Arrow holds in bits."""
    return pa.array(np.asarray(<const uint8_t[:count]> data).view(np.bool_))
