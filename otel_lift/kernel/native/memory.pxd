"""Memory that grows, and that Arrow takes over without a copy."""

from libc.stdint cimport int64_t, uint8_t

cdef enum Status:
    OK
    MALFORMED
    WRONG_TYPE
    NOT_UTF8
    TOO_DEEP
    TOO_LARGE
    NO_MEMORY

cdef enum:
    SLACK = 32  # bytes past the end of what is in use that may always be written

cdef struct Vec:
    uint8_t* data
    int64_t size  # bytes in use
    int64_t capacity  # bytes that may be in use before more memory is needed

cdef Status grow(Vec* vec, int64_t extra, int64_t limit) noexcept nogil

cdef inline Status reserve(Vec* vec, int64_t extra, int64_t limit) noexcept nogil:
    """Make room for `extra` more bytes, and SLACK; TOO_LARGE where that would make them more than `limit`."""
    # not equal: memory that is not there yet has no slack either
    if extra < vec.capacity - vec.size:
        return OK
    return grow(vec, extra, limit)


cdef class Memory:
    cdef uint8_t* data
    cdef Py_ssize_t size

    @staticmethod
    cdef Memory take(uint8_t* data, int64_t size)
