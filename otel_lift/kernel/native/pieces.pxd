"""A message that came in several pieces, which protobuf merges: to merge is to read one after the other.

The pieces stand on a stack, `Reader.pieces`, on which those of nested messages come and go.
"""

from libc.stdint cimport INT64_MAX, int64_t

from otel_lift.kernel.native.memory cimport OK, reserve, Status
from otel_lift.kernel.native.wire cimport fail, Reader, Text


cdef inline int64_t height(const Reader* r) noexcept nogil:
    return r.pieces.size // <int64_t> sizeof(Text)


cdef inline Text piece_at(const Reader* r, int64_t place) noexcept nogil:
    return (<const Text*> r.pieces.data)[place]


cdef inline void pop_to(Reader* r, int64_t count) noexcept nogil:
    r.pieces.size = count * <int64_t> sizeof(Text)


cdef inline bint push(Reader* r, Text piece) noexcept nogil:
    """Put a piece on the stack, and tell whether that could be done."""
    cdef Status status = reserve(&r.pieces, sizeof(Text), INT64_MAX)
    if status != OK:
        fail(r, status, piece.start)
        return False
    (<Text*> (r.pieces.data + r.pieces.size))[0] = piece
    r.pieces.size += sizeof(Text)
    return True
