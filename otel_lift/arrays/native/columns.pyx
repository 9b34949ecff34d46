# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Nulls of columns: the native twin of `otel_lift.arrays.pure`, where the functions are described."""

import numpy as np

from libc.stdint cimport int32_t, uint8_t

__all__ = ["codes_or_less", "valid"]

cdef tuple _TYPES = ("int32", "uint32")


def codes_or_less(object column):
    cdef Py_ssize_t rows = len(column), start = column.offset, row
    if str(column.type) not in _TYPES:
        raise ValueError("an array of int32 or uint32 is needed")
    validity, data = column.buffers()
    if not rows:
        return np.zeros(0, np.int32)
    sent = np.frombuffer(data, np.int32, rows, start * 4)
    if validity is None or not column.null_count:
        return sent
    cdef const uint8_t[::1] bits = _bits(validity, start + rows)
    cdef const int32_t[::1] codes = sent
    made = np.empty(rows, np.int32)
    cdef int32_t[::1] found = made
    with nogil:
        for row in range(rows):
            found[row] = codes[row] if bits[(start + row) >> 3] >> ((start + row) & 7) & 1 else -1
    return made


def valid(object column):
    cdef Py_ssize_t rows = len(column), start = column.offset, row
    cdef Py_ssize_t nulls = column.null_count
    if nulls == rows:
        return np.zeros(rows, np.bool_)
    validity = column.buffers()[0]
    if not nulls or validity is None:
        return np.ones(rows, np.bool_)
    cdef const uint8_t[::1] bits = _bits(validity, start + rows)
    made = np.empty(rows, np.uint8)
    cdef uint8_t[::1] found = made
    with nogil:
        for row in range(rows):
            found[row] = bits[(start + row) >> 3] >> ((start + row) & 7) & 1
    return made.view(np.bool_)


cdef object _bits(object validity, Py_ssize_t rows):
    bits = np.frombuffer(validity, np.uint8)
    if len(bits) * 8 < rows:
        raise ValueError("the validity of an array is too short")
    return bits
