# cython: language_level=3
"""Arrow arrays as C sees them.

The memory is checked once, when a column is taken, to be as large as its rows need; whatever stands in it and points
elsewhere (offsets, codes) is checked where it is read.
"""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdlib cimport free, realloc

from otel_lift.errors import ProcessorError


cdef class Columns:
    def __dealloc__(self):
        for index in range(self._count):
            PyBuffer_Release(&self._held[index])
        free(self._held)

    cdef Column scalars(self, object array, int64_t bits) except *:
        """Take an array of numbers or ids of `bits` bits each."""
        cdef Column column = _column(array)
        if array.type.bit_width != bits:
            refuse()
        valid, data = array.buffers()
        column.valid = self._hold(valid, (column.start + column.length + 7) // 8)
        column.data = self._hold(data, ((column.start + column.length) * bits + 7) // 8)
        return column

    cdef Column texts(self, object array) except *:
        """Take an array of strings."""
        cdef Column column = _column(array)
        valid, offsets, data = array.buffers()
        column.valid = self._hold(valid, (column.start + column.length + 7) // 8)
        if column.length:
            column.offsets = self._hold(offsets, 4 * (column.start + column.length + 1))
        column.data = self._hold(data, 0)
        column.limit = data.size if data is not None else 0
        return column

    cdef Column offsets(self, object array, int64_t entries) except *:
        """Take the offsets of a list array, which has `entries` entries in all. A null list is an empty one."""
        cdef Column column = _column(array)
        valid, offsets = array.buffers()[:2]
        column.valid = self._hold(valid, (column.start + column.length + 7) // 8)
        if column.length:
            column.offsets = self._hold(offsets, 4 * (column.start + column.length + 1))
        column.limit = entries
        return column

    cdef const uint8_t* _hold(self, object buffer, int64_t needed) except? NULL:
        cdef Py_buffer* larger
        if buffer is None:
            return NULL
        if self._count == self._capacity:
            larger = <Py_buffer*>realloc(self._held, (2 * self._capacity + 64) * sizeof(Py_buffer))
            if larger == NULL:
                raise MemoryError
            self._held = larger
            self._capacity = 2 * self._capacity + 64
        PyObject_GetBuffer(buffer, &self._held[self._count], PyBUF_SIMPLE)
        self._count += 1
        if self._held[self._count - 1].len < needed:
            refuse()
        return <const uint8_t*>self._held[self._count - 1].buf


cdef Column _column(object array) except *:
    cdef Column column
    column.valid = column.data = column.offsets = NULL
    column.start = array.offset
    column.length = len(array)
    column.limit = 0
    return column


cdef int refuse() except -1 nogil:
    """Raise for a column that points to what is not there: no door makes one, so a stage has."""
    with gil:
        raise ProcessorError(
            "a column of the batch refers to a row, an entry or a text that is not there: "
            "a processor built it wrongly (check the one added last)"
        )
