# cython: language_level=3, cdivision=True
"""The protobuf wire format: what is seldom met."""


cdef const uint8_t* skip_group(
    Reader* r, uint32_t number, const uint8_t* p, const uint8_t* end, int depth
) noexcept nogil:
    """Skip a group, which is a message at `depth`, up to and with its end."""
    cdef uint32_t tag
    if depth > MAX_DEPTH:
        return fail(r, TOO_DEEP, p)
    while p < end:
        p = read_tag(r, p, end, &tag)
        if p == NULL:
            return NULL
        if tag & 7 == GROUP_END:
            return p if tag >> 3 == number else fail(r, MALFORMED, p)
        p = skip(r, tag, p, end, depth)
        if p == NULL:
            return NULL
    return fail(r, MALFORMED, p)


cdef const uint8_t* unknown(
    Reader* r, int message, uint32_t known, uint32_t tag, const uint8_t* p, const uint8_t* end, int depth
) noexcept nogil:
    """Skip a field that is not of the message's type `message`, or refuse one that is (a bit of `known`)."""
    cdef uint32_t number = tag >> 3
    if number == 0:
        return fail(r, MALFORMED, p)
    if number < 32 and known >> number & 1 and not r.lenient:
        r.message = message
        r.field = number
        r.wire = tag & 7
        return fail(r, WRONG_TYPE, p)
    return skip(r, tag, p, end, depth)


cdef bint is_long_utf8(const uint8_t* p, int64_t size) noexcept nogil:
    """Tell whether bytes, of which some are not ASCII, are UTF-8."""
    cdef const uint8_t* end = p + size
    cdef uint8_t lead
    while p < end:
        lead = p[0]
        if lead < 0x80:
            # ASCII comes in runs
            while end - p >= 8 and load64(p) & <uint64_t> 0x8080808080808080 == 0:
                p += 8
            while p < end and p[0] < 0x80:
                p += 1
        elif 0xC2 <= lead <= 0xDF:
            if end - p < 2 or p[1] & 0xC0 != 0x80:
                return False
            p += 2
        elif lead & 0xF0 == 0xE0:
            if end - p < 3 or p[1] & 0xC0 != 0x80 or p[2] & 0xC0 != 0x80:
                return False
            if (lead == 0xE0 and p[1] < 0xA0) or (lead == 0xED and p[1] > 0x9F):
                return False
            p += 3
        elif 0xF0 <= lead <= 0xF4:
            if end - p < 4 or p[1] & 0xC0 != 0x80 or p[2] & 0xC0 != 0x80 or p[3] & 0xC0 != 0x80:
                return False
            if (lead == 0xF0 and p[1] < 0x90) or (lead == 0xF4 and p[1] > 0x8F):
                return False
            p += 4
        else:
            return False
    return True
