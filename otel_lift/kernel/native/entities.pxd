"""The entities that a resource refers to, which few do."""

from libc.stdint cimport int64_t, uint8_t, uint32_t

from otel_lift.kernel.native.memory cimport Vec
from otel_lift.kernel.native.rows cimport Marks, Rows
from otel_lift.kernel.native.tables cimport Table
from otel_lift.kernel.native.wire cimport Reader

cdef struct EntityRows:
    Rows* entities
    Rows* id_keys
    Rows* description_keys

cdef struct EntityMarks:
    Marks entities
    Marks id_keys
    Marks description_keys

cdef const uint8_t* read_entity(
    Reader* r, EntityRows* rows, const uint8_t* p, const uint8_t* end, int depth
) noexcept nogil
cdef bint write_entities(Reader* r, Vec* out, const EntityRows* rows, uint32_t first, uint32_t last) noexcept nogil
cdef void mark_entities(EntityRows* rows, EntityMarks* marks) noexcept nogil
cdef void cut_entities(EntityRows* rows, const EntityMarks* marks) noexcept nogil


cdef class Entities:
    cdef EntityRows rows
    cdef Table entities
    cdef Table id_keys
    cdef Table description_keys

    cdef object build(self, Rows* resources, int ends)
