# cython: language_level=3
"""Attributes: a key, and a value with its type and text as `otel_lift.kernel.values` has them.

The usual attribute, a key and one scalar, is read at once. All others are checked as a whole first and then written
from bytes that are known to be well formed.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t

from otel_lift.kernel.native.any_value cimport ARRAY, BOOL, Choice, DOUBLE, INT, KVLIST, read_pair, STRING, write_scalar
from otel_lift.kernel.native.any_value cimport write_value
from otel_lift.kernel.native.dictionary cimport intern, is_word
from otel_lift.kernel.native.memory cimport MALFORMED, NOT_UTF8, OK, reserve, Status, TOO_DEEP
from otel_lift.kernel.native.messages cimport ANY_VALUE, ARRAY_VALUE, KEY_VALUE, KEY_VALUE_LIST
from otel_lift.kernel.native.pieces cimport height, pop_to
from otel_lift.kernel.native.rows cimport add_entry_capacity, copy_ascii, RECENT
from otel_lift.kernel.native.wire cimport (
    BYTES,
    fail,
    is_long_utf8,
    is_utf8,
    MAX_DEPTH,
    read_bytes,
    read_fixed64,
    read_size,
    read_tag,
    read_varint,
    skip,
)

cdef enum:
    NOTHING = 0  # what a field holds besides messages
    TEXT = -1


cdef const uint8_t* read_attribute(
    Reader* r, Rows* rows, const uint8_t* p, const uint8_t* end, int place, int depth
) noexcept nogil:
    """Add the `KeyValue` at `depth` to the row that is being written, of which it is the attribute number `place`."""
    cdef Text key
    cdef Choice value
    cdef int32_t code
    cdef Status status
    if rows.entries == rows.entry_capacity:
        status = add_entry_capacity(rows)
        if status != OK:
            return fail(r, status, p)
    if not read_simple(r, p, end, &key, &value):
        return read_other(r, rows, p, end, depth)
    code = rows.recent[place & (RECENT - 1)]
    if not is_word(&rows.words[0], code, key.start, key.size):
        code = intern(r, &rows.words[0], key.start, key.size, True)
        if code < 0:
            return NULL
        rows.recent[place & (RECENT - 1)] = code
    if value.type == STRING:
        status = reserve(&rows.values, value.text.size, r.limit)
        if status != OK:
            return fail(r, status, p)
        if not copy_ascii(rows.values.data + rows.values.size, value.text.start, value.text.size, r.stop):
            if not is_long_utf8(value.text.start, value.text.size):
                return fail(r, NOT_UTF8, value.text.start)
        rows.values.size += value.text.size
    elif not write_scalar(r, &rows.values, &value, False):
        return NULL
    add_entry(rows, code, value.type)
    return end


cdef inline void add_entry(Rows* rows, int32_t code, int type) noexcept nogil:
    rows.keys[rows.entries] = code
    rows.types[rows.entries] = <uint8_t> type
    rows.entries += 1
    rows.ends[rows.entries] = <int32_t> rows.values.size


cdef inline bint read_simple(
    Reader* r, const uint8_t* p, const uint8_t* end, Text* key, Choice* value
) noexcept nogil:
    """Read a `KeyValue` of a key and one scalar, in this order, or tell that it is none (or is no message)."""
    cdef const uint8_t* stop
    if end - p < 4 or p[0] != 0x0A:
        return False
    p = read_bytes(r, p + 1, end, key)
    if p == NULL or end - p < 3 or p[0] != 0x12:
        return False
    p = read_size(r, p + 1, end, &stop)
    if p == NULL or stop != end or end - p < 2:
        return False
    if p[0] == 0x0A:
        value.type = STRING
        return read_bytes(r, p + 1, end, &value.text) == end
    if p[0] == 0x18:
        value.type = INT
        return read_varint(r, p + 1, end, &value.bits) == end
    if p[0] == 0x10:
        value.type = BOOL
        return read_varint(r, p + 1, end, &value.bits) == end
    if p[0] == 0x21:
        value.type = DOUBLE
        return read_fixed64(r, p + 1, end, &value.bits) == end
    return False


cdef const uint8_t* read_other(Reader* r, Rows* rows, const uint8_t* p, const uint8_t* end, int depth) noexcept nogil:
    """Add any `KeyValue`."""
    cdef int64_t base = height(r)
    cdef Text key
    cdef int32_t code
    cdef int type
    if not check(r, KEY_VALUE, p, end, depth) or not read_pair(r, p, end, &key):
        return NULL
    code = intern(r, &rows.words[0], key.start, key.size, False)
    if code < 0:
        return NULL
    type = write_value(r, &rows.values, base, height(r) - base)
    if type < 0:
        return NULL
    pop_to(r, base)
    add_entry(rows, code, type)
    return end


cdef bint check_value(Reader* r, Text value, int depth) noexcept nogil:
    """Tell whether an `AnyValue` at `depth` is well formed, all that is in it included."""
    return check(r, ANY_VALUE, value.start, value.start + value.size, depth)


cdef int inside(int message, uint32_t number) noexcept nogil:
    """Answer what stands in a field of a message: another message, text, or nothing to look into."""
    if message == ANY_VALUE:
        if number == ARRAY:
            return ARRAY_VALUE
        if number == KVLIST:
            return KEY_VALUE_LIST
        return TEXT if number == STRING else NOTHING
    if number == 1:
        return ANY_VALUE if message == ARRAY_VALUE else KEY_VALUE if message == KEY_VALUE_LIST else TEXT
    return ANY_VALUE if message == KEY_VALUE and number == 2 else NOTHING


cdef bint check(Reader* r, int message, const uint8_t* p, const uint8_t* end, int depth) noexcept nogil:
    """Tell whether a message is well formed.

    Fields of a wrong wire type are not refused here: what another member of a oneof replaces later never counts.
    """
    cdef uint32_t tag
    cdef const uint8_t* stop
    cdef int content
    if depth > MAX_DEPTH:
        fail(r, TOO_DEEP, p)
        return False
    while p < end:
        p = read_tag(r, p, end, &tag)
        if p == NULL:
            return False
        if tag >> 3 == 0:
            fail(r, MALFORMED, p)
            return False
        if tag & 7 != BYTES:
            p = skip(r, tag, p, end, depth)
            if p == NULL:
                return False
            continue
        p = read_size(r, p, end, &stop)
        if p == NULL:
            return False
        content = inside(message, tag >> 3)
        if content == TEXT:
            if not is_utf8(p, stop - p):
                fail(r, NOT_UTF8, p)
                return False
        elif content != NOTHING and not check(r, content, p, stop, depth + 1):
            return False
        p = stop
    return True
