# cython: language_level=3
"""A column of texts as compiled code reads it: checked once, then walked without the interpreter's lock."""

from libc.stdint cimport int32_t, uint8_t, uint64_t
from libc.string cimport memcpy


cdef struct Column:
    const uint8_t *data
    const int32_t *offsets
    const uint8_t *valid
    Py_ssize_t start  # of the rows in `valid`
    Py_ssize_t rows
    Py_ssize_t size  # of `data`, in bytes
    const uint8_t *types
    const uint8_t *spared


cdef inline bint are_offsets(const int32_t *offsets, Py_ssize_t rows, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t row
    cdef bint wrong = offsets[0] < 0
    for row in range(rows):
        wrong |= offsets[row] > offsets[row + 1]
    return not wrong and offsets[rows] <= size


cdef inline int read_column(Column *column, object values, const uint8_t[::1] types, object spared) except -1:
    """Read a string array, its types and its marks, which must outlive the column; 0 where it has no text at all.

    Raises ValueError for lengths and offsets that do not fit.
    """
    cdef const signed char[::1] valid, data, offsets  # what Arrow says that its memory is
    cdef const uint8_t[::1] kept
    cdef Py_ssize_t size = len(values)
    validity, raw_offsets, raw_data = values.buffers()
    if not size or raw_data is None or not raw_data.size:
        return 0
    offsets, data, start = raw_offsets, raw_data, values.offset
    if offsets.shape[0] < (start + size + 1) * 4 or types is not None and types.shape[0] != size:
        raise ValueError("a column's offsets, types and texts are of different lengths")
    column.offsets = <const int32_t *>&offsets[0] + <Py_ssize_t>start
    column.data, column.rows, column.start = <const uint8_t *>&data[0], size, start
    column.size = data.shape[0]
    if not are_offsets(column.offsets, size, column.size):
        raise ValueError("a column's offsets do not ascend within its text")
    column.valid = column.types = column.spared = NULL
    if validity is not None:
        valid = validity
        column.valid = <const uint8_t *>&valid[0]
    if types is not None:
        column.types = &types[0]
    if spared is not None:
        kept = spared.view("u1")
        if kept.shape[0] != size:
            raise ValueError("a column's marks and texts are of different lengths")
        column.spared = &kept[0]
    return 1


cdef inline bint is_looked_at(const Column *column, Py_ssize_t row) noexcept nogil:
    """Whether a text is there, and not spared."""
    cdef Py_ssize_t bit = column.start + row
    if column.spared != NULL and column.spared[row]:
        return False
    return column.valid == NULL or (column.valid[bit >> 3] >> (bit & 7)) & 1


cdef inline uint64_t mixed(uint64_t state, const uint8_t *text, Py_ssize_t size) noexcept nogil:
    cdef uint64_t word = 0
    memcpy(&word, text, size)
    state = (state ^ word) * <uint64_t>0x9E3779B97F4A7C15
    return state ^ (state >> 32)


cdef inline uint64_t some_hash(uint64_t seed, const uint8_t *text, Py_ssize_t size) noexcept nogil:
    """A hash of a text, of long ones by some of their bytes; equal ones only save work, so it need not be a strong one."""
    cdef uint64_t state = seed ^ <uint64_t>size
    cdef Py_ssize_t at = 0
    if size < 8:
        return mixed(state, text, size)
    if size > 40:
        state = mixed(state, text + size // 4, 8)
        state = mixed(state, text + size // 2, 8)
        at = size - 24
    while at + 8 < size:
        state = mixed(state, text + at, 8)
        at += 8
    return mixed(state, text + size - 8, 8)
