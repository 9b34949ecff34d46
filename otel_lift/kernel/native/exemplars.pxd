"""Exemplars of data points, and the values that both have: a double or an int."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from otel_lift.kernel.native.rows cimport Rows
from otel_lift.kernel.native.wire cimport Reader

cdef const uint8_t* read_number(
    Reader* r, uint32_t tag, uint32_t double_tag, uint64_t* value, int* type, const uint8_t* p, const uint8_t* end
) noexcept nogil
cdef void put_number(Rows* rows, int column, int type, uint64_t value) noexcept nogil
cdef const uint8_t* read_exemplar(
    Reader* r, Rows* exemplars, int64_t record, const uint8_t* p, const uint8_t* end, int depth
) noexcept nogil
