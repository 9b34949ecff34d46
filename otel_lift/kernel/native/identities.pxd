"""Rows that are kept once: the identity of a row is all its content, in one string of bytes."""

from libc.stdint cimport int32_t, int64_t, uint32_t

from otel_lift.kernel.native.dictionary cimport Dictionary
from otel_lift.kernel.native.memory cimport Vec
from otel_lift.kernel.native.rows cimport Rows
from otel_lift.kernel.native.wire cimport Reader

cdef struct Distinct:
    Rows* rows
    Dictionary identities  # of each row
    Vec identity  # of the row that was read last

# each tells whether it could be done, else the reader has failed
cdef bint write_columns(Reader* r, Vec* out, const Rows* rows, int64_t row, int columns) noexcept nogil
cdef bint write_attributes(Reader* r, Vec* out, const Rows* rows, int64_t row) noexcept nogil
cdef bint begin_identity(Reader* r, Distinct* distinct, int columns) noexcept nogil
cdef int32_t known_row(Reader* r, Distinct* distinct) noexcept nogil
cdef void cut_distinct(Distinct* distinct) noexcept nogil
cdef void free_distinct(Distinct* distinct) noexcept nogil


cdef inline uint32_t end_of(const Rows* rows, int column, int64_t row) noexcept nogil:
    """Answer where the things of a row end, 0 before the first row."""
    return (<const uint32_t*> rows.column[column].data)[row] if row >= 0 else 0
