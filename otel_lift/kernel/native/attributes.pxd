"""Attributes: a key, and a value with its type and text as `otel_lift.kernel.values` has them."""

from libc.stdint cimport uint8_t

from otel_lift.kernel.native.rows cimport Rows
from otel_lift.kernel.native.wire cimport Reader, Text

cdef const uint8_t* read_attribute(
    Reader* r, Rows* rows, const uint8_t* p, const uint8_t* end, int place, int depth
) noexcept nogil
cdef bint check_value(Reader* r, Text value, int depth) noexcept nogil
