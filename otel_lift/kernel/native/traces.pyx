# cython: language_level=3
"""Spans, span events and links."""

from libc.stdint cimport INT32_MAX, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from otel_lift.batch.schema import SCHEMAS, Level, Signal
from otel_lift.kernel.native.memory cimport OK, Status
from otel_lift.kernel.native.messages cimport EVENT, LINK, SPAN, STATUS
from otel_lift.kernel.native.requests cimport (
    cut_levels,
    LevelMarks,
    Levels,
    mark_levels,
    RECORD_DEPTH,
    Records,
)
from otel_lift.kernel.native.rows cimport close_row, open_row, put32, put64, put_id, put_text, put_word, Rows
from otel_lift.kernel.native.tables cimport Layout, Table
from otel_lift.kernel.native.attributes cimport read_attribute
from otel_lift.kernel.native.wire cimport (
    fail,
    read_bytes,
    read_fixed32,
    read_fixed64,
    read_size,
    read_tag,
    read_text,
    read_uint32,
    Reader,
    Text,
    unknown,
)

cdef enum:
    SPAN_TRACE_ID = 2
    SPAN_ID
    SPAN_PARENT_ID
    SPAN_TRACE_STATE
    SPAN_FLAGS
    SPAN_NAME
    SPAN_KIND
    SPAN_START
    SPAN_END
    SPAN_DROPPED_ATTRIBUTES
    SPAN_DROPPED_EVENTS
    SPAN_DROPPED_LINKS
    SPAN_STATUS_MESSAGE
    SPAN_STATUS_CODE

cdef enum:
    EVENT_RECORD
    EVENT_TIME
    EVENT_NAME
    EVENT_DROPPED

cdef enum:
    LINK_RECORD
    LINK_TRACE_ID
    LINK_SPAN_ID
    LINK_TRACE_STATE
    LINK_DROPPED
    LINK_FLAGS

cdef enum:
    CHILD_DEPTH = RECORD_DEPTH + 1
    NAMES = 1  # interned after the keys

cdef struct Span:
    Text trace_id, span_id, parent_id, trace_state, name, status_message
    uint32_t flags, kind, dropped_attributes, dropped_events, dropped_links, status_code
    uint64_t start, end

cdef struct Link:
    Text trace_id, span_id, trace_state
    uint32_t dropped, flags

_SCHEMAS = SCHEMAS[Signal.TRACES]
_SPANS = Layout(_SCHEMAS[Level.RECORD], nullable=("parent_span_id",))
_EVENTS = Layout(_SCHEMAS[Level.EVENT])
_LINKS = Layout(_SCHEMAS[Level.LINK], nullable=("trace_id", "span_id"))


cdef const uint8_t* read_status(Reader* r, Span* span, const uint8_t* p, const uint8_t* end) noexcept nogil:
    cdef uint32_t tag
    while p < end:
        p = read_tag(r, p, end, &tag)
        if p == NULL:
            return NULL
        if tag == 0x12:
            p = read_text(r, p, end, &span.status_message)
        elif tag == 0x18:
            p = read_uint32(r, p, end, &span.status_code)
        else:
            p = unknown(r, STATUS, 0b1100, tag, p, end, CHILD_DEPTH)
        if p == NULL:
            return NULL
    return p


cdef const uint8_t* read_event(
    Reader* r, Rows* events, int64_t span, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    cdef Text name = Text(p, 0)
    cdef uint64_t time = 0
    cdef uint32_t tag, dropped = 0
    cdef const uint8_t* stop
    cdef int place = 0
    cdef Status status = open_row(events)
    if status != OK:
        return fail(r, status, p)
    while p < end:
        p = read_tag(r, p, end, &tag)
        if p == NULL:
            return NULL
        if tag == 0x1A:
            p = read_size(r, p, end, &stop)
            if p != NULL:
                p = read_attribute(r, events, p, stop, place, CHILD_DEPTH + 1)
                place += 1
        elif tag == 0x09:
            p = read_fixed64(r, p, end, &time)
        elif tag == 0x12:
            p = read_text(r, p, end, &name)
        elif tag == 0x20:
            p = read_uint32(r, p, end, &dropped)
        else:
            p = unknown(r, EVENT, 0b11110, tag, p, end, CHILD_DEPTH)
        if p == NULL:
            return NULL
    put32(events, EVENT_RECORD, <uint32_t> span)
    put64(events, EVENT_TIME, time)
    put32(events, EVENT_DROPPED, dropped)
    status = put_word(r, events, EVENT_NAME, NAMES, name)
    if status != OK:
        return fail(r, status, p)
    close_row(events)
    return p


cdef const uint8_t* read_link(
    Reader* r, Rows* links, int64_t span, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    cdef Link link
    cdef uint32_t tag
    cdef const uint8_t* stop
    cdef int place = 0
    cdef Status status = open_row(links)
    if status != OK:
        return fail(r, status, p)
    memset(&link, 0, sizeof(Link))
    while p < end:
        p = read_tag(r, p, end, &tag)
        if p == NULL:
            return NULL
        if tag == 0x0A:
            p = read_bytes(r, p, end, &link.trace_id)
        elif tag == 0x12:
            p = read_bytes(r, p, end, &link.span_id)
        elif tag == 0x1A:
            p = read_text(r, p, end, &link.trace_state)
        elif tag == 0x22:
            p = read_size(r, p, end, &stop)
            if p != NULL:
                p = read_attribute(r, links, p, stop, place, CHILD_DEPTH + 1)
                place += 1
        elif tag == 0x28:
            p = read_uint32(r, p, end, &link.dropped)
        elif tag == 0x35:
            p = read_fixed32(r, p, end, &link.flags)
        else:
            p = unknown(r, LINK, 0b1111110, tag, p, end, CHILD_DEPTH)
        if p == NULL:
            return NULL
    put32(links, LINK_RECORD, <uint32_t> span)
    put_id(links, LINK_TRACE_ID, link.trace_id)
    put_id(links, LINK_SPAN_ID, link.span_id)
    put32(links, LINK_DROPPED, link.dropped)
    put32(links, LINK_FLAGS, link.flags)
    status = put_text(r, links, LINK_TRACE_STATE, link.trace_state)
    if status != OK:
        return fail(r, status, p)
    close_row(links)
    return p


cdef const uint8_t* read_child(
    Reader* r, Levels* levels, Span* span, uint32_t tag, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    """Read the status, an event or a link."""
    cdef const uint8_t* stop
    p = read_size(r, p, end, &stop)
    if p == NULL:
        return NULL
    if tag == 0x7A:
        return read_status(r, span, p, stop)
    if tag == 0x5A:
        return read_event(r, levels.rows[1], levels.rows[0].count, p, stop)
    return read_link(r, levels.rows[2], levels.rows[0].count, p, stop)


cdef const uint8_t* read_fields(
    Reader* r, Levels* levels, Span* span, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    cdef uint32_t tag
    cdef const uint8_t* stop
    cdef int place = 0
    while p < end:
        p = read_tag(r, p, end, &tag)
        if p == NULL:
            return NULL
        if tag == 0x4A:
            p = read_size(r, p, end, &stop)
            if p != NULL:
                p = read_attribute(r, levels.rows[0], p, stop, place, RECORD_DEPTH + 1)
                place += 1
        elif tag == 0x0A:
            p = read_bytes(r, p, end, &span.trace_id)
        elif tag == 0x12:
            p = read_bytes(r, p, end, &span.span_id)
        elif tag == 0x1A:
            p = read_text(r, p, end, &span.trace_state)
        elif tag == 0x22:
            p = read_bytes(r, p, end, &span.parent_id)
        elif tag == 0x2A:
            p = read_text(r, p, end, &span.name)
        elif tag == 0x30:
            p = read_uint32(r, p, end, &span.kind)
        elif tag == 0x39:
            p = read_fixed64(r, p, end, &span.start)
        elif tag == 0x41:
            p = read_fixed64(r, p, end, &span.end)
        elif tag == 0x50:
            p = read_uint32(r, p, end, &span.dropped_attributes)
        elif tag == 0x60:
            p = read_uint32(r, p, end, &span.dropped_events)
        elif tag == 0x70:
            p = read_uint32(r, p, end, &span.dropped_links)
        elif tag == 0x85:
            p = read_fixed32(r, p, end, &span.flags)
        elif tag == 0x5A or tag == 0x6A or tag == 0x7A:
            p = read_child(r, levels, span, tag, p, end)
        else:
            p = unknown(r, SPAN, 0x1FFFE, tag, p, end, RECORD_DEPTH)
        if p == NULL:
            return NULL
    return p


cdef const uint8_t* read_span(Reader* r, Levels* levels, const uint8_t* p, const uint8_t* end) noexcept nogil:
    """Read a span, and take it back with its children if its ids are none."""
    cdef Rows* spans = levels.rows[0]
    cdef LevelMarks marks
    cdef Span span
    cdef Status status = open_row(spans)
    if status != OK:
        return fail(r, status, p)
    memset(&span, 0, sizeof(Span))
    mark_levels(levels, &marks)
    p = read_fields(r, levels, &span, p, end)
    if p == NULL:
        return NULL
    if span.trace_id.size != 16 or span.span_id.size != 8 or span.parent_id.size not in (0, 8):
        cut_levels(levels, &marks)
        r.rejected += 1
        return p
    put_id(spans, SPAN_TRACE_ID, span.trace_id)
    put_id(spans, SPAN_ID, span.span_id)
    put_id(spans, SPAN_PARENT_ID, span.parent_id)
    put32(spans, SPAN_FLAGS, span.flags)
    put32(spans, SPAN_KIND, span.kind)
    put64(spans, SPAN_START, span.start)
    put64(spans, SPAN_END, span.end)
    put32(spans, SPAN_DROPPED_ATTRIBUTES, span.dropped_attributes)
    put32(spans, SPAN_DROPPED_EVENTS, span.dropped_events)
    put32(spans, SPAN_DROPPED_LINKS, span.dropped_links)
    put32(spans, SPAN_STATUS_CODE, span.status_code)
    status = put_word(r, spans, SPAN_NAME, NAMES, span.name)
    if status == OK:
        status = put_text(r, spans, SPAN_TRACE_STATE, span.trace_state)
    if status == OK:
        status = put_text(r, spans, SPAN_STATUS_MESSAGE, span.status_message)
    if status != OK:
        return fail(r, status, p)
    close_row(spans)
    r.accepted += 1
    return p


cdef class Spans(Records):
    """Collects spans."""

    def __cinit__(self, int64_t expected, int64_t limit=INT32_MAX):
        self.read_record = read_span
        self.add_level(Table(_SPANS, expected))
        self.add_level(Table(_EVENTS))
        self.add_level(Table(_LINKS))

    cdef dict build(self):
        """Answer the table of each level, parents first."""
        resources, scopes = self.contexts.build()
        return {
            Level.RESOURCE: resources,
            Level.SCOPE: scopes,
            Level.RECORD: (<Table> self.tables[0]).build({}),
            Level.EVENT: (<Table> self.tables[1]).build({}),
            Level.LINK: (<Table> self.tables[2]).build({}),
        }
