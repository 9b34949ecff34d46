# cython: language_level=3
"""Rows that are kept once.

A message is read into the next row of its table. Then the row's identity is interned, whose number is that of the row:
where that is the number of an earlier one, its reader takes the row back.
"""

from libc.stdlib cimport free

from otel_lift.kernel.native.dictionary cimport cut_dictionary, free_dictionary, intern
from otel_lift.kernel.native.rows cimport Column
from otel_lift.kernel.native.texts cimport write_bytes


cdef bint write_sized(Reader* r, Vec* out, const void* data, int64_t size) noexcept nogil:
    cdef uint32_t length = <uint32_t> size
    return write_bytes(r, out, &length, 4) and (size == 0 or write_bytes(r, out, data, size))


cdef bint write_columns(Reader* r, Vec* out, const Rows* rows, int64_t row, int columns) noexcept nogil:
    """Write what stands in the first columns of a row."""
    cdef const Column* column
    cdef const int32_t* ends
    cdef int number
    for number in range(columns):
        column = &rows.column[number]
        if column.item:
            ends = <const int32_t*> column.data + row
            if not write_sized(r, out, column.items.data + ends[0], ends[1] - ends[0]):
                return False
        elif not write_bytes(r, out, column.data + row * column.width, column.width):
            return False
    return True


cdef bint write_attributes(Reader* r, Vec* out, const Rows* rows, int64_t row) noexcept nogil:
    """Write the attributes of a row: as keys are interned, equal ones are equal numbers."""
    cdef int32_t at
    cdef int32_t first = rows.owned[row]
    cdef int32_t count = rows.owned[row + 1] - first
    if not write_bytes(r, out, &count, 4):
        return False
    for at in range(first, first + count):
        if not write_bytes(r, out, &rows.keys[at], 4) or not write_bytes(r, out, &rows.types[at], 1):
            return False
        if not write_sized(r, out, rows.values.data + rows.ends[at], rows.ends[at + 1] - rows.ends[at]):
            return False
    return True


cdef bint begin_identity(Reader* r, Distinct* distinct, int columns) noexcept nogil:
    """Write the identity of the last row: its first columns and its attributes."""
    cdef int64_t row = distinct.rows.count - 1
    distinct.identity.size = 0
    return write_columns(r, &distinct.identity, distinct.rows, row, columns) and write_attributes(
        r, &distinct.identity, distinct.rows, row
    )


cdef int32_t known_row(Reader* r, Distinct* distinct) noexcept nogil:
    """Answer the row of the identity that has been written, which is the last row if it is new; -1 having failed."""
    return intern(r, &distinct.identities, distinct.identity.data, distinct.identity.size, False)


cdef void cut_distinct(Distinct* distinct) noexcept nogil:
    """Forget the identities of rows that have been taken back."""
    cut_dictionary(&distinct.identities, distinct.rows.count)


cdef void free_distinct(Distinct* distinct) noexcept nogil:
    free_dictionary(&distinct.identities)
    free(distinct.identity.data)
