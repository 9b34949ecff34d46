# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The triggers of a column's texts, in one pass without the interpreter's lock."""

import secrets

import numpy as np

from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy

from otel_lift.batch import ValueType
from otel_lift_redaction.triggers.bits import LONG_NUMBER, Trigger
from otel_lift_redaction.triggers.native.text cimport is_plain, triggers_of

cdef enum:
    MAX_SLOTS = 2048
    NO_TRIGGER = -1

cdef struct Slot:  # a text that was looked at; row is one higher, so that zero is none
    uint64_t hash
    int32_t row
    int32_t code

cdef struct Column:
    const uint8_t *data
    const int32_t *offsets
    const uint8_t *valid
    Py_ssize_t start  # of the rows in `valid`
    Py_ssize_t rows
    Py_ssize_t size  # of `data`, in bytes
    const uint8_t *types
    const uint8_t *spared

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
    cdef const signed char[::1] valid, data, offsets  # what Arrow says that its memory is
    cdef const uint8_t[::1] kept
    cdef int32_t[::1] rows, codes, firsts
    cdef uint32_t[::1] bits
    cdef Py_ssize_t size = len(values), slots = 1
    cdef Slot *seen
    validity, raw_offsets, raw_data = values.buffers()
    if size and raw_data is not None and raw_data.size:
        offsets, data, start = raw_offsets, raw_data, values.offset
        if offsets.shape[0] < (start + size + 1) * 4 or types is not None and types.shape[0] != size:
            raise ValueError("a column's offsets, types and texts are of different lengths")
        column.offsets = <const int32_t *>&offsets[0] + <Py_ssize_t>start
        column.data, column.rows, column.start = <const uint8_t *>&data[0], size, start
        column.size = data.shape[0]
        if not are_offsets(column.offsets, size, column.size):
            raise ValueError("a column's offsets do not ascend within its text")
        column.valid = column.types = column.spared = NULL
        if validity is not None:
            valid = validity
            column.valid = <const uint8_t *>&valid[0]
        if types is not None:
            column.types = &types[0]
        if spared is not None:
            kept = spared.view(np.uint8)
            if kept.shape[0] != size:
                raise ValueError("a column's marks and texts are of different lengths")
            column.spared = &kept[0]
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


cdef bint are_offsets(const int32_t *offsets, Py_ssize_t rows, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t row
    cdef bint wrong = offsets[0] < 0
    for row in range(rows):
        wrong |= offsets[row] > offsets[row + 1]
    return not wrong and offsets[rows] <= size


cdef inline uint64_t mixed(uint64_t state, const uint8_t *text, Py_ssize_t size) noexcept nogil:
    cdef uint64_t word = 0
    memcpy(&word, text, size)
    state = (state ^ word) * <uint64_t>0x9E3779B97F4A7C15
    return state ^ (state >> 32)


cdef inline uint64_t hash_of(const uint8_t *text, Py_ssize_t size) noexcept nogil:
    """A hash of a text, of long ones by some of their bytes; equal ones only save work, so it need not be a strong one."""
    cdef uint64_t state = SEED ^ <uint64_t>size
    cdef Py_ssize_t at = 0
    if size < 8:
        return mixed(state, text, size)
    if size > 40:
        state = mixed(state, text + size // 4, 8)
        state = mixed(state, text + size // 2, 8)
        at = size - 24
    while at + 8 < size:
        state = mixed(state, text + at, 8)
        at += 8
    return mixed(state, text + size - 8, 8)


cdef void look_at(const Column *column, Found *found, uint32_t wanted, Slot *seen, uint64_t mask) noexcept nogil:
    cdef Py_ssize_t row, size, bit
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
        if column.spared != NULL and column.spared[row]:
            continue
        if column.valid != NULL:
            bit = column.start + row
            if not (column.valid[bit >> 3] >> (bit & 7)) & 1:
                continue
        text = column.data + column.offsets[row]
        if not always and is_plain(text, size, column.size - column.offsets[row]):
            continue
        hashed = hash_of(text, size)
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
