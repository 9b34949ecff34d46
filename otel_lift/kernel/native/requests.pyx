# cython: language_level=3, cdivision=True
"""Export requests: groups of records by resource and scope.

Records may come before the resource and scope that they belong to, so these are interned when their group has been
read, and their rows are then filled in. Metrics, which are interned with their scope's row, are read only then.
"""

from libc.stdint cimport int32_t, INT32_MAX, INT64_MAX, uint32_t
from libc.stdlib cimport free
from libc.string cimport memset

from otel_lift.kernel.native.contexts cimport (
    Context,
    ContextMarks,
    cut_context,
    intern_resource,
    intern_scope,
    mark_context,
)
from otel_lift.kernel.native.memory cimport OK, reserve, Status
from otel_lift.kernel.native.messages cimport REQUEST, RESOURCE_GROUP, SCOPE_GROUP
from otel_lift.kernel.native.rows cimport cut, mark
from otel_lift.kernel.native.wire cimport fail, read_bytes, read_size, read_tag, read_text, Text, unknown

cdef struct Part:
    int64_t first_piece  # of its scope
    int64_t pieces
    Text url
    int64_t first_message  # of those to be read later
    int64_t messages
    int64_t first_row
    int64_t rows

cdef struct Walk:
    Reader* r
    Levels* levels
    Context* context
    ReadRecord read_record
    HasRows has_rows
    Vec* resource_pieces
    Vec* scope_pieces
    Vec* messages
    Vec* parts
    int64_t rows  # of the group, or messages that will become some


cdef void mark_levels(Levels* levels, LevelMarks* marks) noexcept nogil:
    cdef int level
    for level in range(levels.count):
        mark(levels.rows[level], &marks.marks[level])


cdef void cut_levels(Levels* levels, const LevelMarks* marks) noexcept nogil:
    cdef int level
    for level in range(levels.count):
        cut(levels.rows[level], &marks.marks[level])


cdef const uint8_t* add_piece(Reader* r, Vec* pieces, const uint8_t* p, const uint8_t* end) noexcept nogil:
    """Read the size of a message and remember where it is."""
    cdef Status status = reserve(pieces, sizeof(Text), INT64_MAX)
    if status != OK:
        return fail(r, status, p)
    p = read_bytes(r, p, end, <Text*> (pieces.data + pieces.size))
    pieces.size += sizeof(Text)
    return p


cdef const uint8_t* add_message(Walk* walk, Part* part, const uint8_t* p, const uint8_t* end) noexcept nogil:
    """Remember a message to be read later."""
    p = add_piece(walk.r, walk.messages, p, end)
    if p != NULL:
        part.messages += 1
        part.rows += walk.has_rows(walk.r, (<const Text*> (walk.messages.data + walk.messages.size))[-1])
    return p


cdef const uint8_t* read_part(Walk* walk, Part* part, const uint8_t* p, const uint8_t* end) noexcept nogil:
    """Read the records of a scope."""
    cdef Reader* r = walk.r
    cdef uint32_t tag
    cdef const uint8_t* stop
    while p < end:
        p = read_tag(r, p, end, &tag)
        if p == NULL:
            return NULL
        if tag == 0x12 and walk.has_rows == NULL:
            p = read_size(r, p, end, &stop)
            if p != NULL:
                p = walk.read_record(r, walk.levels, p, stop)
        elif tag == 0x12:
            p = add_message(walk, part, p, end)
        elif tag == 0x0A:
            p = add_piece(r, walk.scope_pieces, p, end)
            part.pieces += 1
        elif tag == 0x1A:
            p = read_text(r, p, end, &part.url)
        else:
            p = unknown(r, SCOPE_GROUP, 0b1110, tag, p, end, 2)
        if p == NULL:
            return NULL
    return p


cdef const uint8_t* add_part(Walk* walk, const uint8_t* p, const uint8_t* end) noexcept nogil:
    cdef Part part
    cdef Rows* records = walk.levels.rows[0]
    cdef Status status
    part.first_piece = walk.scope_pieces.size // <int64_t> sizeof(Text)
    part.pieces = 0
    part.url = Text(p, 0)
    part.first_message = walk.messages.size // <int64_t> sizeof(Text)
    part.messages = 0
    part.first_row = records.count
    part.rows = 0
    p = read_part(walk, &part, p, end)
    if p == NULL:
        return NULL
    part.rows += records.count - part.first_row
    walk.rows += part.rows
    status = reserve(walk.parts, sizeof(Part), INT64_MAX)
    if status != OK:
        return fail(walk.r, status, p)
    (<Part*> (walk.parts.data + walk.parts.size))[0] = part
    walk.parts.size += sizeof(Part)
    return p


cdef const uint8_t* read_group(Walk* walk, const uint8_t* p, const uint8_t* end) noexcept nogil:
    """Read the records of a resource."""
    cdef Reader* r = walk.r
    cdef Text url = Text(p, 0)
    cdef uint32_t tag
    cdef const uint8_t* stop
    walk.resource_pieces.size = 0
    walk.scope_pieces.size = 0
    walk.messages.size = 0
    walk.parts.size = 0
    walk.rows = 0
    while p < end:
        p = read_tag(r, p, end, &tag)
        if p == NULL:
            return NULL
        if tag == 0x12:
            p = read_size(r, p, end, &stop)
            if p != NULL:
                p = add_part(walk, p, stop)
        elif tag == 0x0A:
            p = add_piece(r, walk.resource_pieces, p, end)
        elif tag == 0x1A:
            p = read_text(r, p, end, &url)
        else:
            p = unknown(r, RESOURCE_GROUP, 0b1110, tag, p, end, 1)
        if p == NULL:
            return NULL
    return p if settle_group(walk, url, walk.rows > 0) else NULL


cdef bint settle_group(Walk* walk, Text url, bint keep) noexcept nogil:
    """Intern the resource and the scopes of a group, those without a record only to see that they are well formed."""
    cdef Rows* records = walk.levels.rows[0]
    cdef const Text* pieces = <const Text*> walk.resource_pieces.data
    cdef const Text* scopes = <const Text*> walk.scope_pieces.data
    cdef Part* parts = <Part*> walk.parts.data
    cdef Part* part
    cdef int64_t number
    cdef int32_t scope
    cdef int32_t resource = intern_resource(
        walk.r, walk.context, pieces, walk.resource_pieces.size // <int64_t> sizeof(Text), url, keep
    )
    if resource < 0:
        return False
    for number in range(walk.parts.size // <int64_t> sizeof(Part)):
        part = &parts[number]
        scope = intern_scope(
            walk.r, walk.context, resource, scopes + part.first_piece, part.pieces, part.url, part.rows > 0
        )
        if scope < 0 or (walk.has_rows != NULL and not read_later(walk, part, scope)):
            return False
        fill(records, RESOURCE_ROW, part, resource)
        fill(records, SCOPE_ROW, part, scope)
    return True


cdef bint read_later(Walk* walk, Part* part, int32_t scope) noexcept nogil:
    """Read the messages of a scope, whose row is known by now."""
    cdef Rows* records = walk.levels.rows[0]
    cdef const Text* messages = <const Text*> walk.messages.data + part.first_message
    cdef int64_t number
    walk.levels.scope = scope
    part.first_row = records.count
    for number in range(part.messages):
        if walk.read_record(
            walk.r, walk.levels, messages[number].start, messages[number].start + messages[number].size
        ) == NULL:
            return False
    part.rows = records.count - part.first_row
    return True


cdef inline void fill(Rows* records, int column, const Part* part, int32_t row) noexcept nogil:
    cdef int32_t* target = <int32_t*> records.column[column].data + part.first_row
    cdef int64_t record
    for record in range(part.rows):
        target[record] = row


cdef const uint8_t* read_request(Walk* walk, const uint8_t* p, const uint8_t* end) noexcept nogil:
    cdef uint32_t tag
    cdef const uint8_t* stop
    while p < end:
        p = read_tag(walk.r, p, end, &tag)
        if p != NULL and tag == 0x0A:
            p = read_size(walk.r, p, end, &stop)
            if p != NULL:
                p = read_group(walk, p, stop)
        elif p != NULL:
            p = unknown(walk.r, REQUEST, 0b10, tag, p, end, 0)
        if p == NULL:
            return NULL
    return p


cdef class Records:
    """Collects the rows of one decode call; a subclass adds the levels of its signal and the reader of its records."""

    def __cinit__(self, int64_t expected, int64_t limit=INT32_MAX):
        memset(&self.reader, 0, sizeof(Reader))
        memset(&self.levels, 0, sizeof(Levels))
        self.reader.limit = limit
        self.contexts = Contexts()
        self.tables = []

    def __dealloc__(self):
        free(self.reader.pieces.data)
        free(self.resource_pieces.data)
        free(self.scope_pieces.data)
        free(self.messages.data)
        free(self.parts.data)

    cdef void add_level(self, Table table):
        self.levels.rows[self.levels.count] = &table.rows
        self.levels.count += 1
        self.tables.append(table)

    cdef void cut_own(self) noexcept nogil:
        """Forget what the signal's reader knows of rows that have been taken back."""

    cdef dict build(self):
        """Answer the table of each level, parents first; once."""
        raise NotImplementedError

    cdef bint read(self, const uint8_t* payload, int64_t size) noexcept nogil:
        """Add the records of a payload, or none of it."""
        cdef Walk walk = Walk(
            &self.reader, &self.levels, &self.contexts.context, self.read_record, self.has_rows,
            &self.resource_pieces, &self.scope_pieces, &self.messages, &self.parts, 0,
        )
        cdef LevelMarks marks
        cdef ContextMarks context_marks
        mark_levels(&self.levels, &marks)
        mark_context(walk.context, &context_marks)
        self.reader.status = OK
        self.reader.accepted = 0
        self.reader.rejected = 0
        self.reader.lenient = False
        self.reader.pieces.size = 0
        self.reader.stop = payload + size
        if read_request(&walk, payload, payload + size) != NULL:
            return True
        cut_levels(&self.levels, &marks)
        cut_context(walk.context, &context_marks)
        self.cut_own()
        return False
