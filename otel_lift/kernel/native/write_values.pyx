# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""`AnyValue`s written from the type and text that they have in columns: `otel_lift.kernel.values.to_any` is the rule.

What the kernel itself writes as a scalar is read here; whatever else Python reads as a number or as base64 (spaces,
underscores, other digits), and JSON, is left to that function. Text that can be neither is a string at once.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport strtod
from libc.string cimport memcmp, memcpy

from otel_lift.kernel.native.write_bytes cimport Writer, put_raw, put_text, put_varint, reserve
from otel_lift.kernel.native.write_columns cimport Text

from otel_lift.kernel.values import to_any

cdef enum:
    # the values of `ValueType`
    _EMPTY = 0
    _STRING = 1
    _BOOL = 2
    _INT = 3
    _DOUBLE = 4
    _ARRAY = 5
    _KVLIST = 6
    _BYTES = 7

cdef enum:
    # the tags of `AnyValue`
    _TAG_STRING = 1 << 3 | 2
    _TAG_BOOL = 2 << 3
    _TAG_INT = 3 << 3
    _TAG_DOUBLE = 4 << 3 | 1
    _TAG_BYTES = 7 << 3 | 2

cdef enum:
    _LONGEST_NUMBER = 40  # no double needs as many characters

cdef const char* _LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
cdef uint8_t _SIX_BITS[256]
cdef int _index
for _index in range(256):
    _SIX_BITS[_index] = 255
for _index in range(64):
    _SIX_BITS[<uint8_t>_LETTERS[_index]] = _index


cdef int put_value(Writer* out, uint8_t value_type, const Text* text) except -1 nogil:
    """Write the content of an `AnyValue`. An EMPTY value without text writes nothing; all others write something."""
    if value_type == _STRING:
        return put_text(out, _TAG_STRING, text.content, text.size)
    if value_type == _EMPTY and not text.size:
        return 0
    if value_type == _BOOL and _put_bool(out, text):
        return 0
    if value_type == _INT or value_type == _DOUBLE:
        if _put_int(out, text) if value_type == _INT else _put_double(out, text):
            return 0
        if not _may_be_number(text, value_type == _DOUBLE):
            return put_text(out, _TAG_STRING, text.content, text.size)
        return _put_read(out, value_type, text)
    if value_type == _BYTES:
        if _put_base64(out, text):
            return 0
        return _put_read(out, value_type, text)
    if value_type == _ARRAY or value_type == _KVLIST:
        return _put_read(out, value_type, text)
    return put_text(out, _TAG_STRING, text.content, text.size)


cdef int _put_read(Writer* out, uint8_t value_type, const Text* text) except -1 with gil:
    cdef bytes content = to_any(value_type, text.content[:text.size].decode("utf-8")).SerializeToString()
    cdef const char* start = content
    reserve(out, len(content))
    put_raw(out, start, len(content))
    return 0


cdef inline bint _is_digit(uint8_t byte) noexcept nogil:
    return 48 <= byte <= 57


cdef bint _may_be_number(const Text* text, bint double) noexcept nogil:
    """Tell whether Python may read the text as a number: by its first byte, which in most other texts says no."""
    cdef uint8_t first
    if not text.size:
        return False
    first = text.content[0]
    if first <= 32 or first >= 127 or _is_digit(first) or first == c"+" or first == c"-":
        return True
    # .5, nan, inf
    return double and (first == c"." or first | 32 == c"n" or first | 32 == c"i")


cdef int _put_bool(Writer* out, const Text* text) except -1 nogil:
    cdef bint value = text.size == 4
    if not (value and memcmp(text.content, b"true", 4) == 0 or text.size == 5 and memcmp(text.content, b"false", 5) == 0):
        return 0
    reserve(out, 2)
    put_varint(out, value)
    put_varint(out, _TAG_BOOL)
    return 1


cdef int _put_int(Writer* out, const Text* text) except -1 nogil:
    """Write digits, with or without a minus, that fit into 64 bits; answer whether they are that."""
    cdef bint negative = text.size > 0 and text.content[0] == c"-"
    cdef int64_t first = 1 if negative else 0
    cdef int64_t index
    cdef uint64_t number = 0
    # 19 digits are less than 2^64
    if text.size <= first or text.size - first > 19:
        return 0
    for index in range(first, text.size):
        if not _is_digit(text.content[index]):
            return 0
        number = number * 10 + (text.content[index] - 48)
    if number > (<uint64_t>1 << 63) - (0 if negative else 1):
        return 0
    reserve(out, 11)
    put_varint(out, 0 - number if negative else number)
    put_varint(out, _TAG_INT)
    return 1


cdef int64_t _skip_digits(const Text* text, int64_t at) noexcept nogil:
    while at < text.size and _is_digit(text.content[at]):
        at += 1
    return at


cdef bint _is_decimal(const Text* text) noexcept nogil:
    """Tell whether a text is digits, with at most a minus, a fraction and an exponent."""
    cdef int64_t start = 1 if text.size > 0 and text.content[0] == c"-" else 0
    cdef int64_t at = _skip_digits(text, start)
    if at == start:
        return False
    if at < text.size and text.content[at] == c".":
        at = _skip_digits(text, at + 1)
    if at < text.size and text.content[at] | 32 == c"e":
        at += 1
        if at < text.size and (text.content[at] == c"+" or text.content[at] == c"-"):
            at += 1
        start = at
        at = _skip_digits(text, at)
        if at == start:
            return False
    return at == text.size


cdef int _put_double(Writer* out, const Text* text) except -1 nogil:
    """Write a decimal that is a double; answer whether the text is one."""
    cdef char digits[_LONGEST_NUMBER + 1]
    cdef char* end
    cdef double number
    if text.size > _LONGEST_NUMBER or not _is_decimal(text):
        return 0
    memcpy(digits, text.content, text.size)
    digits[text.size] = 0
    number = strtod(digits, &end)
    # a locale may have another sign for the point
    if end != digits + text.size:
        return 0
    reserve(out, 9)
    put_raw(out, &number, 8)
    put_varint(out, _TAG_DOUBLE)
    return 1


cdef int _put_base64(Writer* out, const Text* text) except -1 nogil:
    """Write what base64 with its padding, as the kernel writes it, stands for; answer whether the text is that."""
    cdef int64_t size = text.size
    cdef int64_t padding = 0
    cdef int64_t quarter
    cdef int place
    cdef uint32_t bits
    cdef uint8_t six
    cdef uint8_t* target
    if size % 4:
        return 0
    while padding < 2 and padding < size and text.content[size - 1 - padding] == c"=":
        padding += 1
    # written in place, and taken back where the text turns out to be something else
    reserve(out, size + 24)
    target = out.at - (size // 4 * 3 - padding)
    for quarter in range(size // 4):
        bits = 0
        for place in range(4):
            six = _SIX_BITS[text.content[4 * quarter + place]]
            if six == 255:
                if 4 * quarter + place < size - padding:
                    return 0
                six = 0
            bits = bits << 6 | six
        if quarter < size // 4 - 1 or not padding:
            target[3 * quarter] = <uint8_t>(bits >> 16)
            target[3 * quarter + 1] = <uint8_t>(bits >> 8)
            target[3 * quarter + 2] = <uint8_t>bits
            continue
        # bits that stand for nothing must not be set
        if bits & (0xFFFF if padding == 2 else 0xFF):
            return 0
        target[3 * quarter] = <uint8_t>(bits >> 16)
        if padding == 1:
            target[3 * quarter + 1] = <uint8_t>(bits >> 8)
    out.at = target
    put_varint(out, size // 4 * 3 - padding)
    put_varint(out, _TAG_BYTES)
    return 1
