# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The triggers of one text: `EXPRESSIONS` by hand, in one walk over its bytes.

The walk stops at bytes that a trigger needs (a digit, a separator, two capitals) and looks around each of these. What
it looks at is bounded, or runs up to the next such byte of its kind, so a text of any making costs linear time.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.string cimport memcmp, memcpy

from otel_lift_redaction.triggers.bits import Trigger
from otel_lift_redaction.triggers.words import (
    COUNTRIES,
    KEY_PREFIXES,
    NAMES_OF_NUMBERS,
    QUERY_WORDS,
    SECRET_WORDS,
    STREETS,
    WEAK_WORDS,
)

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    /* Whether one of the first `size` bytes, at most 16, is none of: small letters, digits, / [ ] ^ ` { | } ~ and DEL.
       Sixteen bytes are read. */
    #ifdef __GNUC__
    typedef unsigned char lift_bytes __attribute__((vector_size(16)));
    static const unsigned char lift_all_then_none[32] = {
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255
    };
    static inline int lift_has_sign(const unsigned char *text, int size) {
        lift_bytes byte, mask, sign;
        uint64_t halves[2];
        memcpy(&byte, text, 16);
        memcpy(&mask, lift_all_then_none + 16 - size, 16);
        sign = (lift_bytes)(byte < 0x2f) | (lift_bytes)(byte - 0x3a < 0x21) | (lift_bytes)(byte == 0x5f)
            | (lift_bytes)(byte > 0x7f);
        sign &= mask;
        memcpy(halves, &sign, 16);
        return (halves[0] | halves[1]) != 0;
    }
    #else
    static inline int lift_has_sign(const unsigned char *text, int size) {
        int at, found = 0;
        for (at = 0; at < size; at++)
            found |= text[at] < 0x2f || (unsigned char)(text[at] - 0x3a) < 0x21 || text[at] == 0x5f || text[at] > 0x7f;
        return found;
    }
    #endif
    /* Whether the first five of eight bytes are digits, or one of the six signs after 9. */
    static inline int lift_has_digits(const unsigned char *text) {
        static const unsigned char highs[8] = {0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0, 0, 0};
        static const unsigned char threes[8] = {0x30, 0x30, 0x30, 0x30, 0x30, 0, 0, 0};
        uint64_t word, high, three;
        memcpy(&word, text, 8);
        memcpy(&high, highs, 8);
        memcpy(&three, threes, 8);
        return (word & high) == three;
    }
    """
    bint lift_has_sign(const uint8_t *text, int size) nogil
    bint lift_has_digits(const uint8_t *text) nogil

include "tables.pxi"


cdef inline bint has(const uint8_t *p, Py_ssize_t at, uint16_t kinds) noexcept nogil:
    return KIND[p[at]] & kinds != 0


cdef inline bint run_of(const uint8_t *p, Py_ssize_t at, Py_ssize_t n, Py_ssize_t count, uint16_t kinds) noexcept nogil:
    """Whether `count` characters of these kinds stand from `at` on."""
    cdef Py_ssize_t place
    if at + count > n:
        return False
    for place in range(at, at + count):
        if not KIND[p[place]] & kinds:
            return False
    return True


cdef inline bint starts(const uint8_t *p, Py_ssize_t at) noexcept nogil:
    """`_START` stands before `at`."""
    cdef uint8_t before
    if at == 0:
        return True
    before = p[at - 1]
    if not KIND[before] & ALNUM:
        return True
    return at >= 2 and p[at - 2] == b"\\" and before in (b"b", b"f", b"n", b"r", b"t")


cdef inline bint equal(const uint8_t *p, Py_ssize_t at, Py_ssize_t n, const char *word, Py_ssize_t size) noexcept nogil:
    return at >= 0 and at + size <= n and memcmp(p + at, word, size) == 0


cdef inline bint folded(const uint8_t *p, Py_ssize_t at, const uint8_t *word, Py_ssize_t size) noexcept nogil:
    """Whether the letters at `at` are those of a word in lower case; what is no letter must be equal."""
    cdef Py_ssize_t place
    cdef uint8_t byte
    for place in range(size - 1, -1, -1):
        byte = p[at + place]
        if KIND[byte] & UPPER:
            byte |= 0x20
        if byte != word[place]:
            return False
    return True


include "numbers.pxi"
include "keys.pxi"
include "secrets.pxi"


cdef bint has_mac(const uint8_t *p, Py_ssize_t at, Py_ssize_t n) noexcept nogil:
    """Whether the address of a network card has its first separator at `at`."""
    cdef Py_ssize_t pair = at - 2
    cdef int number
    if pair < 0 or pair + 17 > n or (pair and has(p, pair - 1, HEX) and not starts(p, pair)):
        return False
    for number in range(6):
        if not run_of(p, pair, n, 2, HEX):
            return False
        if number < 5 and p[pair + 2] not in (b":", b"-"):
            return False
        pair += 3
    return True


cdef bint has_url_password(const uint8_t *p, Py_ssize_t at, Py_ssize_t n) noexcept nogil:
    """Whether a user's name, a colon, a password and an at sign stand from `at` on."""
    while at < n and has(p, at, IN_USERINFO) and p[at] != b":" and p[at] != b"@":
        at += 1
    if at >= n or p[at] != b":":
        return False
    at += 1
    if at >= n or not has(p, at, IN_USERINFO):
        return False
    at += 1
    while at < n and has(p, at, IN_USERINFO):
        if p[at] == b"@":
            return True
        at += 1
    return False


cdef bint has_short_ipv6(const uint8_t *p, Py_ssize_t colon, Py_ssize_t n) noexcept nogil:
    """Whether the two colons from `colon` on stand in an address: a group before them, or an IPv4 address after."""
    cdef Py_ssize_t at = colon, first
    while at > 0 and colon - at < 4 and has(p, at - 1, HEX):
        at -= 1
        if starts(p, at):
            return True
    at = colon + 2
    if run_of(p, at, n, 5, 0xFFFF) and p[at + 4] == b":" and folded(p, at, b"ffff", 4):
        at += 5
    first = at
    while at < n and at - first < 3 and has(p, at, DIGIT):
        at += 1
    return at > first and at < n and p[at] == b"."


cdef bint has_dotted_mac(const uint8_t *p, Py_ssize_t dot, Py_ssize_t n) noexcept nogil:
    return (
        dot >= 4 and run_of(p, dot + 6, n, 4, HEX) and run_of(p, dot + 1, n, 4, HEX) and run_of(p, dot - 4, n, 4, HEX)
    )


cdef bint is_scheme(const uint8_t *p, Py_ssize_t end, const uint8_t *name, Py_ssize_t size) noexcept nogil:
    return end >= size and folded(p, end - size, name, size) and starts(p, end - size)


cdef bint has_place(const uint8_t *p, Py_ssize_t space, Py_ssize_t n) noexcept nogil:
    """Whether a word for a street follows the space, or a number that space and `box` before it."""
    cdef Py_ssize_t end = space + 1
    cdef int place
    if space == 0 or end >= n:
        return False
    if has(p, end, DIGIT):
        return space >= 3 and folded(p, space - 3, b"box", 3)
    if not has(p, end, UPPER) or not (has(p, space - 1, LOWER | DASH) or p[space - 1] == b"'"):
        return False
    while end < n and has(p, end, UPPER | LOWER):
        end += 1
    if end < n and has(p, end, DIGIT | UNDERSCORE):
        return False
    for place in range(STREET_COUNT):
        if STREET_WORDS[place].size == end - space - 1:
            if memcmp(p + space + 1, STREET_WORDS[place].text, STREET_WORDS[place].size) == 0:
                return True
    return False


cdef bint has_email(const uint8_t *p, Py_ssize_t at, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t end = at + 1
    if at == 0 or not has(p, at - 1, LOCAL):
        return False
    while end < n and has(p, end, HOST):
        end += 1
    return end > at + 1 and end + 1 < n and p[end] == b"." and has(p, end + 1, HOST)


cdef inline bint is_long_number(const uint8_t *p, Py_ssize_t at, Py_ssize_t n) noexcept nogil:
    """Whether the digit at `at` stands among enough others."""
    cdef Py_ssize_t first = at, end = at
    while first > 0 and has(p, first - 1, DIGIT):
        first -= 1
    while end < n and end - first < LONG_DIGITS and has(p, end, DIGIT):
        end += 1
    return end - first >= LONG_DIGITS


cdef bint is_plain(const uint8_t *p, Py_ssize_t n, Py_ssize_t room) noexcept nogil:
    """Whether a text clearly has no trigger; of others this says no more than that they must be looked at.

    It has nothing but small letters, digits, slashes and the like, and no long number; or it has no separator and less
    than `SHORT` characters. From `p` on `room` bytes may be read.
    """
    cdef Py_ssize_t at = 0
    cdef uint8_t copy[16]
    if n >= 16:
        while at + 16 <= n:
            if lift_has_sign(p + at, 16):
                return False
            at += 16
        if lift_has_sign(p + n - 16, 16):
            return False
        if p[0] == b"d" and memcmp(p, b"dapi", 4) == 0:
            return False
    elif n < SHORT:
        while at < n:
            if KIND[p[at]] & SEPARATOR:
                return False
            at += 1
    elif room < 16:
        memcpy(copy, p, n)
        if lift_has_sign(copy, n):
            return False
    elif lift_has_sign(p, n):
        return False
    if n < LONG_DIGITS:
        return True
    at = 0
    # of two times five bytes in a row, a long number's digits take all five
    while at + 8 <= n:
        if lift_has_digits(p + at) and is_long_number(p, at, n):
            return False
        at += 5
    return not (run_of(p, at, n, 5, DIGIT) and is_long_number(p, at, n))


cdef uint32_t triggers_of(const uint8_t *p, Py_ssize_t n) noexcept nogil:
    cdef uint32_t bits = 0
    cdef Py_ssize_t at = 0, end, last_colon = -1, group
    cdef int event, groups = 0
    while at < n:
        event = EVENT[p[at]]
        if event == 0:
            at += 1
            continue
        if event == AT_DIGIT:
            end = at + 1
            while end < n and has(p, end, DIGIT):
                end += 1
            bits |= of_number(p, at, end, n)
            at = end
            continue
        if event == AT_BLANK:
            # most words end otherwise, and no digit or capital follows
            if at and SAID[p[at - 1]]:
                if is_scheme(p, at, b"bearer", 6) or is_scheme(p, at, b"basic", 5):
                    bits |= SCHEME
                elif is_stated(p, at, n):
                    bits |= SECRET
            if at + 1 < n and has(p, at + 1, DIGIT | UPPER) and p[at] == b" " and has_place(p, at, n):
                bits |= PLACE
        elif event == AT_COLON or event == AT_EQUALS:
            bits |= of_pair(p, at, n)
            if is_scheme(p, at, b"bearer", 6):
                bits |= SCHEME
            if event == AT_COLON:
                if at and at + 2 < n and p[at + 1] == b"A" and p[at + 2] == b"A" and has(p, at - 1, DIGIT):
                    if run_of(p, at + 3, n, 33, TOKEN):
                        bits |= KEY
                if at + 2 < n and p[at + 1] == b"/" and p[at + 2] == b"/" and has_url_password(p, at + 3, n):
                    bits |= URL
                if has_mac(p, at, n):
                    bits |= MAC
                if at + 1 < n and p[at + 1] == b":" and has_short_ipv6(p, at, n):
                    bits |= IPV6
                group = 0
                while group < 5 and group < at and has(p, at - group - 1, HEX):
                    group += 1
                groups = 0 if group == 0 else groups + 1 if group < 5 and last_colon == at - group - 1 else 1
                last_colon = at
                if groups >= 6:
                    bits |= IPV6
        elif event == AT_AT:
            if has_email(p, at, n):
                bits |= EMAIL
        elif event == AT_PLUS:
            if at + 1 < n and b"1" <= p[at + 1] <= b"9" and run_of(p, at + 2, n, 6, DIALLED):
                bits |= PHONE
        elif event == AT_J:
            if equal(p, at - 2, n, b"ey", 2) and run_of(p, at + 1, n, 5, TOKEN):
                bits |= JWT
        elif event == AT_ODD:
            if equal(p, at, n, b"\xc5\xbf", 2) or equal(p, at, n, b"\xe2\x84\xaa", 3):
                bits |= SECRET | QUERY | WEAK | SCHEME | NAMED
        elif event == AT_GREATER:
            if at > 0:
                bits |= of_words(p, at, 0, at) & SECRET
        else:
            if has_key(p, at, n):
                bits |= KEY
            if event == AT_DOT:
                if at + 9 < n and p[at + 5] == b"." and has_dotted_mac(p, at, n):
                    bits |= MAC
            elif event == AT_DASH:
                if at == 0 or at + 1 < n and p[at + 1] == b"-" or has(p, at - 1, SPACE):
                    if has_option(p, at, n) or at > 0 and at + 1 < n and p[at + 1] == b"p" and has(p, at - 1, SPACE):
                        bits |= SECRET
                if equal(p, at, n, b"-----BEGIN", 10):
                    bits |= PEM
                if has_mac(p, at, n):
                    bits |= MAC
        at += 1
    return bits
