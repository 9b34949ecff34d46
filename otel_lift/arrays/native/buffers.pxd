"""What the native modules share: Arrow's memory, opened and checked once."""

from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memcpy

cdef enum:
    SLACK = 16  # bytes that may be written behind a text, see `copy_text`

ctypedef struct TextView:
    const int32_t *offsets  # text i of `rows` is `data[offsets[i]:offsets[i + 1]]`, within `size` bytes
    const char *data
    const uint8_t *valid  # a bitmap from bit `start` on, NULL where no text is null
    int64_t start
    int64_t size
    Py_ssize_t rows


cdef class Texts:
    """Holds the buffers of an Arrow string array while its `view` is read."""

    cdef Py_buffer _offsets, _data, _validity
    cdef bint _has_offsets, _has_data, _has_validity
    cdef TextView view


cdef inline bint is_valid(const TextView *texts, Py_ssize_t row) noexcept nogil:
    cdef int64_t bit = texts.start + row
    return texts.valid == NULL or (texts.valid[bit >> 3] >> (bit & 7)) & 1


cdef inline int64_t length_of(const TextView *texts, Py_ssize_t row) noexcept nogil:
    return texts.offsets[row + 1] - texts.offsets[row]


cdef inline int64_t copy_text(const TextView *texts, Py_ssize_t row, uint8_t *to) noexcept nogil:
    """Copy a text and answer its length; up to `SLACK` bytes are written, since a copy of one size is a single move."""
    cdef int64_t begin = texts.offsets[row]
    cdef int64_t length = texts.offsets[row + 1] - begin
    if length <= SLACK and begin + SLACK <= texts.size:
        memcpy(to, texts.data + begin, SLACK)
    elif length:
        memcpy(to, texts.data + begin, length)
    return length


cdef int check_offsets(const int32_t[::1] offsets, Py_ssize_t entries) except -1
cdef object room(int64_t size)
cdef object string_array(Py_ssize_t rows, object offsets, object data, int64_t size, object validity)
