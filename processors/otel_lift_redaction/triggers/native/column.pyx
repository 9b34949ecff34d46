# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The triggers of a column's texts, in one pass without the interpreter's lock."""

import secrets

import numpy as np

from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp

from otel_lift.batch import ValueType
from otel_lift_redaction.triggers.bits import LONG_NUMBER, Trigger
from otel_lift_redaction.triggers.native.columns cimport Column, is_looked_at, read_column, some_hash
from otel_lift_redaction.triggers.native.text cimport is_plain, triggers_of

cdef enum:
    MAX_SLOTS = 2048
    NO_TRIGGER = -1

cdef struct Slot:  # a text that was looked at; row is one higher, so that zero is none
    uint64_t hash
    int32_t row
    int32_t code

cdef struct Found:
    int32_t *rows
    int32_t *codes
    int32_t *firsts
    uint32_t *bits
    Py_ssize_t count
    Py_ssize_t distinct

cdef uint64_t SEED = secrets.randbits(64)
cdef uint32_t ANY = Trigger.ANY
cdef int STRING = ValueType.STRING, INT = ValueType.INT, DOUBLE = ValueType.DOUBLE
cdef Py_ssize_t NUMBER_SIZE = LONG_NUMBER


def find(object values, const uint8_t[::1] types, object spared, uint32_t wanted):
    """Answer what `Candidates.of` says, as a tuple, or None."""
    cdef Column column
    cdef Found found
    cdef int32_t[::1] rows, codes, firsts
    cdef uint32_t[::1] bits
    cdef Py_ssize_t size = len(values), slots = 1
    cdef Slot *seen
    if read_column(&column, values, types, spared):
        out, out_bits = np.empty((3, size), np.int32), np.empty(size, np.uint32)
        rows, codes, firsts, bits = out[0], out[1], out[2], out_bits
        found.rows, found.codes, found.firsts, found.bits = &rows[0], &codes[0], &firsts[0], &bits[0]
        found.count = found.distinct = 0
        while slots < size and slots < MAX_SLOTS:
            slots *= 2
        seen = <Slot *>calloc(slots, sizeof(Slot))
        if seen == NULL:
            raise MemoryError
        try:
            with nogil:
                look_at(&column, &found, wanted, seen, slots - 1)
        finally:
            free(seen)
        if found.count:
            return out[0, :found.count], out[1, :found.count], out[2, :found.distinct], out_bits[:found.distinct]
    return None


cdef void look_at(const Column *column, Found *found, uint32_t wanted, Slot *seen, uint64_t mask) noexcept nogil:
    cdef Py_ssize_t row, size
    cdef int32_t before
    cdef uint32_t bits
    cdef uint64_t hashed
    cdef const uint8_t *text
    cdef Slot *slot
    cdef bint always = wanted & ANY != 0
    for row in range(column.rows):
        size = column.offsets[row + 1] - column.offsets[row]
        if size == 0:
            continue
        if column.types != NULL and column.types[row] != STRING:
            if size < NUMBER_SIZE or (column.types[row] != INT and column.types[row] != DOUBLE):
                continue
        if not is_looked_at(column, row):
            continue
        text = column.data + column.offsets[row]
        if not always and is_plain(text, size, column.size - column.offsets[row]):
            continue
        hashed = some_hash(SEED, text, size)
        slot = &seen[hashed & mask]
        if slot.row and slot.hash == hashed:
            before = slot.row - 1
            if column.offsets[before + 1] - column.offsets[before] == size:
                if memcmp(column.data + column.offsets[before], text, size) == 0:
                    if slot.code != NO_TRIGGER:
                        found.rows[found.count] = <int32_t>row
                        found.codes[found.count] = slot.code
                        found.count += 1
                    continue
        bits = triggers_of(text, size)
        if always:
            bits |= ANY
        bits &= wanted
        slot.hash = hashed
        slot.row = <int32_t>row + 1
        slot.code = NO_TRIGGER
        if bits:
            slot.code = <int32_t>found.distinct
            found.firsts[found.distinct] = <int32_t>row
            found.bits[found.distinct] = bits
            found.rows[found.count] = <int32_t>row
            found.codes[found.count] = slot.code
            found.distinct += 1
            found.count += 1
