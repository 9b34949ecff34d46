"""Export requests: groups of records by resource and scope."""

from libc.stdint cimport int32_t, int64_t, uint8_t

from otel_lift.kernel.native.contexts cimport Contexts
from otel_lift.kernel.native.memory cimport Vec
from otel_lift.kernel.native.rows cimport Marks, Rows
from otel_lift.kernel.native.tables cimport Table
from otel_lift.kernel.native.wire cimport Reader, Text

cdef enum:
    RECORD_DEPTH = 3
    MOST_LEVELS = 8  # of a signal, besides resource and scope

cdef enum:  # the first two of the level of records
    RESOURCE_ROW
    SCOPE_ROW

cdef struct Levels:
    int count
    Rows* rows[MOST_LEVELS]  # records first
    void* own  # what the signal's reader needs besides
    int32_t scope  # of the records that are read, where they are read after it

cdef struct LevelMarks:
    Marks marks[MOST_LEVELS]

# reads one message up to its end; counts its records as accepted or rejected
ctypedef const uint8_t* (*ReadRecord)(
    Reader* r, Levels* levels, const uint8_t* p, const uint8_t* end
) noexcept nogil

# tells whether a message will become rows, without reading all of it; for a reader that must know the scope's row
ctypedef bint (*HasRows)(Reader* r, Text message) noexcept nogil

cdef void mark_levels(Levels* levels, LevelMarks* marks) noexcept nogil
cdef void cut_levels(Levels* levels, const LevelMarks* marks) noexcept nogil


cdef class Records:
    cdef Contexts contexts
    cdef Levels levels
    cdef ReadRecord read_record
    cdef HasRows has_rows  # NULL where records are read as they come
    cdef Reader reader
    cdef Vec resource_pieces
    cdef Vec scope_pieces
    cdef Vec messages
    cdef Vec parts
    cdef list tables

    cdef void add_level(self, Table table)
    cdef void cut_own(self) noexcept nogil
    cdef dict build(self)
    cdef bint read(self, const uint8_t* payload, int64_t size) noexcept nogil
