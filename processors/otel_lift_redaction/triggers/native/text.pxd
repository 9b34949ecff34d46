from libc.stdint cimport uint8_t, uint32_t

cdef uint32_t triggers_of(const uint8_t *text, Py_ssize_t size) noexcept nogil
cdef bint is_plain(const uint8_t *text, Py_ssize_t size, Py_ssize_t room) noexcept nogil
