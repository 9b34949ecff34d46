"""Distinct texts, numbered in the order in which they first came."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from otel_lift.kernel.native.memory cimport Vec
from otel_lift.kernel.native.wire cimport load64, Reader

cdef struct Dictionary:
    int64_t count
    Vec ends  # int32: 0, then where each text ends
    Vec text
    Vec hashes  # uint64 of each text
    uint64_t* slots  # open addressing: the high half of a hash and the number, counted from 1; 0 where free
    uint64_t mask

cdef void free_dictionary(Dictionary* words) noexcept nogil
cdef void cut_dictionary(Dictionary* words, int64_t count) noexcept nogil
cdef int32_t intern(Reader* r, Dictionary* words, const uint8_t* p, int64_t size, bint is_text) noexcept nogil
cdef uint64_t hash_bytes(const uint8_t* p, int64_t size) noexcept nogil


cdef inline uint32_t load32(const uint8_t* p) noexcept nogil:
    return p[0] | <uint32_t> p[1] << 8 | <uint32_t> p[2] << 16 | <uint32_t> p[3] << 24


cdef inline bint same_bytes(const uint8_t* a, const uint8_t* b, int64_t size) noexcept nogil:
    """Compare short texts faster than by a call."""
    cdef int64_t at = 0
    if size >= 8:
        while at < size - 8:
            if load64(a + at) != load64(b + at):
                return False
            at += 8
        return load64(a + size - 8) == load64(b + size - 8)
    if size >= 4:
        return load32(a) == load32(b) and load32(a + size - 4) == load32(b + size - 4)
    while at < size:
        if a[at] != b[at]:
            return False
        at += 1
    return True


cdef inline bint is_word(Dictionary* words, int32_t code, const uint8_t* p, int64_t size) noexcept nogil:
    """Tell whether a text is the one of a number, which may be one that is not, or no longer, given."""
    cdef const int32_t* ends
    if <uint32_t> code >= <uint64_t> words.count:
        return False
    ends = <const int32_t*> words.ends.data
    return ends[code + 1] - ends[code] == size and same_bytes(words.text.data + ends[code], p, size)
