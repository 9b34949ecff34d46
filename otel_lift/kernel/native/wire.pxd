"""The protobuf wire format: bytes in, bounds checked at every step.

Each reader takes where to read and where its message ends, and answers where it stopped, or NULL when it has failed,
which the `Reader` then tells about. What is valid here is what upb, the parser of the pure twin, takes: tags of up to 5
bytes and 32 bits, sizes of up to 5 bytes and 31 bits, varints of up to 10 bytes, of which 64 bits count.
"""

from libc.stdint cimport INT32_MAX, int64_t, uint8_t, uint32_t, UINT32_MAX, uint64_t
from libc.string cimport memcpy

from otel_lift.kernel.native.memory cimport MALFORMED, NOT_UTF8, Status, TOO_DEEP, Vec, WRONG_TYPE

cdef enum:
    MAX_DEPTH = 100  # messages below the request: protobuf's own limit

cdef enum Wire:
    VARINT = 0
    FIXED64 = 1
    BYTES = 2
    GROUP = 3
    GROUP_END = 4
    FIXED32 = 5

cdef struct Reader:
    Status status
    const uint8_t* failed  # where
    int message  # of WRONG_TYPE: which field of which message, and the type that it had
    uint32_t field
    uint32_t wire
    const uint8_t* stop  # the end of the payload, up to which bytes may be looked at
    bint lenient  # fields of a wrong wire type are unknown ones: what is read will be dropped
    int64_t limit  # bytes of text that a column holds at most
    int64_t accepted
    int64_t rejected
    Vec pieces  # a stack, see `pieces`

cdef struct Text:
    const uint8_t* start
    int64_t size


cdef inline const uint8_t* fail(Reader* r, Status status, const uint8_t* at) noexcept nogil:
    r.status = status
    r.failed = at
    return NULL


cdef inline const uint8_t* read_varint(Reader* r, const uint8_t* p, const uint8_t* end, uint64_t* value) noexcept nogil:
    cdef uint64_t bits = 0
    cdef int shift = 0
    cdef uint8_t byte
    while p < end and shift < 70:
        byte = p[0]
        p += 1
        bits |= <uint64_t> (byte & 127) << shift
        if byte < 128:
            value[0] = bits
            return p
        shift += 7
    return fail(r, MALFORMED, p)


cdef inline const uint8_t* read_short(
    Reader* r, const uint8_t* p, const uint8_t* end, uint64_t most, uint64_t* value
) noexcept nogil:
    """Read a varint of up to 5 bytes that is at most `most`."""
    cdef const uint8_t* start = p
    p = read_varint(r, p, end, value)
    if p != NULL and (p - start > 5 or value[0] > most):
        return fail(r, MALFORMED, start)
    return p


cdef inline const uint8_t* read_tag(Reader* r, const uint8_t* p, const uint8_t* end, uint32_t* tag) noexcept nogil:
    """Read the tag at `p`, which is before `end`."""
    cdef uint64_t value = 0
    if p[0] < 128:
        tag[0] = p[0]
        return p + 1
    p = read_short(r, p, end, UINT32_MAX, &value)
    tag[0] = <uint32_t> value
    return p


cdef inline const uint8_t* read_size(
    Reader* r, const uint8_t* p, const uint8_t* end, const uint8_t** stop
) noexcept nogil:
    """Read the size of what follows, and answer where that starts and stops."""
    cdef uint64_t size
    if p < end and p[0] < 128:
        size = p[0]
        p += 1
    else:
        p = read_short(r, p, end, INT32_MAX, &size)
        if p == NULL:
            return NULL
    if size > <uint64_t> (end - p):
        return fail(r, MALFORMED, p)
    stop[0] = p + size
    return p


cdef inline const uint8_t* read_fixed32(
    Reader* r, const uint8_t* p, const uint8_t* end, uint32_t* value
) noexcept nogil:
    if end - p < 4:
        return fail(r, MALFORMED, p)
    memcpy(value, p, 4)
    return p + 4


cdef inline const uint8_t* read_fixed64(
    Reader* r, const uint8_t* p, const uint8_t* end, uint64_t* value
) noexcept nogil:
    if end - p < 8:
        return fail(r, MALFORMED, p)
    memcpy(value, p, 8)
    return p + 8


cdef inline const uint8_t* read_uint32(
    Reader* r, const uint8_t* p, const uint8_t* end, uint32_t* value
) noexcept nogil:
    """Read a uint32 or an enumeration: the low 32 bits of a varint."""
    cdef uint64_t wide
    p = read_varint(r, p, end, &wide)
    if p != NULL:
        value[0] = <uint32_t> wide
    return p


cdef inline const uint8_t* read_bytes(Reader* r, const uint8_t* p, const uint8_t* end, Text* out) noexcept nogil:
    cdef const uint8_t* stop
    p = read_size(r, p, end, &stop)
    if p == NULL:
        return NULL
    out.start = p
    out.size = stop - p
    return stop


cdef inline const uint8_t* read_text(Reader* r, const uint8_t* p, const uint8_t* end, Text* out) noexcept nogil:
    p = read_bytes(r, p, end, out)
    if p != NULL and not is_utf8(out.start, out.size):
        return fail(r, NOT_UTF8, out.start)
    return p


cdef inline const uint8_t* skip(
    Reader* r, uint32_t tag, const uint8_t* p, const uint8_t* end, int depth
) noexcept nogil:
    """Skip the content of a field of a message at `depth`, whatever it is."""
    cdef uint64_t ignored
    cdef const uint8_t* stop
    if tag & 7 == VARINT:
        return read_varint(r, p, end, &ignored)
    if tag & 7 == BYTES:
        return stop if read_size(r, p, end, &stop) != NULL else <const uint8_t*> NULL
    if tag & 7 == FIXED64:
        return read_fixed64(r, p, end, &ignored)
    if tag & 7 == FIXED32:
        return read_fixed32(r, p, end, <uint32_t*> &ignored)
    if tag & 7 == GROUP:
        return skip_group(r, tag >> 3, p, end, depth + 1)
    return fail(r, MALFORMED, p)


cdef const uint8_t* skip_group(
    Reader* r, uint32_t number, const uint8_t* p, const uint8_t* end, int depth
) noexcept nogil

cdef const uint8_t* unknown(
    Reader* r, int message, uint32_t known, uint32_t tag, const uint8_t* p, const uint8_t* end, int depth
) noexcept nogil

cdef bint is_long_utf8(const uint8_t* p, int64_t size) noexcept nogil


cdef inline uint64_t load64(const uint8_t* p) noexcept nogil:
    cdef uint64_t bits
    memcpy(&bits, p, 8)
    return bits


cdef inline bint is_utf8(const uint8_t* p, int64_t size) noexcept nogil:
    """Tell whether bytes are UTF-8: no surrogates, nothing over-long, nothing beyond U+10FFFF."""
    cdef uint64_t bits = 0
    cdef int64_t at
    if size < 8:
        for at in range(size):
            bits |= p[at]
        return bits & 0x80 == 0 or is_long_utf8(p, size)
    for at in range(0, size - 7, 8):
        bits |= load64(p + at)
    # the last eight, some of them for the second time
    bits |= load64(p + size - 8)
    return bits & <uint64_t> 0x8080808080808080 == 0 or is_long_utf8(p, size)
