# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Columns of text: the native twin of `otel_lift.arrays.pure`, where the functions are described."""

import sys

import numpy as np

from otel_lift.errors import TooLargeError

from libc.math cimport NAN
from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint8_t, uint16_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from otel_lift.arrays.native.buffers cimport (
    Texts,
    TextView,
    copy_text,
    is_valid,
    length_of,
    room,
    string_array,
)

__all__ = ["fixed_texts", "gather", "hexadecimal", "numbers", "put", "put_fixed", "repeat"]

cdef extern from "Python.h":
    double PyOS_string_to_double(const char *text, char **end, void *overflow) except? -1.0

cdef extern from *:
    """
    static inline void otel_lift_prefetch(const void *address) { __builtin_prefetch(address); }
    """
    void otel_lift_prefetch(const void *address) noexcept nogil

cdef enum:
    _AHEAD = 16  # texts of a table, which lie anywhere in memory, are asked for so many before they are copied

cdef uint16_t[256] _HEX
for _byte in range(256):
    _HEX[_byte] = int.from_bytes(f"{_byte:02x}".encode(), sys.byteorder)


def put(object values, object positions, object texts):
    cdef const int64_t[::1] places = np.ascontiguousarray(positions, np.int64)
    cdef Texts held = Texts(values), others = Texts(texts)
    cdef const TextView *old = &held.view
    cdef const TextView *new = &others.view
    cdef Py_ssize_t count = places.shape[0], number
    cdef int64_t size = old.offsets[old.rows] - old.offsets[0], last = -1, place
    if count != new.rows:
        raise ValueError("there must be one text for each position")
    for number in range(count):
        place = places[number]
        if place <= last or place >= old.rows:
            raise ValueError("positions must ascend within the array")
        last = place
        if is_valid(new, number):
            size += length_of(new, number) - length_of(old, place)
    data, made, validity = room(size), np.empty(old.rows + 1, np.int32), None
    cdef uint8_t[::1] to = data
    cdef int32_t[::1] offsets = made
    cdef uint8_t[::1] bits
    with nogil:
        _put(old, new, places, &to[0], offsets)
    if old.valid != NULL:
        bits = validity = np.zeros((old.rows + 7) // 8, np.uint8)
        _put_validity(old, new, places, bits)
    return string_array(old.rows, made, data, size, validity)


cdef void _put(
    const TextView *old, const TextView *new, const int64_t[::1] places, uint8_t *to, int32_t[::1] offsets
) noexcept nogil:
    cdef Py_ssize_t number, row = 0
    cdef int64_t at = 0, shift, place, length
    offsets[0] = 0
    for number in range(places.shape[0] + 1):
        place = places[number] if number < places.shape[0] else old.rows
        shift = at - old.offsets[row]
        length = old.offsets[place] - old.offsets[row]
        if length:
            memcpy(to + at, old.data + old.offsets[row], length)
        at += length
        while row < place:
            row += 1
            offsets[row] = <int32_t>(old.offsets[row] + shift)
        if number < places.shape[0]:
            at += copy_text(new, number, to + at) if is_valid(new, number) else copy_text(old, place, to + at)
            row += 1
            offsets[row] = <int32_t>at


cdef void _put_validity(
    const TextView *old, const TextView *new, const int64_t[::1] places, uint8_t[::1] bits
) noexcept nogil:
    cdef Py_ssize_t row, number
    for row in range(old.rows):
        bits[row >> 3] |= is_valid(old, row) << (row & 7)
    for number in range(places.shape[0]):
        row = places[number]
        bits[row >> 3] |= is_valid(new, number) << (row & 7)


def gather(object values, object positions, *, bint empty=False):
    cdef const int64_t[::1] places = np.ascontiguousarray(positions, np.int64)
    cdef Texts held = Texts(values)
    cdef const TextView *texts = &held.view
    cdef Py_ssize_t count = places.shape[0], number, nulls = 0
    cdef int64_t size = 0, place, at = 0, highest = -1
    with nogil:
        for number in range(count):
            place = places[number]
            highest = max(highest, place)
            if place < 0 or place >= texts.rows or not is_valid(texts, place):
                nulls += 1
            else:
                size += length_of(texts, place)
    if highest >= texts.rows:
        raise ValueError("a position is beyond the array")
    data, made = room(size), np.empty(count + 1, np.int32)
    validity = np.zeros((count + 7) // 8, np.uint8) if nulls and not empty else None
    cdef uint8_t[::1] to = data
    cdef uint8_t[::1] bits = validity
    cdef int32_t[::1] offsets = made
    with nogil:
        offsets[0] = 0
        for number in range(count):
            place = places[number]
            if not nulls:
                at += copy_text(texts, place, &to[at])
            elif place >= 0 and is_valid(texts, place):
                at += copy_text(texts, place, &to[at])
                if not empty:
                    bits[number >> 3] |= 1 << (number & 7)
            offsets[number + 1] = <int32_t>at
    return string_array(count, made, data, size, validity)


def repeat(object values, Py_ssize_t times):
    cdef Texts held = Texts(values)
    cdef const TextView *texts = &held.view
    cdef int64_t once = texts.offsets[texts.rows] - texts.offsets[0]
    cdef Py_ssize_t time, row, at = 0
    if texts.valid != NULL or times < 0:
        raise ValueError("texts to repeat must not be null, nor be repeated less than never")
    if texts.rows and times > INT32_MAX // texts.rows:
        raise TooLargeError("a column of text would have over 2^31 rows: send smaller requests")
    data, made = room(once * times), np.empty(times * texts.rows + 1, np.int32)
    cdef uint8_t[::1] to = data
    cdef int32_t[::1] offsets = made
    with nogil:
        for time in range(times):
            if once:
                memcpy(&to[time * once], texts.data + texts.offsets[0], once)
            for row in range(texts.rows):
                offsets[at] = <int32_t>(time * once + texts.offsets[row] - texts.offsets[0])
                at += 1
        offsets[at] = <int32_t>(times * once)
    return string_array(at, made, data, times * once, None)


def fixed_texts(object table, object rows):
    cdef const int64_t[::1] places = np.ascontiguousarray(rows, np.int64)
    cdef int64_t width = table.dtype.itemsize, known = len(table), place, at = 0, highest = -1
    cdef const uint8_t[::1] source = np.ascontiguousarray(table).view(np.uint8)
    cdef Py_ssize_t count = places.shape[0], number, nulls = 0
    for number in range(count):
        highest = max(highest, places[number])
    if highest >= known:
        raise ValueError("a row is beyond the table")
    data, made, validity = room(count * width), np.empty(count + 1, np.int32), np.zeros((count + 7) // 8, np.uint8)
    cdef uint8_t[::1] to = data, bits = validity
    cdef int32_t[::1] offsets = made
    with nogil:
        offsets[0] = 0
        for number in range(count):
            if number + _AHEAD < count and places[number + _AHEAD] >= 0:
                otel_lift_prefetch(&source[places[number + _AHEAD] * width])
            place = places[number]
            if place >= 0 and source[place * width]:
                memcpy(&to[at], &source[place * width], width)
                at += width
                bits[number >> 3] |= 1 << (number & 7)
            else:
                nulls += 1
            offsets[number + 1] = <int32_t>at
    return string_array(count, made, data, at, validity if nulls else None)


def put_fixed(object values, object positions, object table, object rows):
    cdef const int64_t[::1] places = np.ascontiguousarray(positions, np.int64)
    cdef const int64_t[::1] sources = np.ascontiguousarray(rows, np.int64)
    cdef int64_t width = table.dtype.itemsize, known = len(table), last = -1, at = 0, size, begin, length
    cdef const uint8_t[::1] source = np.ascontiguousarray(table).view(np.uint8)
    cdef Texts held = Texts(values)
    cdef const TextView *old = &held.view
    cdef Py_ssize_t count = places.shape[0], number, row = 0, place, missing = 0
    if old.valid != NULL:
        raise ValueError("values must not be null")
    if sources.shape[0] != count:
        raise ValueError("there must be one text for each position")
    size = old.offsets[old.rows] - old.offsets[0]
    for number in range(count):
        if places[number] <= last or places[number] >= old.rows:
            raise ValueError("positions must ascend within the array")
        last = places[number]
        if sources[number] >= known:
            raise ValueError("a row is beyond the table")
    data, made, mask = room(size + count * width), np.empty(old.rows + 1, np.int32), np.empty(count, np.uint8)
    cdef uint8_t[::1] to = data, given = mask
    cdef int32_t[::1] offsets = made
    with nogil:
        offsets[0] = 0
        for number in range(count + 1):
            place = places[number] if number < count else old.rows
            begin = old.offsets[row]
            length = old.offsets[place] - begin
            if length:
                memcpy(&to[at], old.data + begin, length)
            while row < place:
                row += 1
                offsets[row] = <int32_t>(old.offsets[row] - begin + at)
            at += length
            if number == count:
                break
            if number + _AHEAD < count and sources[number + _AHEAD] >= 0:
                otel_lift_prefetch(&source[sources[number + _AHEAD] * width])
            if sources[number] >= 0 and source[sources[number] * width]:
                memcpy(&to[at], &source[sources[number] * width], width)
                at += width
                given[number] = 1
            else:
                at += copy_text(old, place, &to[at])
                given[number] = 0
                missing += 1
            row += 1
            offsets[row] = <int32_t>at
    return string_array(old.rows, made, data, at, None), mask.view(np.bool_) if missing else None


def hexadecimal(object ids):
    cdef Py_ssize_t rows = len(ids), row, byte
    cdef Py_ssize_t width = ids.type.byte_width, start = ids.offset
    cdef int64_t at = 0
    data, made = room(2 * rows * width), np.zeros(rows + 1, np.int32)
    cdef uint8_t[::1] to = data
    cdef uint16_t *out = <uint16_t *>&to[0]
    cdef int32_t[::1] offsets = made
    if not rows:
        return string_array(0, made, data, 0, None)
    validity, raw = ids.buffers()
    cdef const uint8_t[::1] source = np.frombuffer(raw, np.uint8)
    cdef const uint8_t[::1] bits = np.frombuffer(validity, np.uint8) if ids.null_count else None
    if source.shape[0] < (start + rows) * width or (bits is not None and bits.shape[0] * 8 < start + rows):
        raise ValueError("the buffers of a column of ids are too short")
    with nogil:
        for row in range(start, start + rows):
            if bits is None or (bits[row >> 3] >> (row & 7)) & 1:
                for byte in range(width):
                    out[at + byte] = _HEX[source[row * width + byte]]
                at += width
            offsets[row - start + 1] = <int32_t>(2 * at)
    return string_array(rows, made, data, 2 * at, None)


def numbers(object values):
    cdef Texts held = Texts(values)
    cdef const TextView *texts = &held.view
    cdef Py_ssize_t row
    cdef int64_t length, longest = 0
    result = np.empty(texts.rows, np.float64)
    cdef double[::1] found = result
    for row in range(texts.rows):
        longest = max(longest, length_of(texts, row))
    cdef char *text = <char *>malloc(longest + 1)  # what reads numbers wants a zero byte at their end
    if text == NULL:
        raise MemoryError
    try:
        for row in range(texts.rows):
            found[row] = NAN
            length = length_of(texts, row)
            if length and is_valid(texts, row):
                memcpy(text, texts.data + texts.offsets[row], length)
                text[length] = 0
                if _number_length(text) == length:
                    found[row] = PyOS_string_to_double(text, NULL, NULL)
    finally:
        free(text)
    return result


cdef Py_ssize_t _number_length(const char *text) noexcept nogil:
    """Answer how much of a text, which has a zero byte behind it, is a decimal number from its start on."""
    cdef Py_ssize_t at = text[0] == b"+" or text[0] == b"-", digits = _digits_at(text + at), more
    at += digits
    if text[at] == b".":
        more = _digits_at(text + at + 1)
        at, digits = at + 1 + more, digits + more
    if digits and (text[at] == b"e" or text[at] == b"E"):
        at += 1
        at += text[at] == b"+" or text[at] == b"-"
        digits = _digits_at(text + at)
        at += digits
    return at if digits else 0


cdef Py_ssize_t _digits_at(const char *text) noexcept nogil:
    cdef Py_ssize_t count = 0
    while b"0" <= text[count] <= b"9":
        count += 1
    return count
