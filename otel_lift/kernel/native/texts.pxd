"""Pieces of text for values: JSON strings, base64."""

from libc.stdint cimport int64_t, uint8_t

from otel_lift.kernel.native.memory cimport Vec
from otel_lift.kernel.native.wire cimport Reader, Text

# each tells whether it could be done, else the reader has failed
cdef bint write_bytes(Reader* r, Vec* out, const void* data, int64_t size) noexcept nogil
cdef bint write_string(Reader* r, Vec* out, Text text) noexcept nogil
cdef bint write_base64(Reader* r, Vec* out, Text data) noexcept nogil
cdef int has_twice(Reader* r, const Text* texts, int64_t count) noexcept nogil
