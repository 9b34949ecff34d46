"""A protobuf message written from its end to its start: a length is known when it is written, so nothing is moved."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy


cdef struct Writer:
    uint8_t* begin
    uint8_t* at  # what is written stands between here and `end`
    uint8_t* end


cdef inline int reserve(Writer* out, size_t needed) except -1 nogil:
    """Make room for at least `needed` bytes before what is written."""
    if <size_t>(out.at - out.begin) >= needed:
        return 0
    return _grow(out, needed)


cdef inline int _grow(Writer* out, size_t needed) except -1 nogil:
    cdef size_t used = out.end - out.at
    # doubled each time, so that all moves together cost as much as what is written
    cdef size_t capacity = 2 * (used + needed)
    cdef uint8_t* fresh = <uint8_t*>malloc(capacity)
    if fresh == NULL:
        with gil:
            raise MemoryError
    if used:
        memcpy(fresh + capacity - used, out.at, used)
    free(out.begin)
    out.begin = fresh
    out.end = fresh + capacity
    out.at = out.end - used
    return 0


cdef inline size_t written(const Writer* out) noexcept nogil:
    """Count the bytes so far; the difference of two counts is the length of what was written between them."""
    return out.end - out.at


cdef inline void put_varint(Writer* out, uint64_t number) noexcept nogil:
    """Write at most 10 bytes, for which there must be room."""
    cdef int size = 1
    cdef uint64_t rest = number >> 7
    cdef uint8_t* at
    while rest:
        size += 1
        rest >>= 7
    out.at -= size
    at = out.at
    while number > 127:
        at[0] = <uint8_t>(number & 127 | 128)
        at += 1
        number >>= 7
    at[0] = <uint8_t>number


cdef inline void put_raw(Writer* out, const void* content, size_t size) noexcept nogil:
    """Write bytes as they are, for which there must be room."""
    out.at -= size
    if size:
        memcpy(out.at, content, size)


cdef inline int put_text(Writer* out, uint32_t tag, const uint8_t* content, size_t size) except -1 nogil:
    """Write a field of a string or bytes."""
    reserve(out, size + 20)
    put_raw(out, content, size)
    put_varint(out, size)
    put_varint(out, tag)
    return 0


cdef inline int close_message(Writer* out, uint32_t tag, size_t before) except -1 nogil:
    """Write the length and the tag of a message whose content is all that was written since `before`."""
    reserve(out, 20)
    put_varint(out, written(out) - before)
    put_varint(out, tag)
    return 0
