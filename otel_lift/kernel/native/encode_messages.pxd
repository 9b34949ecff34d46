"""OTLP messages as C sees them: which field comes from which column."""

from libc.stdint cimport int64_t, uint32_t

from otel_lift.kernel.native.write_bytes cimport Writer
from otel_lift.kernel.native.write_columns cimport Column


cpdef enum Kind:
    # scalars that are not written where they are zero or null
    UINT32
    INT32
    SINT32
    BOOL
    FIXED32
    FIXED64
    TEXT
    INTERNED
    # a scalar that is left out only where it is null
    OPTIONAL64
    # messages that are left out where they are empty: of columns beside the others, and of a type and a text
    MESSAGE
    VALUE
    # lists
    TEXTS
    PACKED_VARINTS
    PACKED64
    ENTRIES
    ATTRIBUTES
    CHILDREN
    ID


cdef enum:
    MOST_COLUMNS = 5


cdef struct Message:
    Field* fields  # in the order of their numbers
    int count


cdef struct Field:
    uint32_t tag
    Kind kind
    int64_t width  # bytes of an id
    int64_t left  # rows of a child level that are not written yet
    Message* message  # of entries, children and messages within this one
    Column columns[MOST_COLUMNS]


cdef int write_fields(Writer* out, Message* message, int64_t row) except -1 nogil
cdef int write_message(Writer* out, uint32_t tag, Message* message, int64_t row) except -1 nogil
