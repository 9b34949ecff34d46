# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""`Places`: the native twin of the class in `otel_lift.arrays.pure`, where it is described."""

import secrets

import numpy as np

from otel_lift.errors import TooLargeError

from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memcpy

from otel_lift.arrays.native.buffers cimport Texts, TextView, is_valid, length_of

__all__ = ["Places"]

cdef extern from *:
    """
    static inline unsigned long long otel_lift_mix(unsigned long long a, unsigned long long b) {
        unsigned __int128 product = (unsigned __int128)a * b;
        return (unsigned long long)product ^ (unsigned long long)(product >> 64);
    }
    """
    uint64_t otel_lift_mix(uint64_t a, uint64_t b) nogil

cdef enum:
    _FIRST_SLOTS = 32

# Drawn by each process, so that no client can choose texts that collide.
cdef uint64_t _SEED = secrets.randbits(64) | 1
cdef uint64_t _OTHER = secrets.randbits(64) | 1

ctypedef struct _Slot:
    uint32_t hash
    uint32_t number  # of the text, from 1; 0 where the slot is free


cdef class Places:
    cdef _Slot *_slots
    cdef uint64_t _mask  # the count of slots less one; the count is a power of two, and at least twice that of texts
    cdef int64_t *_ends  # where each text ends in `_bytes`
    cdef uint8_t *_kinds
    cdef char *_bytes
    cdef int64_t _count, _room, _size, _bytes_room

    def __cinit__(self):
        self._mask = _FIRST_SLOTS - 1
        self._room = _FIRST_SLOTS // 2
        self._bytes_room = 16 * self._room
        self._slots = <_Slot *>calloc(_FIRST_SLOTS, sizeof(_Slot))
        self._ends = <int64_t *>malloc((self._room + 1) * sizeof(int64_t))
        self._kinds = <uint8_t *>malloc(self._room)
        self._bytes = <char *>malloc(self._bytes_room)
        if self._slots == NULL or self._ends == NULL or self._kinds == NULL or self._bytes == NULL:
            raise MemoryError
        self._ends[0] = 0

    def __dealloc__(self):
        free(self._slots)
        free(self._ends)
        free(self._kinds)
        free(self._bytes)

    def __len__(self):
        return self._count

    def find(self, values, positions=None, kinds=None):
        cdef Texts held = Texts(values)
        return self._each(&held.view, positions, kinds, False)

    def add(self, values, positions=None, kinds=None):
        cdef Texts held = Texts(values)
        return self._each(&held.view, positions, kinds, True)

    cdef object _each(self, const TextView *texts, object positions, object kinds, bint adds):
        cdef const int64_t[::1] places = None if positions is None else np.ascontiguousarray(positions, np.int64)
        cdef const uint8_t[::1] kind = None if kinds is None else np.ascontiguousarray(kinds, np.uint8)
        cdef Py_ssize_t count = texts.rows if places is None else places.shape[0], number
        cdef int64_t row
        cdef uint8_t one = 0
        if kind is not None and kind.shape[0] != count:
            raise ValueError("there must be one kind for each text")
        found = np.empty(count, np.int64)
        cdef int64_t[::1] result = found
        with nogil:
            for number in range(count):
                row = number if places is None else places[number]
                if row < 0 or row >= texts.rows:
                    with gil:
                        raise ValueError("a position is beyond the array")
                if kind is not None:
                    one = kind[number]
                if is_valid(texts, row):
                    result[number] = self._place(
                        texts.data + texts.offsets[row], length_of(texts, row), one, adds
                    )
                else:
                    result[number] = -1
        return found

    cdef int64_t _place(self, const char *text, int64_t length, uint8_t kind, bint adds) except -2 nogil:
        cdef uint64_t whole = _hash(text, length, kind)
        cdef uint32_t short = <uint32_t>(whole >> 32)
        cdef uint64_t slot = whole & self._mask
        cdef int64_t number, begin
        while self._slots[slot].number:
            if self._slots[slot].hash == short:
                number = <int64_t>self._slots[slot].number - 1
                begin = self._ends[number]
                if (
                    self._ends[number + 1] - begin == length
                    and self._kinds[number] == kind
                    and (not length or memcmp(self._bytes + begin, text, length) == 0)
                ):
                    return number
            slot = (slot + 1) & self._mask
        if not adds:
            return -1
        self._make_room(length)
        if length:
            memcpy(self._bytes + self._size, text, length)
        self._size += length
        self._kinds[self._count] = kind
        self._count += 1
        self._ends[self._count] = self._size
        slot = whole & self._mask  # the table may have grown
        while self._slots[slot].number:
            slot = (slot + 1) & self._mask
        self._slots[slot] = _Slot(short, <uint32_t>self._count)
        return self._count - 1

    cdef int _make_room(self, int64_t length) except -1 nogil:
        cdef void *grown
        cdef int64_t wanted
        if self._size + length > self._bytes_room:
            wanted = 2 * (self._size + length)
            grown = realloc(self._bytes, wanted)
            if grown == NULL:
                with gil:
                    raise MemoryError
            self._bytes, self._bytes_room = <char *>grown, wanted
        if self._count == self._room:
            self._grow()
        return 0

    cdef int _grow(self) except -1 nogil:
        cdef int64_t wanted = 2 * self._room, number
        cdef uint64_t mask = 4 * self._room - 1, slot, whole
        cdef void *ends
        cdef void *kinds
        cdef _Slot *slots
        if wanted > INT32_MAX:
            with gil:
                raise TooLargeError("a table of texts would have over 2^31 of them")
        ends = realloc(self._ends, (wanted + 1) * sizeof(int64_t))
        if ends != NULL:
            self._ends = <int64_t *>ends
        kinds = realloc(self._kinds, wanted)
        if kinds != NULL:
            self._kinds = <uint8_t *>kinds
        slots = <_Slot *>calloc(mask + 1, sizeof(_Slot))
        if ends == NULL or kinds == NULL or slots == NULL:
            free(slots)
            with gil:
                raise MemoryError
        for number in range(self._count):
            whole = _hash(
                self._bytes + self._ends[number], self._ends[number + 1] - self._ends[number], self._kinds[number]
            )
            slot = whole & mask
            while slots[slot].number:
                slot = (slot + 1) & mask
            slots[slot] = _Slot(<uint32_t>(whole >> 32), <uint32_t>(number + 1))
        free(self._slots)
        self._slots, self._mask, self._room = slots, mask, wanted
        return 0


cdef uint64_t _hash(const char *text, int64_t length, uint8_t kind) noexcept nogil:
    """Mix eight bytes at a time with the process's seed, by multiplication to 128 bits and folding."""
    cdef uint64_t whole = _SEED ^ <uint64_t>length ^ (<uint64_t>kind << 56), part
    while length >= 8:
        memcpy(&part, text, 8)
        whole = otel_lift_mix(whole ^ part, _OTHER)
        text += 8
        length -= 8
    if length >= 4:
        part = 0
        memcpy(&part, text, 4)
        part = (part << 32) | _last_four(text + length - 4)
        whole = otel_lift_mix(whole ^ part, _OTHER)
    elif length:
        part = <uint8_t>text[0] | (<uint64_t><uint8_t>text[length >> 1] << 8) | (<uint64_t><uint8_t>text[length - 1] << 16)
        whole = otel_lift_mix(whole ^ part, _OTHER)
    return otel_lift_mix(whole ^ _OTHER, _SEED)


cdef inline uint64_t _last_four(const char *text) noexcept nogil:
    cdef uint32_t part
    memcpy(&part, text, 4)
    return part
