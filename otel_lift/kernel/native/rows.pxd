"""The rows of one table while they are being read: columns of a width, texts, and attributes."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from otel_lift.kernel.native.dictionary cimport Dictionary, intern
from otel_lift.kernel.native.memory cimport OK, reserve, SLACK, Status, Vec
from otel_lift.kernel.native.wire cimport load64, Reader, Text

cdef enum:
    MOST_COLUMNS = 24
    MOST_WORDS = 3
    RECENT = 64  # places of an attribute whose last key is remembered

cdef struct Column:
    int width  # bytes of a row
    int item  # bytes of an item of a list (1 of text): a row is where its items end, a first 0 before it; else 0
    bint nullable
    uint8_t* data
    uint8_t* valid  # a bit a row
    Vec items

cdef struct Marks:
    int64_t rows
    int64_t words[MOST_WORDS]

cdef struct Rows:
    int64_t count
    int64_t capacity
    int64_t expected  # rows to make room for at first
    int columns
    Column column[MOST_COLUMNS]
    Dictionary words[MOST_WORDS]  # the keys of attributes, then those of interned columns in their order
    int32_t* owned  # where each row's attributes end, a first 0 before it
    int64_t entries
    int64_t entry_capacity
    int32_t* keys
    uint8_t* types
    int32_t* ends
    Vec values
    int32_t recent[RECENT]

cdef Status add_capacity(Rows* rows) noexcept nogil
cdef Status add_entry_capacity(Rows* rows) noexcept nogil
cdef void cut(Rows* rows, const Marks* marks) noexcept nogil
cdef void free_rows(Rows* rows) noexcept nogil


cdef inline Status open_row(Rows* rows) noexcept nogil:
    """Make room for one more row."""
    return OK if rows.count < rows.capacity else add_capacity(rows)


cdef inline void close_row(Rows* rows) noexcept nogil:
    """Count the row that has been written, with the attributes that were."""
    rows.count += 1
    rows.owned[rows.count] = <int32_t> rows.entries


cdef inline void mark(Rows* rows, Marks* marks) noexcept nogil:
    """Remember how much there is, for `cut`."""
    cdef int number
    marks.rows = rows.count
    for number in range(MOST_WORDS):
        marks.words[number] = rows.words[number].count


cdef inline void put32(Rows* rows, int column, uint32_t value) noexcept nogil:
    (<uint32_t*> rows.column[column].data)[rows.count] = value


cdef inline void put64(Rows* rows, int column, uint64_t value) noexcept nogil:
    (<uint64_t*> rows.column[column].data)[rows.count] = value


cdef inline void put8(Rows* rows, int column, uint8_t value) noexcept nogil:
    rows.column[column].data[rows.count] = value


cdef inline void put_valid(Rows* rows, int column, bint valid) noexcept nogil:
    """Tell whether a row of a nullable column has a value."""
    cdef uint8_t* bits = rows.column[column].valid + (rows.count >> 3)
    bits[0] = (bits[0] & ((1 << (rows.count & 7)) - 1)) | <uint8_t> (valid << (rows.count & 7))


cdef inline void put_id(Rows* rows, int column, Text value) noexcept nogil:
    """Put an id, or null where it is not as long as the column is wide."""
    cdef Column* place = &rows.column[column]
    cdef uint8_t* data = place.data + rows.count * place.width
    cdef bint valid = value.size == place.width
    if valid:
        memcpy(data, value.start, place.width)
    else:
        memset(data, 0, place.width)
    if place.nullable:
        put_valid(rows, column, valid)


cdef inline Status add_items(Reader* r, Rows* rows, int column, const void* data, int64_t size) noexcept nogil:
    """Add items, of `size` bytes in all, to a row of lists or of text."""
    cdef Vec* items = &rows.column[column].items
    cdef Status status = reserve(items, size, r.limit)
    if status == OK:
        memcpy(items.data + items.size, data, size)
        items.size += size
    return status


cdef inline void end_items(Rows* rows, int column) noexcept nogil:
    """End a row of lists or of text."""
    cdef Column* place = &rows.column[column]
    (<int32_t*> place.data)[rows.count + 1] = <int32_t> (place.items.size // place.item)


cdef inline Status put_text(Reader* r, Rows* rows, int column, Text value) noexcept nogil:
    cdef Status status = add_items(r, rows, column, value.start, value.size) if value.size else OK
    end_items(rows, column)
    return status


cdef inline Status put_word(Reader* r, Rows* rows, int column, int words, Text value) noexcept nogil:
    """Put the number of a text that is known to be UTF-8."""
    cdef int32_t code = intern(r, &rows.words[words], value.start, value.size, False)
    if code < 0:
        return r.status
    put32(rows, column, code)
    return OK


cdef inline bint copy_ascii(uint8_t* out, const uint8_t* p, int64_t size, const uint8_t* stop) noexcept nogil:
    """Copy a text to where SLACK bytes more may be written, and tell whether it is ASCII.

    Up to `stop` may be looked at, so short texts are copied in whole words.
    """
    cdef uint64_t bits = 0, last
    cdef int64_t at = 0
    if size < 8:
        if stop - p >= 8:
            last = load64(p)
            memcpy(out, &last, 8)
            # the low bytes are the first ones: the package is for such machines only
            return last & (<uint64_t> 0x8080808080808080 & ((<uint64_t> 1 << (8 * size)) - 1)) == 0
        while at < size:
            out[at] = p[at]
            bits |= p[at]
            at += 1
        return bits & 0x80 == 0
    while at < size - 8:
        last = load64(p + at)
        memcpy(out + at, &last, 8)
        bits |= last
        at += 8
    last = load64(p + size - 8)
    memcpy(out + size - 8, &last, 8)
    return (bits | last) & <uint64_t> 0x8080808080808080 == 0
