# cython: language_level=3
"""Data points of all kinds of metric."""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memset

from otel_lift.kernel.native.attributes cimport read_attribute
from otel_lift.kernel.native.exemplars cimport put_number, read_exemplar, read_number
from otel_lift.kernel.native.memory cimport MALFORMED, OK, Status
from otel_lift.kernel.native.messages cimport (
    BUCKETS,
    EXPONENTIAL_POINT,
    HISTOGRAM_POINT,
    NUMBER_POINT,
    QUANTILE,
    SUMMARY_POINT,
)
from otel_lift.kernel.native.requests cimport RECORD_DEPTH
from otel_lift.kernel.native.rows cimport (
    add_items,
    close_row,
    end_items,
    open_row,
    put32,
    put64,
    put_valid,
    Rows,
)
from otel_lift.kernel.native.wire cimport (
    fail,
    read_fixed64,
    read_size,
    read_tag,
    read_uint32,
    read_varint,
    unknown,
)

cdef enum:
    POINT_START = POINT_METRIC + 1
    POINT_TIME
    POINT_FLAGS
    POINT_VALUE_TYPE
    POINT_DOUBLE
    POINT_INT
    POINT_COUNT
    POINT_SUM
    POINT_MIN
    POINT_MAX
    POINT_BUCKET_COUNTS
    POINT_BOUNDS
    POINT_SCALE
    POINT_ZERO_COUNT
    POINT_ZERO_THRESHOLD
    POINT_POSITIVE_OFFSET
    POINT_POSITIVE_COUNTS
    POINT_NEGATIVE_OFFSET
    POINT_NEGATIVE_COUNTS
    POINT_QUANTILES

cdef enum:
    POINT_DEPTH = RECORD_DEPTH + 2
    CHILD_DEPTH = POINT_DEPTH + 1

cdef struct Point:
    # doubles are kept as their bits
    uint64_t start, time, value, count, sum, min, max, zero_count, zero_threshold
    uint32_t flags, scale, positive_offset, negative_offset
    int value_type
    bint has_sum, has_min, has_max
    int place  # of the next attribute

# reads one field of a point of some kind, whose tag has been read
ctypedef const uint8_t* (*ReadField)(
    Reader* r, Levels* levels, Point* point, uint32_t tag, const uint8_t* p, const uint8_t* end
) noexcept nogil


cdef inline const uint8_t* read_signed(
    Reader* r, const uint8_t* p, const uint8_t* end, uint32_t* value
) noexcept nogil:
    """Read a sint32, which is written in zigzag."""
    p = read_uint32(r, p, end, value)
    if p != NULL:
        value[0] = value[0] >> 1 ^ (0 - (value[0] & 1))
    return p


cdef const uint8_t* read_fixed_items(
    Reader* r, Rows* points, int column, bint packed, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    """Read one number of 8 bytes, or several that are packed, into a list."""
    cdef const uint8_t* stop
    cdef Status status
    if packed:
        p = read_size(r, p, end, &stop)
        if p == NULL:
            return NULL
    else:
        stop = p + 8 if end - p >= 8 else end
    if (stop - p) % 8 != 0 or (not packed and stop - p != 8):
        return fail(r, MALFORMED, p)
    status = add_items(r, points, column, p, stop - p)
    return stop if status == OK else fail(r, status, p)


cdef const uint8_t* read_varint_items(
    Reader* r, Rows* points, int column, bint packed, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    """Read one varint, or several that are packed, into a list."""
    cdef const uint8_t* stop = p
    cdef uint64_t number
    cdef Status status
    if packed:
        p = read_size(r, p, end, &stop)
        if p == NULL or p == stop:
            return p
        end = stop
    while True:
        p = read_varint(r, p, end, &number)
        if p == NULL:
            return NULL
        status = add_items(r, points, column, &number, 8)
        if status != OK:
            return fail(r, status, p)
        if p >= stop:
            return p


cdef const uint8_t* read_child(
    Reader* r, Levels* levels, Point* point, bint is_exemplar, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    """Read an exemplar, or an attribute."""
    cdef const uint8_t* stop
    p = read_size(r, p, end, &stop)
    if p == NULL:
        return NULL
    if is_exemplar:
        return read_exemplar(r, levels.rows[EXEMPLARS], levels.rows[POINTS].count, p, stop, POINT_DEPTH + 1)
    point.place += 1
    return read_attribute(r, levels.rows[POINTS], p, stop, point.place - 1, POINT_DEPTH + 1)


cdef const uint8_t* read_number_field(
    Reader* r, Levels* levels, Point* point, uint32_t tag, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    if tag == 0x3A or tag == 0x2A:
        return read_child(r, levels, point, tag == 0x2A, p, end)
    if tag == 0x21 or tag == 0x31:
        return read_number(r, tag, 0x21, &point.value, &point.value_type, p, end)
    if tag == 0x40:
        return read_uint32(r, p, end, &point.flags)
    return unknown(r, NUMBER_POINT, 0b111111100, tag, p, end, POINT_DEPTH)


cdef const uint8_t* read_histogram_field(
    Reader* r, Levels* levels, Point* point, uint32_t tag, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    if tag == 0x4A or tag == 0x42:
        return read_child(r, levels, point, tag == 0x42, p, end)
    if tag == 0x32 or tag == 0x31:
        return read_fixed_items(r, levels.rows[POINTS], POINT_BUCKET_COUNTS, tag == 0x32, p, end)
    if tag == 0x3A or tag == 0x39:
        return read_fixed_items(r, levels.rows[POINTS], POINT_BOUNDS, tag == 0x3A, p, end)
    if tag == 0x21:
        return read_fixed64(r, p, end, &point.count)
    if tag == 0x29:
        point.has_sum = True
        return read_fixed64(r, p, end, &point.sum)
    if tag == 0x59:
        point.has_min = True
        return read_fixed64(r, p, end, &point.min)
    if tag == 0x61:
        point.has_max = True
        return read_fixed64(r, p, end, &point.max)
    if tag == 0x50:
        return read_uint32(r, p, end, &point.flags)
    return unknown(r, HISTOGRAM_POINT, 0b1111111111100, tag, p, end, POINT_DEPTH)


cdef const uint8_t* read_buckets(
    Reader* r, Rows* points, uint32_t* offset, int column, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    cdef uint32_t tag
    cdef const uint8_t* stop = NULL
    p = read_size(r, p, end, &stop)
    while p != NULL and p < stop:
        p = read_tag(r, p, stop, &tag)
        if p == NULL:
            return NULL
        if tag == 0x08:
            p = read_signed(r, p, stop, offset)
        elif tag == 0x12 or tag == 0x10:
            p = read_varint_items(r, points, column, tag == 0x12, p, stop)
        else:
            p = unknown(r, BUCKETS, 0b110, tag, p, stop, CHILD_DEPTH)
    return p


cdef const uint8_t* read_exponential_field(
    Reader* r, Levels* levels, Point* point, uint32_t tag, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    if tag == 0x0A or tag == 0x5A:
        return read_child(r, levels, point, tag == 0x5A, p, end)
    if tag == 0x42:
        return read_buckets(r, levels.rows[POINTS], &point.positive_offset, POINT_POSITIVE_COUNTS, p, end)
    if tag == 0x4A:
        return read_buckets(r, levels.rows[POINTS], &point.negative_offset, POINT_NEGATIVE_COUNTS, p, end)
    if tag == 0x21:
        return read_fixed64(r, p, end, &point.count)
    if tag == 0x29:
        point.has_sum = True
        return read_fixed64(r, p, end, &point.sum)
    if tag == 0x30:
        return read_signed(r, p, end, &point.scale)
    if tag == 0x39:
        return read_fixed64(r, p, end, &point.zero_count)
    if tag == 0x50:
        return read_uint32(r, p, end, &point.flags)
    if tag == 0x61:
        point.has_min = True
        return read_fixed64(r, p, end, &point.min)
    if tag == 0x69:
        point.has_max = True
        return read_fixed64(r, p, end, &point.max)
    if tag == 0x71:
        return read_fixed64(r, p, end, &point.zero_threshold)
    return unknown(r, EXPONENTIAL_POINT, 0b111111111111110, tag, p, end, POINT_DEPTH)


cdef const uint8_t* read_quantile(Reader* r, Rows* points, const uint8_t* p, const uint8_t* end) noexcept nogil:
    cdef uint64_t pair[2]
    cdef uint32_t tag
    cdef const uint8_t* stop = NULL
    cdef Status status
    memset(pair, 0, sizeof(pair))
    p = read_size(r, p, end, &stop)
    while p != NULL and p < stop:
        p = read_tag(r, p, stop, &tag)
        if p == NULL:
            return NULL
        if tag == 0x09 or tag == 0x11:
            p = read_fixed64(r, p, stop, &pair[tag == 0x11])
        else:
            p = unknown(r, QUANTILE, 0b110, tag, p, stop, CHILD_DEPTH)
    if p == NULL:
        return NULL
    status = add_items(r, points, POINT_QUANTILES, pair, sizeof(pair))
    return p if status == OK else fail(r, status, p)


cdef const uint8_t* read_summary_field(
    Reader* r, Levels* levels, Point* point, uint32_t tag, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    if tag == 0x3A:
        return read_child(r, levels, point, False, p, end)
    if tag == 0x21:
        return read_fixed64(r, p, end, &point.count)
    if tag == 0x29:
        return read_fixed64(r, p, end, &point.sum)
    if tag == 0x32:
        return read_quantile(r, levels.rows[POINTS], p, end)
    if tag == 0x40:
        return read_uint32(r, p, end, &point.flags)
    return unknown(r, SUMMARY_POINT, 0b111111100, tag, p, end, POINT_DEPTH)


cdef void put_point(Rows* points, const Point* point) noexcept nogil:
    """Write the row of a point: zero, null or empty where its kind has no such field."""
    put64(points, POINT_START, point.start)
    put64(points, POINT_TIME, point.time)
    put32(points, POINT_FLAGS, point.flags)
    put_number(points, POINT_VALUE_TYPE, point.value_type, point.value)
    put64(points, POINT_COUNT, point.count)
    put64(points, POINT_SUM, point.sum)
    put_valid(points, POINT_SUM, point.has_sum)
    put64(points, POINT_MIN, point.min)
    put_valid(points, POINT_MIN, point.has_min)
    put64(points, POINT_MAX, point.max)
    put_valid(points, POINT_MAX, point.has_max)
    end_items(points, POINT_BUCKET_COUNTS)
    end_items(points, POINT_BOUNDS)
    put32(points, POINT_SCALE, point.scale)
    put64(points, POINT_ZERO_COUNT, point.zero_count)
    put64(points, POINT_ZERO_THRESHOLD, point.zero_threshold)
    put32(points, POINT_POSITIVE_OFFSET, point.positive_offset)
    end_items(points, POINT_POSITIVE_COUNTS)
    put32(points, POINT_NEGATIVE_OFFSET, point.negative_offset)
    end_items(points, POINT_NEGATIVE_COUNTS)
    end_items(points, POINT_QUANTILES)
    close_row(points)


cdef const uint8_t* read_point(
    Reader* r, Levels* levels, int kind, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    """Add a data point of a kind."""
    cdef Rows* points = levels.rows[POINTS]
    cdef ReadField read_field = read_number_field
    cdef Point point
    cdef uint32_t tag
    cdef Status status = open_row(points)
    if status != OK:
        return fail(r, status, p)
    if kind == KIND_HISTOGRAM:
        read_field = read_histogram_field
    elif kind == KIND_EXPONENTIAL_HISTOGRAM:
        read_field = read_exponential_field
    elif kind == KIND_SUMMARY:
        read_field = read_summary_field
    memset(&point, 0, sizeof(Point))
    point.has_sum = kind == KIND_SUMMARY
    while p < end:
        p = read_tag(r, p, end, &tag)
        if p == NULL:
            return NULL
        if tag == 0x11:
            p = read_fixed64(r, p, end, &point.start)
        elif tag == 0x19:
            p = read_fixed64(r, p, end, &point.time)
        else:
            p = read_field(r, levels, &point, tag, p, end)
        if p == NULL:
            return NULL
    put_point(points, &point)
    return p
