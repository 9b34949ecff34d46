# cython: language_level=3
"""Metrics: what the data points of one have in common."""

from libc.stdint cimport int32_t, INT32_MAX, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from otel_lift.batch.schema import SCHEMAS, Level, Signal
from otel_lift.kernel.native.attributes cimport read_attribute
from otel_lift.kernel.native.identities cimport begin_identity, cut_distinct, free_distinct, known_row
from otel_lift.kernel.native.memory cimport OK, Status
from otel_lift.kernel.native.messages cimport EXPONENTIAL_HISTOGRAM, GAUGE, HISTOGRAM, METRIC, SUM, SUMMARY
from otel_lift.kernel.native.pieces cimport height, piece_at, pop_to, push
from otel_lift.kernel.native.points cimport (
    EXEMPLARS,
    KIND_EXPONENTIAL_HISTOGRAM,
    KIND_GAUGE,
    KIND_HISTOGRAM,
    KIND_SUM,
    KIND_SUMMARY,
    METRICS,
    POINT_METRIC,
    POINTS,
    read_point,
)
from otel_lift.kernel.native.requests cimport Levels, RECORD_DEPTH
from otel_lift.kernel.native.rows cimport (
    close_row,
    cut,
    mark,
    Marks,
    open_row,
    put32,
    put8,
    put_text,
    put_word,
    Rows,
)
from otel_lift.kernel.native.tables cimport Layout, Table
from otel_lift.kernel.native.wire cimport (
    BYTES,
    fail,
    read_bytes,
    read_size,
    read_tag,
    read_text,
    read_uint32,
    read_varint,
    Reader,
    skip,
    Text,
    unknown,
)

cdef enum:
    METRIC_SCOPE
    METRIC_NAME
    METRIC_DESCRIPTION
    METRIC_UNIT
    METRIC_KIND
    METRIC_TEMPORALITY
    METRIC_MONOTONIC
    METRIC_COLUMNS

cdef enum:
    # interned after the keys
    NAMES = 1
    UNITS = 2
    DATA_DEPTH = RECORD_DEPTH + 1

cdef struct Metric:
    Text name, description, unit
    int kind  # 0 where it has no data
    uint32_t temporality
    uint64_t monotonic
    int place  # of the next attribute

_SCHEMAS = SCHEMAS[Signal.METRICS]
_METRICS = Layout(_SCHEMAS[Level.METRIC])
_POINTS = Layout(_SCHEMAS[Level.RECORD], nullable=("value_double", "value_int", "sum", "min", "max"))
_EXEMPLARS = Layout(_SCHEMAS[Level.EXEMPLAR], nullable=("value_double", "value_int", "trace_id", "span_id"))


cdef int kind_of(uint32_t tag) noexcept nogil:
    """Answer the kind of data that a field of a `Metric` holds, 0 for another field."""
    cdef int number = tag >> 3
    if tag & 7 != BYTES:
        return 0
    if number == KIND_GAUGE or number == KIND_SUM or KIND_HISTOGRAM <= number <= KIND_SUMMARY:
        return number
    return 0


cdef bint has_points(Reader* r, Text message) noexcept nogil:
    """Tell whether a metric has a data point; of one that is not well formed, which will be refused, anything."""
    cdef const uint8_t* p = message.start
    cdef const uint8_t* end = p + message.size
    cdef uint32_t tag
    cdef Text data
    cdef int kind = 0, last = 0
    cdef bint found = False
    while p < end:
        p = read_tag(r, p, end, &tag)
        if p == NULL:
            return False
        kind = kind_of(tag)
        if not kind:
            p = skip(r, tag, p, end, RECORD_DEPTH)
        else:
            p = read_bytes(r, p, end, &data)
            found = (found and kind == last) or (p != NULL and begins_point(r, data))
            last = kind
        if p == NULL:
            return False
    return found


cdef bint begins_point(Reader* r, Text data) noexcept nogil:
    """Tell whether the data of a metric has a data point."""
    cdef const uint8_t* p = data.start
    cdef const uint8_t* end = p + data.size
    cdef uint32_t tag
    while p != NULL and p < end:
        p = read_tag(r, p, end, &tag)
        if p != NULL and tag == 0x0A:
            return True
        if p != NULL:
            p = skip(r, tag, p, end, DATA_DEPTH)
    return False


cdef const uint8_t* refuse_data(
    Reader* r, int kind, uint32_t tag, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    """Skip a field of a metric's data, or refuse one of a wrong type."""
    if kind == KIND_GAUGE:
        return unknown(r, GAUGE, 0b10, tag, p, end, DATA_DEPTH)
    if kind == KIND_SUM:
        return unknown(r, SUM, 0b1110, tag, p, end, DATA_DEPTH)
    if kind == KIND_HISTOGRAM:
        return unknown(r, HISTOGRAM, 0b110, tag, p, end, DATA_DEPTH)
    if kind == KIND_EXPONENTIAL_HISTOGRAM:
        return unknown(r, EXPONENTIAL_HISTOGRAM, 0b110, tag, p, end, DATA_DEPTH)
    return unknown(r, SUMMARY, 0b10, tag, p, end, DATA_DEPTH)


cdef bint read_data(Reader* r, Levels* levels, Metric* metric, Text data) noexcept nogil:
    """Read a piece of a metric's data: its points, and what they have in common."""
    cdef const uint8_t* p = data.start
    cdef const uint8_t* end = p + data.size
    cdef const uint8_t* stop
    cdef bint summed = metric.kind != KIND_GAUGE and metric.kind != KIND_SUMMARY
    cdef uint32_t tag
    while p < end:
        p = read_tag(r, p, end, &tag)
        if p == NULL:
            return False
        if tag == 0x0A:
            p = read_size(r, p, end, &stop)
            if p != NULL:
                p = read_point(r, levels, metric.kind, p, stop)
        elif tag == 0x10 and summed:
            p = read_uint32(r, p, end, &metric.temporality)
        elif tag == 0x18 and metric.kind == KIND_SUM:
            p = read_varint(r, p, end, &metric.monotonic)
        else:
            p = refuse_data(r, metric.kind, tag, p, end)
        if p == NULL:
            return False
    return True


cdef bint drop_data(Reader* r, Levels* levels, Metric* metric, int64_t first) noexcept nogil:
    """Read the data on the stack, which data of another kind replaces, only to see that it is well formed."""
    cdef Marks points, exemplars
    cdef Metric ignored
    cdef int64_t at
    mark(levels.rows[POINTS], &points)
    mark(levels.rows[EXEMPLARS], &exemplars)
    ignored.kind = metric.kind
    r.lenient = True
    for at in range(first, height(r)):
        if not read_data(r, levels, &ignored, piece_at(r, at)):
            return False
    r.lenient = False
    cut(levels.rows[POINTS], &points)
    cut(levels.rows[EXEMPLARS], &exemplars)
    pop_to(r, first)
    return True


cdef const uint8_t* read_fields(
    Reader* r, Levels* levels, Metric* metric, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    """Read the fields of a metric; the pieces of its data are put onto the stack."""
    cdef int64_t base = height(r)
    cdef uint32_t tag
    cdef const uint8_t* stop
    cdef Text data
    cdef int kind
    while p < end:
        p = read_tag(r, p, end, &tag)
        if p == NULL:
            return NULL
        kind = kind_of(tag)
        if kind:
            if kind != metric.kind and not drop_data(r, levels, metric, base):
                return NULL
            metric.kind = kind
            p = read_bytes(r, p, end, &data)
            if p != NULL and not push(r, data):
                return NULL
        elif tag == 0x0A:
            p = read_text(r, p, end, &metric.name)
        elif tag == 0x12:
            p = read_text(r, p, end, &metric.description)
        elif tag == 0x1A:
            p = read_text(r, p, end, &metric.unit)
        elif tag == 0x62:
            p = read_size(r, p, end, &stop)
            if p != NULL:
                p = read_attribute(r, levels.rows[METRICS], p, stop, metric.place, RECORD_DEPTH + 1)
                metric.place += 1
        else:
            p = unknown(r, METRIC, 0b1111010101110, tag, p, end, RECORD_DEPTH)
        if p == NULL:
            return NULL
    return p


cdef int32_t intern_metric(Reader* r, Levels* levels, const Metric* metric, const Marks* before) noexcept nogil:
    """Answer the row of a metric whose attributes have been read, or -1 having failed."""
    cdef Rows* metrics = levels.rows[METRICS]
    cdef Distinct* distinct = <Distinct*> levels.own
    cdef int32_t row
    cdef Status status
    put32(metrics, METRIC_SCOPE, levels.scope)
    put8(metrics, METRIC_KIND, <uint8_t> metric.kind)
    put32(metrics, METRIC_TEMPORALITY, metric.temporality)
    put8(metrics, METRIC_MONOTONIC, metric.monotonic != 0)
    status = put_word(r, metrics, METRIC_NAME, NAMES, metric.name)
    if status == OK:
        status = put_word(r, metrics, METRIC_UNIT, UNITS, metric.unit)
    if status == OK:
        status = put_text(r, metrics, METRIC_DESCRIPTION, metric.description)
    if status != OK:
        fail(r, status, metric.name.start)
        return -1
    close_row(metrics)
    if not begin_identity(r, distinct, METRIC_COLUMNS):
        return -1
    row = known_row(r, distinct)
    if row >= 0 and row != before.rows:
        cut(metrics, before)
    return row


cdef const uint8_t* read_metric(Reader* r, Levels* levels, const uint8_t* p, const uint8_t* end) noexcept nogil:
    """Read a metric and its data points."""
    cdef Rows* points = levels.rows[POINTS]
    cdef Rows* metrics = levels.rows[METRICS]
    cdef int64_t first = points.count, base = height(r), at
    cdef Marks before
    cdef Metric metric
    cdef int32_t row
    cdef Status status = open_row(metrics)
    if status != OK:
        return fail(r, status, p)
    mark(metrics, &before)
    memset(&metric, 0, sizeof(Metric))
    p = read_fields(r, levels, &metric, p, end)
    if p == NULL:
        return NULL
    for at in range(base, height(r)):
        if not read_data(r, levels, &metric, piece_at(r, at)):
            return NULL
    pop_to(r, base)
    if points.count == first:
        cut(metrics, &before)
        return p
    row = intern_metric(r, levels, &metric, &before)
    if row < 0:
        return NULL
    for at in range(first, points.count):
        (<int32_t*> points.column[POINT_METRIC].data)[at] = row
    r.accepted += points.count - first
    return p


cdef class DataPoints(Records):
    """Collects data points."""

    def __cinit__(self, int64_t expected, int64_t limit=INT32_MAX):
        memset(&self.metrics, 0, sizeof(Distinct))
        self.read_record = read_metric
        self.has_rows = has_points
        self.add_level(Table(_POINTS, expected))
        self.add_level(Table(_EXEMPLARS))
        self.add_level(Table(_METRICS))
        self.metrics.rows = self.levels.rows[METRICS]
        self.levels.own = &self.metrics

    def __dealloc__(self):
        free_distinct(&self.metrics)

    cdef void cut_own(self) noexcept nogil:
        cut_distinct(&self.metrics)

    cdef dict build(self):
        """Answer the table of each level, parents first."""
        resources, scopes = self.contexts.build()
        return {
            Level.RESOURCE: resources,
            Level.SCOPE: scopes,
            Level.METRIC: (<Table> self.tables[METRICS]).build({}),
            Level.RECORD: (<Table> self.tables[POINTS]).build({}),
            Level.EXEMPLAR: (<Table> self.tables[EXEMPLARS]).build({}),
        }
