"""Arrow tables from rows."""

from libc.stdint cimport int32_t, int64_t, uint8_t

from otel_lift.kernel.native.dictionary cimport Dictionary
from otel_lift.kernel.native.memory cimport Vec
from otel_lift.kernel.native.rows cimport Rows


cdef class Layout:
    cdef object schema
    cdef object empty
    cdef list plan
    cdef list nulls
    cdef int further

    cdef object null_column(self, int place, object type, int64_t count)


cdef class Table:
    cdef Rows rows
    cdef Layout layout

    cdef object build(self, dict made)


cdef object take(uint8_t** data, int64_t size)
cdef object take_texts(int64_t count, int32_t** ends, Vec* text)
