"""The text of numbers, as Python writes it."""

from libc.stdint cimport int64_t, uint8_t

cdef enum:
    MAX_DIGITS = 32  # bytes that the text of a number may need

cdef int write_integer(uint8_t* out, int64_t value) noexcept nogil
cdef int write_double(uint8_t* out, double value) noexcept nogil
