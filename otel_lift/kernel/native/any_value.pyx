# cython: language_level=3
"""Values: from the bytes of an `AnyValue` to its type and text, as `otel_lift.kernel.values` has them.

What is read here has been checked as a whole (see `attributes`), but for fields of a wrong wire type: these count only
in what is left when all pieces are merged.
"""

from libc.stdint cimport uint32_t
from libc.string cimport memcpy

from otel_lift.kernel.native.memory cimport OK, reserve, Status
from otel_lift.kernel.native.messages cimport ANY_VALUE, ARRAY_VALUE, KEY_VALUE, KEY_VALUE_LIST
from otel_lift.kernel.native.numbers cimport MAX_DIGITS, write_double, write_integer
from otel_lift.kernel.native.pieces cimport height, piece_at, pop_to, push
from otel_lift.kernel.native.texts cimport has_twice, write_base64, write_bytes, write_string
from otel_lift.kernel.native.wire cimport fail, read_bytes, read_fixed64, read_tag, read_varint, unknown


cdef bint read_pair(Reader* r, const uint8_t* p, const uint8_t* end, Text* key) noexcept nogil:
    """Read a checked `KeyValue`: its key, and the pieces of its value onto the stack."""
    cdef uint32_t tag
    cdef uint64_t ignored
    cdef Text piece
    key.start = p
    key.size = 0
    while p < end:
        p = read_tag(r, p, end, &tag)
        if p == NULL:
            return False
        if tag == 0x0A:
            p = read_bytes(r, p, end, key)
        elif tag == 0x12:
            p = read_bytes(r, p, end, &piece)
            if p != NULL and piece.size and not push(r, piece):
                return False
        elif tag == 0x18:  # key_strindex
            p = read_varint(r, p, end, &ignored)
        else:
            p = unknown(r, KEY_VALUE, 0b1110, tag, p, end, 0)
        if p == NULL:
            return False
    return True


cdef bint choose(Reader* r, int64_t first, int64_t count, Choice* choice) noexcept nogil:
    """Find what a checked `AnyValue` holds in the end; the pieces of an array or kvlist are put onto the stack."""
    cdef int64_t base = height(r)
    cdef const uint8_t* p
    cdef const uint8_t* end
    cdef uint32_t tag
    cdef int64_t at
    cdef int type
    choice.type = EMPTY
    for at in range(first, first + count):
        p = piece_at(r, at).start
        end = p + piece_at(r, at).size
        while p < end:
            p = read_tag(r, p, end, &tag)
            if p == NULL:
                return False
            type = tag >> 3
            if tag == 0x0A or tag == 0x2A or tag == 0x32 or tag == 0x3A:
                p = read_bytes(r, p, end, &choice.text)
            elif tag == 0x10 or tag == 0x18 or tag == 0x40:
                p = read_varint(r, p, end, &choice.bits)
                type = EMPTY if tag == 0x40 else type  # string_value_strindex
            elif tag == 0x21:
                p = read_fixed64(r, p, end, &choice.bits)
            else:
                p = unknown(r, ANY_VALUE, 0b111111110, tag, p, end, 0)
                type = choice.type
            if p == NULL:
                return False
            if type != choice.type:
                pop_to(r, base)
                choice.type = type
            if (tag == 0x2A or tag == 0x32) and choice.text.size and not push(r, choice.text):
                return False
    return True


cdef int write_value(Reader* r, Vec* out, int64_t first, int64_t count) noexcept nogil:
    """Write the text of the checked `AnyValue` of these pieces and answer its type, or -1 having failed."""
    cdef int64_t base = height(r)
    cdef Choice choice
    if not choose(r, first, count, &choice) or not write_chosen(r, out, &choice, base, False):
        return -1
    pop_to(r, base)
    return choice.type


cdef bint write_chosen(Reader* r, Vec* out, const Choice* choice, int64_t pieces, bint in_json) noexcept nogil:
    if choice.type == ARRAY:
        return write_array(r, out, pieces, height(r) - pieces)
    if choice.type == KVLIST:
        return write_kvlist(r, out, pieces, height(r) - pieces)
    return write_scalar(r, out, choice, in_json)


cdef bint write_scalar(Reader* r, Vec* out, const Choice* choice, bint in_json) noexcept nogil:
    cdef double number
    cdef Status status = OK
    if choice.type == STRING:
        if in_json:
            return write_string(r, out, choice.text)
        return write_bytes(r, out, choice.text.start, choice.text.size)
    if choice.type == BYTES_VALUE:
        if not in_json:
            return write_base64(r, out, choice.text)
        if not write_bytes(r, out, b'{"$bytes":"', 11) or not write_base64(r, out, choice.text):
            return False
        return write_bytes(r, out, b'"}', 2)
    if choice.type == BOOL:
        return write_bytes(r, out, b"true", 4) if choice.bits else write_bytes(r, out, b"false", 5)
    if choice.type == EMPTY:
        return not in_json or write_bytes(r, out, b"null", 4)
    status = reserve(out, 2 * MAX_DIGITS, r.limit)
    if status != OK:
        fail(r, status, NULL)
        return False
    if choice.type == INT:
        out.size += write_integer(out.data + out.size, <int64_t> choice.bits)
        return True
    memcpy(&number, &choice.bits, 8)
    if in_json and number - number != 0:  # neither JSON nor Python's arithmetic has these
        memcpy(out.data + out.size, b'{"$double":"', 12)
        out.size += 12 + write_double(out.data + out.size + 12, number)
        memcpy(out.data + out.size, b'"}', 2)
        out.size += 2
    else:
        out.size += write_double(out.data + out.size, number)
    return True


cdef bint write_inner(Reader* r, Vec* out, int64_t first, int64_t count) noexcept nogil:
    """Write a value that stands in an array or a kvlist, as JSON."""
    cdef int64_t base = height(r)
    cdef Choice choice
    if not choose(r, first, count, &choice) or not write_chosen(r, out, &choice, base, True):
        return False
    pop_to(r, base)
    return True


cdef bint write_array(Reader* r, Vec* out, int64_t first, int64_t count) noexcept nogil:
    cdef const uint8_t* p
    cdef const uint8_t* end
    cdef uint32_t tag
    cdef Text item
    cdef int64_t at, base = height(r)
    cdef bint begun = False
    if not write_bytes(r, out, b"[", 1):
        return False
    for at in range(first, first + count):
        p = piece_at(r, at).start
        end = p + piece_at(r, at).size
        while p < end:
            p = read_tag(r, p, end, &tag)
            if p != NULL and tag != 0x0A:
                p = unknown(r, ARRAY_VALUE, 0b10, tag, p, end, 0)
            elif p != NULL:
                p = read_bytes(r, p, end, &item)
                if p == NULL or (begun and not write_bytes(r, out, b",", 1)):
                    return False
                begun = True
                if not push(r, item) or not write_inner(r, out, base, 1):
                    return False
                pop_to(r, base)
            if p == NULL:
                return False
    return write_bytes(r, out, b"]", 1)


cdef const uint8_t* next_pair(Reader* r, const uint8_t* p, const uint8_t* end, Text* pair, bint* found) noexcept nogil:
    """Read the next field of a checked `KeyValueList`, which may be a pair or unknown."""
    cdef uint32_t tag
    p = read_tag(r, p, end, &tag)
    found[0] = tag == 0x0A
    if p == NULL:
        return NULL
    if found[0]:
        return read_bytes(r, p, end, pair)
    return unknown(r, KEY_VALUE_LIST, 0b10, tag, p, end, 0)


cdef int needs_pairs(Reader* r, int64_t first, int64_t count) noexcept nogil:
    """Tell whether a kvlist is none of JSON's objects: a key stands twice, or starts with `$`; -1 having failed."""
    cdef int64_t at, keys, base = height(r)
    cdef const uint8_t* p
    cdef const uint8_t* end
    cdef Text pair, key
    cdef bint found
    cdef int answer = 0
    for at in range(first, first + count):
        p = piece_at(r, at).start
        end = p + piece_at(r, at).size
        while p < end:
            p = next_pair(r, p, end, &pair, &found)
            if p == NULL:
                return -1
            if not found:
                continue
            keys = height(r)
            if not read_pair(r, pair.start, pair.start + pair.size, &key):
                return -1
            pop_to(r, keys)
            if not push(r, key):
                return -1
            if key.size and key.start[0] == c"$":
                answer = 1
    if not answer:
        answer = has_twice(r, <const Text*> r.pieces.data + base, height(r) - base)
    pop_to(r, base)
    return answer


cdef bint write_kvlist(Reader* r, Vec* out, int64_t first, int64_t count) noexcept nogil:
    cdef int64_t at, base = height(r)
    cdef const uint8_t* p
    cdef const uint8_t* end
    cdef Text pair, key
    cdef bint found, begun = False
    cdef int as_pairs = needs_pairs(r, first, count)
    if as_pairs < 0 or not (write_bytes(r, out, b'{"$kvlist":[', 12) if as_pairs else write_bytes(r, out, b"{", 1)):
        return False
    for at in range(first, first + count):
        p = piece_at(r, at).start
        end = p + piece_at(r, at).size
        while p < end:
            p = next_pair(r, p, end, &pair, &found)
            if p == NULL:
                return False
            if not found:
                continue
            if begun and not write_bytes(r, out, b",", 1):
                return False
            begun = True
            if not read_pair(r, pair.start, pair.start + pair.size, &key):
                return False
            if as_pairs and not write_bytes(r, out, b"[", 1):
                return False
            if not write_string(r, out, key) or not write_bytes(r, out, b"," if as_pairs else b":", 1):
                return False
            if not write_inner(r, out, base, height(r) - base):
                return False
            if as_pairs and not write_bytes(r, out, b"]", 1):
                return False
            pop_to(r, base)
    return write_bytes(r, out, b"]}", 2) if as_pairs else write_bytes(r, out, b"}", 1)
