# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""`ranks`: the native twin of the function in `otel_lift.arrays.pure`, where it is described."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, malloc, qsort
from libc.string cimport memcmp, memset

from otel_lift.arrays.native.buffers cimport Texts, TextView, length_of

__all__ = ["ranks"]

ctypedef struct _Key:
    uint64_t start  # its first eight bytes behind what all texts begin with, as a number that sorts like them
    const char *text
    int64_t length
    Py_ssize_t row


def ranks(object values):
    cdef Texts held = Texts(values)
    cdef const TextView *texts = &held.view
    cdef Py_ssize_t row, rows = texts.rows
    result = np.empty(rows, np.int32)
    cdef int32_t[::1] ranked = result
    cdef _Key *keys = <_Key *>malloc((2 * rows + 1) * sizeof(_Key))
    cdef _Key *inorder
    if keys == NULL:
        raise MemoryError
    with nogil:
        _read(texts, keys)
        inorder = _sorted(keys, keys + rows, rows)
        _settle(inorder, rows)
        for row in range(rows):
            ranked[inorder[row].row] = <int32_t>row
    free(keys)
    return result


cdef void _read(const TextView *texts, _Key *keys) noexcept nogil:
    cdef Py_ssize_t row
    cdef int64_t shared = length_of(texts, 0) if texts.rows else 0, place, length
    cdef const char *one = texts.data + texts.offsets[0]
    cdef const char *text
    cdef uint64_t start
    for row in range(texts.rows):
        text, length = texts.data + texts.offsets[row], length_of(texts, row)
        shared = min(shared, length)
        place = 0
        while place < shared and text[place] == one[place]:
            place += 1
        shared = place
    for row in range(texts.rows):
        text, length = texts.data + texts.offsets[row], length_of(texts, row)
        start = 0
        for place in range(shared, shared + 8):
            start = (start << 8) | (<uint8_t>text[place] if place < length else 0)
        keys[row] = _Key(start, text, length, row)


cdef _Key *_sorted(_Key *keys, _Key *other, Py_ssize_t rows) noexcept nogil:
    """Sort by the starts, a byte at a time from the last; answers which of the two arrays has the result."""
    cdef Py_ssize_t[256] ends
    cdef Py_ssize_t row, total, count
    cdef int shift, byte
    for shift in range(0, 64, 8):
        memset(ends, 0, sizeof(ends))
        for row in range(rows):
            ends[(keys[row].start >> shift) & 255] += 1
        if rows and ends[(keys[0].start >> shift) & 255] == rows:
            continue
        total = 0
        for byte in range(256):
            count = ends[byte]
            ends[byte] = total
            total += count
        for row in range(rows):
            byte = (keys[row].start >> shift) & 255
            other[ends[byte]] = keys[row]
            ends[byte] += 1
        keys, other = other, keys
    return keys


cdef void _settle(_Key *keys, Py_ssize_t rows) noexcept nogil:
    """Sort the runs of equal starts by the whole texts."""
    cdef Py_ssize_t row, first = 0
    for row in range(1, rows + 1):
        if row == rows or keys[row].start != keys[first].start:
            if row - first > 1:
                qsort(keys + first, row - first, sizeof(_Key), _compare)
            first = row


cdef int _compare(const void *left, const void *right) noexcept nogil:
    cdef const _Key *one = <const _Key *>left
    cdef const _Key *other = <const _Key *>right
    cdef int64_t shared = min(one.length, other.length)
    cdef int order = memcmp(one.text, other.text, shared) if shared else 0
    return order if order else (one.length > other.length) - (one.length < other.length)
