"""Values: from the bytes of an `AnyValue` to its type and text, as `otel_lift.kernel.values` has them."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from otel_lift.kernel.native.memory cimport Vec
from otel_lift.kernel.native.wire cimport Reader, Text

cdef enum ValueType:
    EMPTY
    STRING
    BOOL
    INT
    DOUBLE
    ARRAY
    KVLIST
    BYTES_VALUE

cdef struct Choice:  # what a value is in the end
    int type
    uint64_t bits
    Text text

cdef bint read_pair(Reader* r, const uint8_t* p, const uint8_t* end, Text* key) noexcept nogil
cdef int write_value(Reader* r, Vec* out, int64_t first, int64_t count) noexcept nogil
cdef bint write_scalar(Reader* r, Vec* out, const Choice* choice, bint in_json) noexcept nogil
