# cython: language_level=3, cdivision=True
"""Pieces of text for values: JSON strings, base64."""

from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy

from otel_lift.kernel.native.dictionary cimport hash_bytes
from otel_lift.kernel.native.memory cimport NO_MEMORY, OK, reserve, Status
from otel_lift.kernel.native.wire cimport fail

cdef enum:
    FEW = 8  # texts that are compared each with each

cdef const uint8_t* DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
cdef const uint8_t* HEXADECIMAL = b"0123456789abcdef"


cdef bint write_bytes(Reader* r, Vec* out, const void* data, int64_t size) noexcept nogil:
    cdef Status status = reserve(out, size, r.limit)
    if status != OK:
        fail(r, status, NULL)
        return False
    memcpy(out.data + out.size, data, size)
    out.size += size
    return True


cdef bint write_string(Reader* r, Vec* out, Text text) noexcept nogil:
    """Write a JSON string, of which only what must be is escaped, as Python's `json` does it."""
    cdef const uint8_t* p = text.start
    cdef const uint8_t* end = p + text.size
    cdef const uint8_t* plain
    cdef uint8_t escape[6]
    if not write_bytes(r, out, b'"', 1):
        return False
    while p < end:
        plain = p
        while p < end and p[0] >= 0x20 and p[0] != c'"' and p[0] != c"\\":
            p += 1
        if not write_bytes(r, out, plain, p - plain):
            return False
        if p < end:
            if not write_bytes(r, out, escape, write_escape(escape, p[0])):
                return False
            p += 1
    return write_bytes(r, out, b'"', 1)


cdef int write_escape(uint8_t* out, uint8_t character) noexcept nogil:
    out[0] = c"\\"
    if character == c'"' or character == c"\\":
        out[1] = character
    elif character == c"\n":
        out[1] = c"n"
    elif character == c"\r":
        out[1] = c"r"
    elif character == c"\t":
        out[1] = c"t"
    elif character == c"\f":
        out[1] = c"f"
    elif character == c"\b":
        out[1] = c"b"
    else:
        memcpy(out + 1, b"u00", 3)
        out[4] = HEXADECIMAL[character >> 4]
        out[5] = HEXADECIMAL[character & 15]
        return 6
    return 2


cdef bint write_base64(Reader* r, Vec* out, Text data) noexcept nogil:
    cdef const uint8_t* p = data.start
    cdef int64_t left = data.size
    cdef uint8_t* target
    cdef uint32_t bits
    cdef Status status = reserve(out, (data.size + 2) // 3 * 4, r.limit)
    if status != OK:
        fail(r, status, p)
        return False
    target = out.data + out.size
    while left > 0:
        bits = p[0] << 16 | (p[1] << 8 if left > 1 else 0) | (p[2] if left > 2 else 0)
        target[0] = DIGITS[bits >> 18]
        target[1] = DIGITS[bits >> 12 & 63]
        target[2] = DIGITS[bits >> 6 & 63] if left > 1 else c"="
        target[3] = DIGITS[bits & 63] if left > 2 else c"="
        target += 4
        p += 3
        left -= 3
    out.size = target - out.data
    return True


cdef inline bint equal(Text a, Text b) noexcept nogil:
    return a.size == b.size and memcmp(a.start, b.start, a.size) == 0


cdef int has_twice(Reader* r, const Text* texts, int64_t count) noexcept nogil:
    """Tell whether two of some texts are equal, or -1 having failed; takes time in proportion to their length."""
    cdef int64_t number, other
    cdef uint64_t at, slots = 2 * FEW
    cdef uint32_t* taken
    cdef int answer = 0
    if count <= FEW:
        for number in range(1, count):
            for other in range(number):
                if equal(texts[number], texts[other]):
                    return 1
        return 0
    while slots < 2 * <uint64_t> count:
        slots *= 2
    taken = <uint32_t*> calloc(slots, sizeof(uint32_t))
    if taken == NULL:
        fail(r, NO_MEMORY, NULL)
        return -1
    for number in range(count):
        at = hash_bytes(texts[number].start, texts[number].size) & (slots - 1)
        while taken[at] != 0 and not equal(texts[number], texts[taken[at] - 1]):
            at = (at + 1) & (slots - 1)
        if taken[at] != 0:
            answer = 1
            break
        taken[at] = <uint32_t> number + 1
    free(taken)
    return answer
