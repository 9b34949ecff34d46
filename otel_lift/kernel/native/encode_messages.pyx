# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Rows of columns to OTLP messages, from the last field to the first, so that bytes stand in the order of protobuf's."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from otel_lift.kernel.native.write_bytes cimport (
    Writer,
    close_message,
    put_raw,
    put_text,
    put_varint,
    reserve,
    written,
)
from otel_lift.kernel.native.write_columns cimport (
    Column,
    Text,
    int32_at,
    interned_at,
    is_null,
    range_at,
    text_at,
    uint32_at,
    uint64_at,
)
from otel_lift.kernel.native.write_values cimport put_value

cdef enum:
    # the tags of `KeyValue`
    _TAG_KEY = 1 << 3 | 2
    _TAG_VALUE = 2 << 3 | 2


cdef int write_message(Writer* out, uint32_t tag, Message* message, int64_t row) except -1 nogil:
    """Write a row as a message, with its length and its tag, even where it is empty."""
    cdef size_t before = written(out)
    write_fields(out, message, row)
    return close_message(out, tag, before)


cdef int write_fields(Writer* out, Message* message, int64_t row) except -1 nogil:
    """Write the content of a message."""
    cdef int index
    for index in range(message.count - 1, -1, -1):
        _write_field(out, &message.fields[index], row)
    return 0


cdef int _write_field(Writer* out, Field* field, int64_t row) except -1 nogil:
    cdef const Column* column = &field.columns[0]
    cdef Text text
    cdef size_t before
    if field.kind == TEXT:
        text_at(column, row, &text)
        return put_text(out, field.tag, text.content, text.size) if text.size else 0
    if field.kind == INTERNED:
        interned_at(column, &field.columns[1], row, &text)
        return put_text(out, field.tag, text.content, text.size) if text.size else 0
    if field.kind == ATTRIBUTES:
        return _write_attributes(out, field, row)
    if field.kind == CHILDREN:
        return _write_children(out, field, row)
    if field.kind == MESSAGE:
        before = written(out)
        write_fields(out, field.message, row)
        return close_message(out, field.tag, before) if written(out) > before else 0
    if field.kind == TEXTS or field.kind == PACKED_VARINTS or field.kind == PACKED64 or field.kind == ENTRIES:
        return _write_list(out, field, row)
    if is_null(column, row):
        return 0
    if field.kind == ID:
        return put_text(out, field.tag, column.data + field.width * (column.start + row), field.width)
    if field.kind == VALUE:
        before = written(out)
        text_at(&field.columns[1], row, &text)
        put_value(out, column.data[column.start + row], &text)
        return close_message(out, field.tag, before) if written(out) > before else 0
    return _write_number(out, field, row)


cdef int _write_number(Writer* out, const Field* field, int64_t row) except -1 nogil:
    cdef const Column* column = &field.columns[0]
    cdef uint64_t number
    cdef uint32_t half
    reserve(out, 20)
    if field.kind == FIXED64 or field.kind == OPTIONAL64:
        number = uint64_at(column, row)
        if number or field.kind == OPTIONAL64:
            put_raw(out, &number, 8)
            put_varint(out, field.tag)
        return 0
    if field.kind == BOOL:
        number = column.data[(column.start + row) >> 3] >> ((column.start + row) & 7) & 1
    elif field.kind == INT32:
        # a negative one is written as 64 bits
        number = <uint64_t><int64_t>int32_at(column, row)
    else:
        number = half = uint32_at(column, row)
        if field.kind == SINT32:
            number = (half << 1) ^ (0 - (half >> 31))
    if not number:
        return 0
    if field.kind == FIXED32:
        half = <uint32_t>number
        put_raw(out, &half, 4)
    else:
        put_varint(out, number)
    put_varint(out, field.tag)
    return 0


cdef int _write_list(Writer* out, const Field* field, int64_t row) except -1 nogil:
    cdef const Column* entries = &field.columns[1]
    cdef Text text
    cdef int64_t first, stop, entry
    cdef size_t before = written(out)
    cdef uint64_t number
    if is_null(&field.columns[0], row):
        return 0
    range_at(&field.columns[0], row, &first, &stop)
    for entry in range(stop - 1, first - 1, -1):
        if field.kind == ENTRIES:
            write_message(out, field.tag, field.message, entry)
        elif field.kind == TEXTS:
            text_at(entries, entry, &text)
            put_text(out, field.tag, text.content, text.size)
        else:
            reserve(out, 10)
            number = uint64_at(entries, entry)
            if field.kind == PACKED64:
                put_raw(out, &number, 8)
            else:
                put_varint(out, number)
    if written(out) > before and (field.kind == PACKED64 or field.kind == PACKED_VARINTS):
        close_message(out, field.tag, before)
    return 0


cdef int _write_attributes(Writer* out, const Field* field, int64_t row) except -1 nogil:
    cdef const Column* types = &field.columns[3]
    cdef const Column* values = &field.columns[4]
    cdef Text key, value
    cdef int64_t first, stop, entry
    cdef size_t before, inner
    range_at(&field.columns[0], row, &first, &stop)
    for entry in range(stop - 1, first - 1, -1):
        before = inner = written(out)
        text_at(values, entry, &value)
        put_value(out, types.data[types.start + entry], &value)
        if written(out) > inner:
            close_message(out, _TAG_VALUE, inner)
        interned_at(&field.columns[1], &field.columns[2], entry, &key)
        if key.size:
            put_text(out, _TAG_KEY, key.content, key.size)
        close_message(out, field.tag, before)
    return 0


cdef int _write_children(Writer* out, Field* field, int64_t row) except -1 nogil:
    """Write the last of the children that are left, as far as they are the row's."""
    cdef const Column* parents = &field.columns[0]
    while field.left and int32_at(parents, field.left - 1) >= row:
        field.left -= 1
        if int32_at(parents, field.left) == row:
            write_message(out, field.tag, field.message, field.left)
    return 0
