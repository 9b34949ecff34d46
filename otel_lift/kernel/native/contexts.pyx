# cython: language_level=3
"""The distinct resources and scopes of a decode call.

One of the very bytes of another, which the same client sends with each request, is not even read.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memset

from otel_lift.batch.schema import SCHEMAS, Level, Signal
from otel_lift.kernel.native.attributes cimport read_attribute
from otel_lift.kernel.native.dictionary cimport hash_bytes
from otel_lift.kernel.native.entities cimport cut_entities, mark_entities, read_entity, write_entities
from otel_lift.kernel.native.identities cimport begin_identity, cut_distinct, end_of, free_distinct, known_row
from otel_lift.kernel.native.memory cimport OK, Status
from otel_lift.kernel.native.messages cimport RESOURCE, SCOPE
from otel_lift.kernel.native.rows cimport close_row, cut, mark, open_row, put32, put_text, Rows
from otel_lift.kernel.native.tables cimport Layout
from otel_lift.kernel.native.wire cimport fail, read_size, read_tag, read_text, read_uint32, unknown

cdef enum:
    RESOURCE_DROPPED
    RESOURCE_URL
    RESOURCE_ENTITIES  # where they end

cdef enum:
    SCOPE_RESOURCE
    SCOPE_NAME
    SCOPE_VERSION
    SCOPE_DROPPED
    SCOPE_URL

cdef enum:
    RESOURCE_DEPTH = 2
    SCOPE_DEPTH = 3

# the resource and scope schemas are those of every signal
_SCHEMAS = SCHEMAS[Signal.TRACES]
_RESOURCES = Layout(_SCHEMAS[Level.RESOURCE], made=("entity_refs",), further=1)
_SCOPES = Layout(_SCHEMAS[Level.SCOPE])


cdef int32_t find(Remembered* seen, Text message, Text url, int32_t parent, Remembered** place) noexcept nogil:
    """Answer the row of a context of the same bytes, or -1; and the place where it is, or is to be, remembered."""
    cdef uint64_t hashed = hash_bytes(message.start, message.size) + hash_bytes(url.start, url.size) + parent
    cdef Remembered* one = &seen[hashed & (REMEMBERED - 1)]
    place[0] = one
    if one.message.start == NULL or one.parent != parent or one.url.size != url.size:
        return -1
    if one.message.size != message.size or memcmp(one.message.start, message.start, message.size) != 0:
        return -1
    return one.row if memcmp(one.url.start, url.start, url.size) == 0 else -1


cdef bint read_resource(Reader* r, Context* context, const Text* pieces, int64_t count, Text url) noexcept nogil:
    """Read a resource into the next row."""
    cdef Rows* rows = context.resources.rows
    cdef const uint8_t* p
    cdef const uint8_t* end
    cdef const uint8_t* stop
    cdef uint32_t tag, dropped = 0
    cdef int64_t piece
    cdef int place = 0
    cdef Status status = open_row(rows)
    if status == OK:
        status = put_text(r, rows, RESOURCE_URL, url)
    if status != OK:
        fail(r, status, url.start)
        return False
    for piece in range(count):
        p = pieces[piece].start
        end = p + pieces[piece].size
        while p < end:
            p = read_tag(r, p, end, &tag)
            if p == NULL:
                return False
            if tag == 0x0A or tag == 0x1A:
                p = read_size(r, p, end, &stop)
                if p != NULL and tag == 0x0A:
                    p = read_attribute(r, rows, p, stop, place, RESOURCE_DEPTH + 1)
                    place += 1
                elif p != NULL:
                    p = read_entity(r, context.entities, p, stop, RESOURCE_DEPTH + 1)
            elif tag == 0x10:
                p = read_uint32(r, p, end, &dropped)
            else:
                p = unknown(r, RESOURCE, 0b1110, tag, p, end, RESOURCE_DEPTH)
            if p == NULL:
                return False
    put32(rows, RESOURCE_DROPPED, dropped)
    put32(rows, RESOURCE_ENTITIES, <uint32_t> context.entities.entities.count)
    close_row(rows)
    return True


cdef bint read_scope(
    Reader* r, Context* context, int32_t resource, const Text* pieces, int64_t count, Text url
) noexcept nogil:
    """Read a scope into the next row."""
    cdef Rows* rows = context.scopes.rows
    cdef const uint8_t* p
    cdef const uint8_t* end
    cdef const uint8_t* stop
    cdef uint32_t tag, dropped = 0
    cdef Text name = Text(url.start, 0), version = Text(url.start, 0)
    cdef int64_t piece
    cdef int place = 0
    cdef Status status
    status = open_row(rows)
    if status != OK:
        fail(r, status, url.start)
        return False
    for piece in range(count):
        p = pieces[piece].start
        end = p + pieces[piece].size
        while p < end:
            p = read_tag(r, p, end, &tag)
            if p == NULL:
                return False
            if tag == 0x0A:
                p = read_text(r, p, end, &name)
            elif tag == 0x12:
                p = read_text(r, p, end, &version)
            elif tag == 0x1A:
                p = read_size(r, p, end, &stop)
                if p != NULL:
                    p = read_attribute(r, rows, p, stop, place, SCOPE_DEPTH + 1)
                    place += 1
            elif tag == 0x20:
                p = read_uint32(r, p, end, &dropped)
            else:
                p = unknown(r, SCOPE, 0b11110, tag, p, end, SCOPE_DEPTH)
            if p == NULL:
                return False
    put32(rows, SCOPE_RESOURCE, resource)
    put32(rows, SCOPE_DROPPED, dropped)
    status = put_text(r, rows, SCOPE_NAME, name)
    if status == OK:
        status = put_text(r, rows, SCOPE_VERSION, version)
    if status == OK:
        status = put_text(r, rows, SCOPE_URL, url)
    if status != OK:
        fail(r, status, url.start)
        return False
    close_row(rows)
    return True


cdef int32_t intern_resource(
    Reader* r, Context* context, const Text* pieces, int64_t count, Text url, bint keep
) noexcept nogil:
    """Answer the row of the resource of these pieces and URL, or -1 having failed; it is only read where not `keep`."""
    cdef ContextMarks marks
    cdef Distinct* resources = &context.resources
    cdef Remembered* place
    cdef Text whole = pieces[0] if count else Text(url.start, 0)
    cdef int32_t row = find(context.seen_resources, whole, url, 0, &place) if count <= 1 else -1
    if row >= 0:
        return row
    mark_context(context, &marks)
    if not read_resource(r, context, pieces, count, url):
        return -1
    if not keep:
        cut_rows(context, &marks)
        return 0
    if not begin_identity(r, resources, RESOURCE_ENTITIES) or not write_entities(
        r,
        &resources.identity,
        context.entities,
        end_of(resources.rows, RESOURCE_ENTITIES, marks.resources.rows - 1),
        end_of(resources.rows, RESOURCE_ENTITIES, marks.resources.rows),
    ):
        return -1
    row = known_row(r, resources)
    if row >= 0 and row != marks.resources.rows:
        cut_rows(context, &marks)
    if row >= 0 and count <= 1:
        place[0] = Remembered(whole, url, 0, row)
    return row


cdef int32_t intern_scope(
    Reader* r, Context* context, int32_t resource, const Text* pieces, int64_t count, Text url, bint keep
) noexcept nogil:
    """Answer the row of the scope, in a resource, of these pieces and URL, likewise."""
    cdef ContextMarks marks
    cdef Remembered* place
    cdef Text whole = pieces[0] if count else Text(url.start, 0)
    cdef int32_t row = find(context.seen_scopes, whole, url, resource, &place) if count <= 1 else -1
    if row >= 0:
        return row
    mark_context(context, &marks)
    if not read_scope(r, context, resource, pieces, count, url):
        return -1
    if not keep:
        cut_rows(context, &marks)
        return 0
    if not begin_identity(r, &context.scopes, SCOPE_URL + 1):
        return -1
    row = known_row(r, &context.scopes)
    if row >= 0 and row != marks.scopes.rows:
        cut_rows(context, &marks)
    if row >= 0 and count <= 1:
        place[0] = Remembered(whole, url, resource, row)
    return row


cdef void mark_context(Context* context, ContextMarks* marks) noexcept nogil:
    """Remember how much there is, for `cut_context`."""
    mark(context.resources.rows, &marks.resources)
    mark(context.scopes.rows, &marks.scopes)
    mark_entities(context.entities, &marks.entities)


cdef void cut_rows(Context* context, const ContextMarks* marks) noexcept nogil:
    cut(context.resources.rows, &marks.resources)
    cut(context.scopes.rows, &marks.scopes)
    cut_entities(context.entities, &marks.entities)


cdef void cut_context(Context* context, const ContextMarks* marks) noexcept nogil:
    """Take back all that came since, and forget the bytes of contexts, some of which may be no more."""
    cut_rows(context, marks)
    cut_distinct(&context.resources)
    cut_distinct(&context.scopes)
    memset(context.seen_resources, 0, sizeof(context.seen_resources))
    memset(context.seen_scopes, 0, sizeof(context.seen_scopes))


cdef class Contexts:
    """Owns the rows of both levels."""

    def __cinit__(self):
        memset(&self.context, 0, sizeof(Context))
        self.resources = Table(_RESOURCES)
        self.scopes = Table(_SCOPES)
        self.entities = Entities()
        self.context.resources.rows = &self.resources.rows
        self.context.scopes.rows = &self.scopes.rows
        self.context.entities = &self.entities.rows

    def __dealloc__(self):
        free_distinct(&self.context.resources)
        free_distinct(&self.context.scopes)

    cdef tuple build(self):
        """Answer the tables of resources and of scopes."""
        cdef Rows* rows = &self.resources.rows
        made = {"entity_refs": self.entities.build(rows, RESOURCE_ENTITIES)} if rows.count else {}
        return self.resources.build(made), self.scopes.build({})
