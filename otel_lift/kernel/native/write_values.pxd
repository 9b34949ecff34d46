"""`AnyValue`s written from the type and text that they have in columns."""

from libc.stdint cimport uint8_t

from otel_lift.kernel.native.write_bytes cimport Writer
from otel_lift.kernel.native.write_columns cimport Text


cdef int put_value(Writer* out, uint8_t value_type, const Text* text) except -1 nogil
