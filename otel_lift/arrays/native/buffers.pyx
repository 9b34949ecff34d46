# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Arrow's memory, opened by the buffer protocol and checked once, so that the loops behind need not."""

import numpy as np
import pyarrow as pa

from otel_lift.errors import TooLargeError

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint8_t

cdef int32_t _ZERO = 0
cdef object _string_array_type = pa.StringArray
cdef object _string_type = pa.string()
cdef object _from_buffers = pa.Array.from_buffers
cdef object _py_buffer = pa.py_buffer


cdef class Texts:
    def __cinit__(self, object array):
        if not isinstance(array, _string_array_type):
            raise TypeError(f"a string array is needed, not {type(array).__name__}")
        validity, offsets, data = array.buffers()
        cdef TextView *view = &self.view
        view.rows, view.start, view.offsets = len(array), array.offset, &_ZERO
        if view.rows:
            PyObject_GetBuffer(offsets, &self._offsets, PyBUF_SIMPLE)
            self._has_offsets = True
            if self._offsets.len < (view.start + view.rows + 1) * <Py_ssize_t>sizeof(int32_t):
                raise ValueError("the offsets of a string array are too few")
            view.offsets = <const int32_t *>self._offsets.buf + view.start
        if data is not None:
            PyObject_GetBuffer(data, &self._data, PyBUF_SIMPLE)
            self._has_data = True
            view.data, view.size = <const char *>self._data.buf, self._data.len
        if validity is not None and array.null_count:
            PyObject_GetBuffer(validity, &self._validity, PyBUF_SIMPLE)
            self._has_validity = True
            if self._validity.len * 8 < view.start + view.rows:
                raise ValueError("the validity of a string array is too short")
            view.valid = <const uint8_t *>self._validity.buf
        if not _ascending(view.offsets, view.rows, view.size):
            raise ValueError("the offsets of a string array are out of bounds")

    def __dealloc__(self):
        if self._has_offsets:
            PyBuffer_Release(&self._offsets)
        if self._has_data:
            PyBuffer_Release(&self._data)
        if self._has_validity:
            PyBuffer_Release(&self._validity)


cdef bint _ascending(const int32_t *offsets, Py_ssize_t rows, int64_t size) noexcept nogil:
    cdef Py_ssize_t row
    cdef int wrong = offsets[0] < 0
    for row in range(rows):
        wrong |= offsets[row] > offsets[row + 1]
    return not wrong and offsets[rows] <= size


cdef int check_offsets(const int32_t[::1] offsets, Py_ssize_t entries) except -1:
    """Raise ValueError unless the offsets of lists ascend from zero to the count of entries."""
    cdef Py_ssize_t last = offsets.shape[0] - 1
    if last < 0 or offsets[0] != 0 or offsets[last] != entries or not _ascending(&offsets[0], last, entries):
        raise ValueError("the offsets of lists do not ascend from 0 to the count of their entries")
    return 0


cdef object room(int64_t size):
    """Allocate `size` bytes of text and the slack; raises TooLargeError over what 32-bit offsets can reach."""
    if size > INT32_MAX:
        raise TooLargeError("a column of text would be over 2 GiB: send smaller requests")
    return np.empty(size + SLACK, np.uint8)


cdef object string_array(Py_ssize_t rows, object offsets, object data, int64_t size, object validity):
    """Make the Arrow array of offsets, data and validity that are numpy arrays; they are kept, not copied."""
    bitmap = None if validity is None else _py_buffer(validity)
    return _from_buffers(_string_type, rows, [bitmap, _py_buffer(offsets), _py_buffer(data[:size])])
