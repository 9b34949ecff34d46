"""Arrow arrays as C sees them: slices, nulls and dictionaries included."""

from cpython.buffer cimport Py_buffer
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy


cdef struct Column:
    const uint8_t* valid  # a bit a row, or NULL where nothing is null
    const uint8_t* data  # the numbers or ids; of a string column, its text
    const uint8_t* offsets  # int32, of a string or list column
    int64_t start  # the row of the buffers at which the array starts
    int64_t length  # of the array
    int64_t limit  # what the last offset may be: bytes of text, or rows of a list's entries


cdef struct Text:
    const uint8_t* content
    int64_t size


cdef class Columns:
    """The columns of a batch, whose memory this object holds as long as it lives."""

    cdef Py_buffer* _held
    cdef int _count
    cdef int _capacity

    cdef Column scalars(self, object array, int64_t bits) except *
    cdef Column texts(self, object array) except *
    cdef Column offsets(self, object array, int64_t entries) except *
    cdef const uint8_t* _hold(self, object buffer, int64_t needed) except? NULL


cdef int refuse() except -1 nogil


cdef inline bint is_null(const Column* column, int64_t row) noexcept nogil:
    row += column.start
    return column.valid != NULL and not column.valid[row >> 3] >> (row & 7) & 1


# by memcpy: a foreign buffer need not be aligned

cdef inline uint32_t uint32_at(const Column* column, int64_t row) noexcept nogil:
    cdef uint32_t number
    memcpy(&number, column.data + 4 * (column.start + row), 4)
    return number


cdef inline int32_t int32_at(const Column* column, int64_t row) noexcept nogil:
    return <int32_t>uint32_at(column, row)


cdef inline uint64_t uint64_at(const Column* column, int64_t row) noexcept nogil:
    cdef uint64_t number
    memcpy(&number, column.data + 8 * (column.start + row), 8)
    return number


cdef inline int range_at(const Column* column, int64_t row, int64_t* first, int64_t* stop) except -1 nogil:
    """Find where a row's text or entries are; a range that leaves the buffer is refused."""
    cdef int32_t bounds[2]
    memcpy(bounds, column.offsets + 4 * (column.start + row), 8)
    if bounds[0] < 0 or bounds[1] < bounds[0] or bounds[1] > column.limit:
        refuse()
    first[0] = bounds[0]
    stop[0] = bounds[1]
    return 0


cdef inline int text_at(const Column* column, int64_t row, Text* text) except -1 nogil:
    """Find a row's text; null is empty."""
    cdef int64_t first, stop
    text.content = column.data
    text.size = 0
    if is_null(column, row):
        return 0
    range_at(column, row, &first, &stop)
    text.content = column.data + first
    text.size = stop - first
    return 0


cdef inline int interned_at(const Column* codes, const Column* texts, int64_t row, Text* text) except -1 nogil:
    """Find a row's text in the dictionary of its column; null is empty."""
    cdef int32_t code
    text.content = NULL
    text.size = 0
    if is_null(codes, row):
        return 0
    code = int32_at(codes, row)
    if code < 0 or code >= texts.length:
        refuse()
    return text_at(texts, code, text)
