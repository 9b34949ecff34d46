# cython: language_level=3
"""The rows of one table while they are being read: how they grow, and how they are taken back."""

from libc.stdint cimport INT32_MAX
from libc.stdlib cimport free, realloc

from otel_lift.kernel.native.dictionary cimport cut_dictionary, free_dictionary
from otel_lift.kernel.native.memory cimport NO_MEMORY, TOO_LARGE

cdef enum:
    FIRST = 16  # rows, or entries, to make room for at least


cdef Status resize(void** data, int64_t size) noexcept nogil:
    cdef void* larger = realloc(data[0], size)
    if larger == NULL:
        return NO_MEMORY
    data[0] = larger
    return OK


cdef Status add_capacity(Rows* rows) noexcept nogil:
    """Make room for twice as many rows."""
    cdef int64_t capacity = min(max(2 * rows.capacity, rows.expected, FIRST), INT32_MAX)
    cdef Column* column
    cdef int number
    cdef Status status
    if capacity <= rows.capacity:
        return TOO_LARGE
    status = resize(<void**> &rows.owned, 4 * (capacity + 1))
    if status != OK:
        return status
    rows.owned[0] = 0
    for number in range(rows.columns):
        column = &rows.column[number]
        status = resize(<void**> &column.data, column.width * (capacity + (column.item != 0)))
        if status == OK and column.nullable:
            status = resize(<void**> &column.valid, (capacity + 7) // 8)
        if status != OK:
            return status
        if column.item:
            (<int32_t*> column.data)[0] = 0
    rows.capacity = capacity
    return OK


cdef Status add_entry_capacity(Rows* rows) noexcept nogil:
    """Make room for twice as many attributes."""
    cdef int64_t capacity = min(max(2 * rows.entry_capacity, 8 * rows.expected, FIRST), INT32_MAX)
    cdef Status status
    if capacity <= rows.entry_capacity:
        return TOO_LARGE
    status = resize(<void**> &rows.keys, 4 * capacity)
    if status == OK:
        status = resize(<void**> &rows.types, capacity)
    if status == OK:
        status = resize(<void**> &rows.ends, 4 * (capacity + 1))
    if status == OK:
        rows.ends[0] = 0
        rows.entry_capacity = capacity
    return status


cdef void cut(Rows* rows, const Marks* marks) noexcept nogil:
    """Take back all that came after `marks` were made, also of a row that was begun."""
    cdef Column* column
    cdef int number
    rows.count = marks.rows
    for number in range(rows.columns):
        column = &rows.column[number]
        if column.item and column.data != NULL:
            column.items.size = <int64_t> (<const int32_t*> column.data)[rows.count] * column.item
    rows.entries = rows.owned[rows.count] if rows.owned != NULL else 0
    rows.values.size = rows.ends[rows.entries] if rows.ends != NULL else 0
    for number in range(MOST_WORDS):
        cut_dictionary(&rows.words[number], marks.words[number])


cdef void free_rows(Rows* rows) noexcept nogil:
    """Free what Arrow has not taken over."""
    cdef int number
    for number in range(rows.columns):
        free(rows.column[number].data)
        free(rows.column[number].valid)
        free(rows.column[number].items.data)
    for number in range(MOST_WORDS):
        free_dictionary(&rows.words[number])
    free(rows.owned)
    free(rows.keys)
    free(rows.types)
    free(rows.ends)
    free(rows.values.data)
