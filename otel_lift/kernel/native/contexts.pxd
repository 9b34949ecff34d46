"""The distinct resources and scopes of a decode call."""

from libc.stdint cimport int32_t, int64_t

from otel_lift.kernel.native.entities cimport Entities, EntityMarks, EntityRows
from otel_lift.kernel.native.identities cimport Distinct
from otel_lift.kernel.native.rows cimport Marks
from otel_lift.kernel.native.tables cimport Table
from otel_lift.kernel.native.wire cimport Reader, Text

cdef enum:
    REMEMBERED = 64  # contexts whose very bytes are known

cdef struct Remembered:
    Text message
    Text url
    int32_t parent
    int32_t row

cdef struct Context:
    Distinct resources
    Distinct scopes
    EntityRows* entities
    Remembered seen_resources[REMEMBERED]
    Remembered seen_scopes[REMEMBERED]

cdef struct ContextMarks:
    Marks resources
    Marks scopes
    EntityMarks entities

cdef int32_t intern_resource(
    Reader* r, Context* context, const Text* pieces, int64_t count, Text url, bint keep
) noexcept nogil
cdef int32_t intern_scope(
    Reader* r, Context* context, int32_t resource, const Text* pieces, int64_t count, Text url, bint keep
) noexcept nogil
cdef void mark_context(Context* context, ContextMarks* marks) noexcept nogil
cdef void cut_context(Context* context, const ContextMarks* marks) noexcept nogil


cdef class Contexts:
    cdef Context context
    cdef Table resources
    cdef Table scopes
    cdef Entities entities

    cdef tuple build(self)
