# cython: language_level=3
"""Exemplars of data points, and the values that both have: a double or an int."""

from otel_lift.kernel.native.any_value cimport DOUBLE, INT
from otel_lift.kernel.native.attributes cimport read_attribute
from otel_lift.kernel.native.memory cimport OK, Status
from otel_lift.kernel.native.messages cimport EXEMPLAR
from otel_lift.kernel.native.rows cimport close_row, open_row, put32, put64, put8, put_id, put_valid
from otel_lift.kernel.native.wire cimport fail, read_bytes, read_fixed64, read_size, read_tag, Text, unknown

cdef enum:
    EXEMPLAR_RECORD
    EXEMPLAR_TIME
    EXEMPLAR_VALUE_TYPE
    EXEMPLAR_DOUBLE
    EXEMPLAR_INT
    EXEMPLAR_TRACE_ID
    EXEMPLAR_SPAN_ID


cdef const uint8_t* read_number(
    Reader* r, uint32_t tag, uint32_t double_tag, uint64_t* value, int* type, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    """Read the value of a number point or an exemplar."""
    type[0] = DOUBLE if tag == double_tag else INT
    return read_fixed64(r, p, end, value)


cdef void put_number(Rows* rows, int column, int type, uint64_t value) noexcept nogil:
    """Put the type of a value, then the value as a double or as an int."""
    put8(rows, column, <uint8_t> type)
    put64(rows, column + 1, value if type == DOUBLE else 0)
    put_valid(rows, column + 1, type == DOUBLE)
    put64(rows, column + 2, value if type == INT else 0)
    put_valid(rows, column + 2, type == INT)


cdef const uint8_t* read_exemplar(
    Reader* r, Rows* exemplars, int64_t record, const uint8_t* p, const uint8_t* end, int depth
) noexcept nogil:
    """Add an exemplar, a message at `depth`, of a record."""
    cdef Text trace_id = Text(p, 0), span_id = Text(p, 0)
    cdef uint64_t time = 0, value = 0
    cdef uint32_t tag
    cdef const uint8_t* stop
    cdef int type = 0, place = 0
    cdef Status status = open_row(exemplars)
    if status != OK:
        return fail(r, status, p)
    while p < end:
        p = read_tag(r, p, end, &tag)
        if p == NULL:
            return NULL
        if tag == 0x11:
            p = read_fixed64(r, p, end, &time)
        elif tag == 0x19 or tag == 0x31:
            p = read_number(r, tag, 0x19, &value, &type, p, end)
        elif tag == 0x22:
            p = read_bytes(r, p, end, &span_id)
        elif tag == 0x2A:
            p = read_bytes(r, p, end, &trace_id)
        elif tag == 0x3A:
            p = read_size(r, p, end, &stop)
            if p != NULL:
                p = read_attribute(r, exemplars, p, stop, place, depth + 1)
                place += 1
        else:
            p = unknown(r, EXEMPLAR, 0b11111100, tag, p, end, depth)
        if p == NULL:
            return NULL
    put32(exemplars, EXEMPLAR_RECORD, <uint32_t> record)
    put64(exemplars, EXEMPLAR_TIME, time)
    put_number(exemplars, EXEMPLAR_VALUE_TYPE, type, value)
    put_id(exemplars, EXEMPLAR_TRACE_ID, trace_id)
    put_id(exemplars, EXEMPLAR_SPAN_ID, span_id)
    close_row(exemplars)
    return p
