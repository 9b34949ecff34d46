# cython: language_level=3
"""Log records."""

from libc.stdint cimport INT32_MAX, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from otel_lift.batch.schema import SCHEMAS, Level, Signal
from otel_lift.kernel.native.memory cimport OK, Status
from otel_lift.kernel.native.messages cimport LOG_RECORD
from otel_lift.kernel.native.pieces cimport push
from otel_lift.kernel.native.requests cimport Levels, RECORD_DEPTH, Records
from otel_lift.kernel.native.rows cimport close_row, end_items, open_row, put32, put64, put8, put_id, put_word, Rows
from otel_lift.kernel.native.tables cimport Layout, Table
from otel_lift.kernel.native.any_value cimport write_value
from otel_lift.kernel.native.attributes cimport check_value, read_attribute
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
    LOG_TIME = 2
    LOG_OBSERVED
    LOG_SEVERITY_NUMBER
    LOG_SEVERITY_TEXT
    LOG_BODY_TYPE
    LOG_BODY
    LOG_DROPPED
    LOG_FLAGS
    LOG_TRACE_ID
    LOG_SPAN_ID
    LOG_EVENT_NAME

cdef enum:
    # interned after the keys
    SEVERITIES = 1
    EVENT_NAMES = 2

cdef struct Log:
    Text severity_text, trace_id, span_id, event_name
    uint32_t severity_number, dropped, flags
    uint64_t time, observed
    int64_t bodies  # pieces on the stack

_SCHEMAS = SCHEMAS[Signal.LOGS]
_LOGS = Layout(_SCHEMAS[Level.RECORD], nullable=("trace_id", "span_id"))


cdef const uint8_t* read_body(Reader* r, Log* log, const uint8_t* p, const uint8_t* end) noexcept nogil:
    cdef Text body
    p = read_bytes(r, p, end, &body)
    if p == NULL or not check_value(r, body, RECORD_DEPTH + 1) or not push(r, body):
        return NULL
    log.bodies += 1
    return p


cdef const uint8_t* read_fields(
    Reader* r, Rows* logs, Log* log, const uint8_t* p, const uint8_t* end
) noexcept nogil:
    cdef uint32_t tag
    cdef const uint8_t* stop
    cdef int place = 0
    while p < end:
        p = read_tag(r, p, end, &tag)
        if p == NULL:
            return NULL
        if tag == 0x32:
            p = read_size(r, p, end, &stop)
            if p != NULL:
                p = read_attribute(r, logs, p, stop, place, RECORD_DEPTH + 1)
                place += 1
        elif tag == 0x09:
            p = read_fixed64(r, p, end, &log.time)
        elif tag == 0x10:
            p = read_uint32(r, p, end, &log.severity_number)
        elif tag == 0x1A:
            p = read_text(r, p, end, &log.severity_text)
        elif tag == 0x2A:
            p = read_body(r, log, p, end)
        elif tag == 0x38:
            p = read_uint32(r, p, end, &log.dropped)
        elif tag == 0x45:
            p = read_fixed32(r, p, end, &log.flags)
        elif tag == 0x4A:
            p = read_bytes(r, p, end, &log.trace_id)
        elif tag == 0x52:
            p = read_bytes(r, p, end, &log.span_id)
        elif tag == 0x59:
            p = read_fixed64(r, p, end, &log.observed)
        elif tag == 0x62:
            p = read_text(r, p, end, &log.event_name)
        else:
            p = unknown(r, LOG_RECORD, 0b1111111101110, tag, p, end, RECORD_DEPTH)
        if p == NULL:
            return NULL
    return p


cdef Status write_body(Reader* r, Rows* logs, const Log* log) noexcept nogil:
    cdef int type = write_value(r, &logs.column[LOG_BODY].items, 0, log.bodies)
    if type < 0:
        return r.status
    r.pieces.size = 0
    put8(logs, LOG_BODY_TYPE, <uint8_t> type)
    end_items(logs, LOG_BODY)
    return OK


cdef const uint8_t* read_log(Reader* r, Levels* levels, const uint8_t* p, const uint8_t* end) noexcept nogil:
    """Read a log record."""
    cdef Rows* logs = levels.rows[0]
    cdef Log log
    cdef Status status = open_row(logs)
    if status != OK:
        return fail(r, status, p)
    memset(&log, 0, sizeof(Log))
    p = read_fields(r, logs, &log, p, end)
    if p == NULL:
        return NULL
    put64(logs, LOG_TIME, log.time)
    put64(logs, LOG_OBSERVED, log.observed)
    put32(logs, LOG_SEVERITY_NUMBER, log.severity_number)
    put32(logs, LOG_DROPPED, log.dropped)
    put32(logs, LOG_FLAGS, log.flags)
    put_id(logs, LOG_TRACE_ID, log.trace_id)
    put_id(logs, LOG_SPAN_ID, log.span_id)
    status = put_word(r, logs, LOG_SEVERITY_TEXT, SEVERITIES, log.severity_text)
    if status == OK:
        status = put_word(r, logs, LOG_EVENT_NAME, EVENT_NAMES, log.event_name)
    if status == OK:
        status = write_body(r, logs, &log)
    if status != OK:
        return fail(r, status, p)
    close_row(logs)
    r.accepted += 1
    return p


cdef class Logs(Records):
    """Collects log records."""

    def __cinit__(self, int64_t expected, int64_t limit=INT32_MAX):
        self.read_record = read_log
        self.add_level(Table(_LOGS, expected))

    cdef dict build(self):
        """Answer the table of each level, parents first."""
        resources, scopes = self.contexts.build()
        return {
            Level.RESOURCE: resources,
            Level.SCOPE: scopes,
            Level.RECORD: (<Table> self.tables[0]).build({}),
        }
