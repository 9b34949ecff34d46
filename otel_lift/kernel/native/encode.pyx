# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Columns to OTLP bytes."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.stdlib cimport free

from otel_lift.kernel.native.encode_messages cimport Field, Kind, Message, write_fields, write_message
from otel_lift.kernel.native.write_bytes cimport Writer, close_message, put_text, reserve, written
from otel_lift.kernel.native.write_columns cimport Column, Columns, Text, int32_at, refuse, text_at

from otel_lift.batch import Level, MetricKind, Signal
from otel_lift.errors import TooLargeError
from otel_lift.kernel.native.encode_layout import DATA, METRIC_HEAD, METRIC_TAIL, RECORDS, RESOURCE, SCOPE

__all__ = ["encode"]

cdef enum:
    # what protobuf can write, and so what a client may expect
    _MOST_BYTES = 0x7FFFFFFF
    _BYTES_A_RECORD = 512  # a first guess at the room
    _MOST_KINDS = 16
    # tags that are alike in the groups of all signals: context, the groups inside, schema URL
    _TAG_CONTEXT = 1 << 3 | 2
    _TAG_INSIDE = 2 << 3 | 2
    _TAG_SCHEMA_URL = 3 << 3 | 2
    _TAG_GROUP = 1 << 3 | 2
    _TAG_POINT = 1 << 3 | 2


cdef struct Group:
    # a level above the records: its rows, the one that each record is of, and what is written of it
    int64_t rows
    Column of
    Message* message


cdef class _Plan:
    """What is written from where, for one batch."""

    cdef Columns columns
    cdef list chunks
    cdef object batch

    def __init__(self, batch):
        self.columns = Columns()
        self.chunks = []
        self.batch = batch

    cdef Message* message(self, object layout, object column) except NULL:
        """Take the columns of a layout; `column` answers one by its name."""
        # an object as memory, which is freed with the plan
        cdef bytes chunk = PyBytes_FromStringAndSize(NULL, sizeof(Message) + len(layout) * sizeof(Field))
        cdef Message* message = <Message*><char*>chunk
        cdef Field* field
        self.chunks.append(chunk)
        message.count = len(layout)
        message.fields = <Field*>(<char*>chunk + sizeof(Message))
        for index, known in enumerate(layout):
            field = &message.fields[index]
            field.tag = known.tag
            field.kind = known.kind
            field.message = NULL
            self._take(field, known, column)
        return message

    cdef Group group(self, object level, object layout) except *:
        """Take the rows of a level, and of each record the row that it is of."""
        cdef Group group
        table = self.batch.tables[level]
        group.of = self.columns.scalars(self.batch.column(Level.RECORD, level.value), 32)
        group.message = self.message(layout, table.column)
        group.rows = table.num_rows
        return group

    cdef int _take(self, Field* field, object known, object column) except -1:
        cdef Columns columns = self.columns
        arrays = [] if known.level is not None else [column(name) for name in known.columns]
        array = arrays[0] if arrays else None
        if field.kind == Kind.CHILDREN:
            table = self.batch.tables[known.level]
            field.columns[0] = columns.scalars(table.column("record"), 32)
            field.left = table.num_rows
            field.message = self.message(known.inside, table.column)
        elif field.kind == Kind.MESSAGE:
            field.message = self.message(known.inside, column)
        elif field.kind == Kind.TEXT:
            field.columns[0] = columns.texts(array)
        elif field.kind == Kind.INTERNED:
            field.columns[0] = columns.scalars(array.indices, 32)
            field.columns[1] = columns.texts(array.dictionary)
        elif field.kind == Kind.VALUE:
            field.columns[0] = columns.scalars(array, 8)
            field.columns[1] = columns.texts(arrays[1])
        elif field.kind == Kind.ID:
            field.width = array.type.byte_width
            field.columns[0] = columns.scalars(array, 8 * field.width)
        elif field.kind == Kind.BOOL:
            field.columns[0] = columns.scalars(array, 1)
        elif field.kind in (Kind.FIXED64, Kind.OPTIONAL64):
            field.columns[0] = columns.scalars(array, 64)
        elif field.kind in (Kind.TEXTS, Kind.PACKED_VARINTS, Kind.PACKED64, Kind.ENTRIES, Kind.ATTRIBUTES):
            self._take_list(field, known, array)
        else:
            field.columns[0] = columns.scalars(array, 32)
        return 0

    cdef int _take_list(self, Field* field, object known, object array) except -1:
        cdef Columns columns = self.columns
        # not flattened: the offsets of a slice refer to all entries of its buffers
        entries = array.values
        field.columns[0] = columns.offsets(array, len(entries))
        if field.kind == Kind.ATTRIBUTES:
            key = entries.field(0)
            field.columns[1] = columns.scalars(key.indices, 32)
            field.columns[2] = columns.texts(key.dictionary)
            field.columns[3] = columns.scalars(entries.field(1), 8)
            field.columns[4] = columns.texts(entries.field(2))
        elif field.kind == Kind.ENTRIES:
            field.message = self.message(known.inside, entries.field)
        elif field.kind == Kind.TEXTS:
            field.columns[1] = columns.texts(entries)
        else:
            field.columns[1] = columns.scalars(entries, 64)
        return 0


cdef class _Request:
    """One batch on its way to bytes, from its last record to its first."""

    cdef _Plan plan
    cdef Writer out
    cdef int64_t count
    cdef Group resources
    cdef Group scopes
    cdef Column resource_urls
    cdef Column scope_urls
    cdef bint has_metrics
    cdef Group metrics
    cdef Message* metric_tail
    cdef Column kinds
    # by the kind of metric; what is not metrics has one layout, the first
    cdef Message* records[_MOST_KINDS]
    cdef Message* data[_MOST_KINDS]

    def __init__(self, batch):
        cdef _Plan plan = _Plan(batch)
        self.plan = plan
        self.count = len(batch)
        self.resources = plan.group(Level.RESOURCE, RESOURCE)
        self.scopes = plan.group(Level.SCOPE, SCOPE)
        self.resource_urls = plan.columns.texts(batch.column(Level.RESOURCE, "schema_url"))
        self.scope_urls = plan.columns.texts(batch.column(Level.SCOPE, "schema_url"))
        self.has_metrics = batch.signal is Signal.METRICS
        if self.has_metrics:
            self._take_metrics(batch)
        else:
            self.records[0] = plan.message(RECORDS[batch.signal], batch.records.column)

    def __dealloc__(self):
        free(self.out.begin)

    cdef int _take_metrics(self, object batch) except -1:
        cdef _Plan plan = self.plan
        column = batch.tables[Level.METRIC].column
        self.metrics = plan.group(Level.METRIC, METRIC_HEAD)
        self.metric_tail = plan.message(METRIC_TAIL, column)
        self.kinds = plan.columns.scalars(column("kind"), 8)
        for kind in map(MetricKind, column("kind").unique().to_pylist()):
            self.records[<int>kind] = plan.message(RECORDS[kind], batch.records.column)
            self.data[<int>kind] = plan.message(DATA[kind], column)
        return 0

    cdef bytes write(self):
        reserve(&self.out, self.count * _BYTES_A_RECORD)
        with nogil:
            self._write_groups()
        if written(&self.out) > _MOST_BYTES:
            raise TooLargeError("a batch of 2 GiB or more is not one OTLP message: make batches smaller")
        return PyBytes_FromStringAndSize(<char*>self.out.at, written(&self.out))

    cdef int _write_groups(self) except -1 nogil:
        """Write the records in groups: a new one wherever the resource or scope is not that of the record before."""
        cdef size_t group = 0, part = 0
        cdef int64_t row = self.count, stop, resource, scope
        cdef bint is_open = False
        while row:
            stop = row
            resource = _row_of(&self.resources, stop - 1)
            scope = _row_of(&self.scopes, stop - 1)
            while row and _is_of(&self.resources, row - 1, resource) and _is_of(&self.scopes, row - 1, scope):
                row -= 1
            if not is_open:
                group = written(&self.out)
                _write_url(&self.out, &self.resource_urls, resource)
            part = written(&self.out)
            _write_url(&self.out, &self.scope_urls, scope)
            if self.has_metrics:
                self._write_metrics(row, stop)
            else:
                self._write_records(self.records[0], _TAG_INSIDE, row, stop)
            _write_context(&self.out, &self.scopes, scope)
            close_message(&self.out, _TAG_INSIDE, part)
            is_open = row and _is_of(&self.resources, row - 1, resource)
            if not is_open:
                _write_context(&self.out, &self.resources, resource)
                close_message(&self.out, _TAG_GROUP, group)
        return 0

    cdef int _write_metrics(self, int64_t first, int64_t stop) except -1 nogil:
        """Write data points: a new metric wherever it is not that of the point before."""
        cdef int64_t row = stop, metric
        cdef size_t before, data
        cdef uint8_t kind
        while row > first:
            stop = row
            metric = _row_of(&self.metrics, stop - 1)
            while row > first and _is_of(&self.metrics, row - 1, metric):
                row -= 1
            kind = self.kinds.data[self.kinds.start + metric]
            before = written(&self.out)
            write_fields(&self.out, self.metric_tail, metric)
            data = written(&self.out)
            write_fields(&self.out, self.data[kind], metric)
            self._write_records(self.records[kind], _TAG_POINT, row, stop)
            close_message(&self.out, <uint32_t>kind << 3 | 2, data)
            write_fields(&self.out, self.metrics.message, metric)
            close_message(&self.out, _TAG_INSIDE, before)
        return 0

    cdef int _write_records(self, Message* message, uint32_t tag, int64_t first, int64_t stop) except -1 nogil:
        cdef int64_t row
        for row in range(stop - 1, first - 1, -1):
            write_message(&self.out, tag, message, row)
        return 0


cdef inline int64_t _row_of(const Group* group, int64_t record) except -1 nogil:
    cdef int64_t row = int32_at(&group.of, record)
    if row < 0 or row >= group.rows:
        refuse()
    return row


cdef inline bint _is_of(const Group* group, int64_t record, int64_t row) noexcept nogil:
    return int32_at(&group.of, record) == row


cdef int _write_url(Writer* out, const Column* urls, int64_t row) except -1 nogil:
    cdef Text url
    text_at(urls, row, &url)
    return put_text(out, _TAG_SCHEMA_URL, url.content, url.size) if url.size else 0


cdef int _write_context(Writer* out, const Group* group, int64_t row) except -1 nogil:
    """Write a resource or a scope, unless it says nothing."""
    cdef size_t before = written(out)
    write_fields(out, group.message, row)
    return close_message(out, _TAG_CONTEXT, before) if written(out) > before else 0


def encode(batch):
    """Turn a batch into an OTLP protobuf export request; see `otel_lift.kernel`.

    Raises TooLargeError for a batch whose request protobuf could not hold (2 GiB), ProcessorError for one whose
    columns refer to what is not there.
    """
    cdef _Request request
    if not len(batch):
        return b""
    request = _Request(batch)
    return request.write()
