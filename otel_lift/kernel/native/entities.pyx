# cython: language_level=3
"""The entities that a resource refers to, which few do."""

from libc.stdint cimport int32_t

import pyarrow as pa

from otel_lift.batch.schema import SCHEMAS, Level, Signal
from otel_lift.kernel.native.identities cimport end_of, write_columns
from otel_lift.kernel.native.memory cimport OK, Status
from otel_lift.kernel.native.messages cimport ENTITY_REF
from otel_lift.kernel.native.rows cimport close_row, cut, mark, open_row, put32, put_text
from otel_lift.kernel.native.tables cimport Layout, take_texts
from otel_lift.kernel.native.texts cimport write_bytes
from otel_lift.kernel.native.wire cimport fail, read_tag, read_text, Text, unknown

cdef enum:
    ENTITY_URL
    ENTITY_TYPE
    # where they end
    ENTITY_ID_KEYS
    ENTITY_DESCRIPTION_KEYS

_TEXT = pa.field("text", pa.string())
_KEYS = pa.list_(pa.string())
_TEXTS = Layout(pa.schema([_TEXT]))
_ENTITY = Layout(pa.schema([_TEXT.with_name("schema_url"), _TEXT.with_name("type")]), further=2)
_ENTITIES = SCHEMAS[Signal.TRACES][Level.RESOURCE].field("entity_refs").type
_NO_ENTITY = pa.array([], _ENTITIES.value_type)


cdef const uint8_t* read_key(Reader* r, Rows* keys, const uint8_t* p, const uint8_t* end) noexcept nogil:
    cdef Text text
    cdef Status status
    p = read_text(r, p, end, &text)
    if p == NULL:
        return NULL
    status = open_row(keys)
    if status == OK:
        status = put_text(r, keys, 0, text)
    if status != OK:
        return fail(r, status, p)
    close_row(keys)
    return p


cdef const uint8_t* read_entity(
    Reader* r, EntityRows* rows, const uint8_t* p, const uint8_t* end, int depth
) noexcept nogil:
    """Add an `EntityRef`."""
    cdef Text url = Text(p, 0), type = Text(p, 0)
    cdef uint32_t tag
    cdef Status status
    while p < end:
        p = read_tag(r, p, end, &tag)
        if p == NULL:
            return NULL
        if tag == 0x0A:
            p = read_text(r, p, end, &url)
        elif tag == 0x12:
            p = read_text(r, p, end, &type)
        elif tag == 0x1A:
            p = read_key(r, rows.id_keys, p, end)
        elif tag == 0x22:
            p = read_key(r, rows.description_keys, p, end)
        else:
            p = unknown(r, ENTITY_REF, 0b11110, tag, p, end, depth)
        if p == NULL:
            return NULL
    status = open_row(rows.entities)
    if status == OK:
        status = put_text(r, rows.entities, ENTITY_URL, url)
    if status == OK:
        status = put_text(r, rows.entities, ENTITY_TYPE, type)
    if status != OK:
        return fail(r, status, p)
    put32(rows.entities, ENTITY_ID_KEYS, <uint32_t> rows.id_keys.count)
    put32(rows.entities, ENTITY_DESCRIPTION_KEYS, <uint32_t> rows.description_keys.count)
    close_row(rows.entities)
    return p


cdef bint write_entities(Reader* r, Vec* out, const EntityRows* rows, uint32_t first, uint32_t last) noexcept nogil:
    """Write the identity of entities."""
    cdef uint32_t count = last - first
    cdef uint32_t entity
    if not write_bytes(r, out, &count, 4):
        return False
    for entity in range(first, last):
        if not write_columns(r, out, rows.entities, entity, 2):
            return False
        if not write_keys(r, out, rows.id_keys, rows.entities, ENTITY_ID_KEYS, entity):
            return False
        if not write_keys(r, out, rows.description_keys, rows.entities, ENTITY_DESCRIPTION_KEYS, entity):
            return False
    return True


cdef bint write_keys(
    Reader* r, Vec* out, const Rows* keys, const Rows* entities, int column, int64_t entity
) noexcept nogil:
    cdef uint32_t first = end_of(entities, column, entity - 1)
    cdef uint32_t last = end_of(entities, column, entity)
    cdef uint32_t count = last - first
    cdef uint32_t key
    if not write_bytes(r, out, &count, 4):
        return False
    for key in range(first, last):
        if not write_columns(r, out, keys, key, 1):
            return False
    return True


cdef void mark_entities(EntityRows* rows, EntityMarks* marks) noexcept nogil:
    mark(rows.entities, &marks.entities)
    mark(rows.id_keys, &marks.id_keys)
    mark(rows.description_keys, &marks.description_keys)


cdef void cut_entities(EntityRows* rows, const EntityMarks* marks) noexcept nogil:
    cut(rows.entities, &marks.entities)
    cut(rows.id_keys, &marks.id_keys)
    cut(rows.description_keys, &marks.description_keys)


cdef class Entities:
    """Owns the rows of entities and of their keys."""

    def __cinit__(self):
        self.entities = Table(_ENTITY)
        self.id_keys = Table(_TEXTS)
        self.description_keys = Table(_TEXTS)
        self.rows.entities = &self.entities.rows
        self.rows.id_keys = &self.id_keys.rows
        self.rows.description_keys = &self.description_keys.rows

    cdef object build(self, Rows* resources, int ends):
        """Answer the column of the entities of each resource, which end where its column `ends` tells."""
        cdef Rows* rows = self.rows.entities
        entity = _NO_ENTITY
        if rows.count:
            fields = [
                take_texts(rows.count, <int32_t**> &rows.column[ENTITY_URL].data, &rows.column[ENTITY_URL].items),
                take_texts(rows.count, <int32_t**> &rows.column[ENTITY_TYPE].data, &rows.column[ENTITY_TYPE].items),
                _keys(rows, ENTITY_ID_KEYS, self.rows.id_keys),
                _keys(rows, ENTITY_DESCRIPTION_KEYS, self.rows.description_keys),
            ]
            entity = pa.StructArray.from_buffers(_ENTITIES.value_type, rows.count, [None], 0, children=fields)
        offsets = _offsets(resources, ends)
        return pa.ListArray.from_buffers(_ENTITIES, resources.count, [None, offsets], 0, children=[entity])


cdef object _keys(Rows* entities, int column, Rows* keys):
    texts = take_texts(keys.count, <int32_t**> &keys.column[0].data, &keys.column[0].items)
    return pa.ListArray.from_buffers(_KEYS, entities.count, [None, _offsets(entities, column)], 0, children=[texts])


cdef object _offsets(Rows* rows, int column):
    """Answer the offsets of a list array: a first 0, and where each row's items end."""
    return pa.py_buffer(bytes(4) + rows.column[column].data[: 4 * rows.count])
