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
    static inline void otel_lift_prefetch(const void *address) { __builtin_prefetch(address); }
    """
    uint64_t otel_lift_mix(uint64_t a, uint64_t b) noexcept nogil
    void otel_lift_prefetch(const void *address) noexcept nogil

cdef enum:
    _FIRST_SLOTS = 32
    _FIRST_BYTES = 256
    _TOGETHER = 32  # texts that are looked up at once, so that their memory is on its way while others are compared

# Drawn by each process, so that no client can choose texts that collide.
cdef uint64_t _SEED = secrets.randbits(64) | 1
cdef uint64_t _OTHER = secrets.randbits(64) | 1

ctypedef struct _Slot:
    uint32_t hash
    uint32_t number  # of the text, from 1; 0 where the slot is free
    uint32_t begin  # where its kind stands in the bytes, followed by the text
    uint32_t length

ctypedef struct _Sought:
    const char *text
    int64_t length
    uint64_t hash
    uint8_t kind
    bint is_null


cdef class Places:
    cdef _Slot *_slots
    cdef uint64_t _mask  # the count of slots less one; the count is a power of two, and at least twice that of texts
    cdef uint8_t *_bytes
    cdef int64_t _count, _end, _room

    def __cinit__(self):
        self._mask, self._room = _FIRST_SLOTS - 1, _FIRST_BYTES
        self._slots = <_Slot *>calloc(_FIRST_SLOTS, sizeof(_Slot))
        self._bytes = <uint8_t *>malloc(_FIRST_BYTES)
        if self._slots == NULL or self._bytes == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self._slots)
        free(self._bytes)

    def __len__(self):
        return self._count

    @property
    def size(self):
        return self._end - self._count

    def find(self, values, positions=None, kinds=None):
        cdef Texts held = Texts(values)
        return self._each(&held.view, positions, kinds, False)

    def add(self, values, positions=None, kinds=None):
        cdef Texts held = Texts(values)
        return self._each(&held.view, positions, kinds, True)

    def marks(self, values, marks, other):
        cdef Texts held = Texts(values)
        cdef Py_ssize_t row
        cdef int64_t place
        cdef const uint8_t[::1] small
        cdef const int32_t[::1] large
        cdef uint8_t[::1] small_found
        cdef int32_t[::1] large_found
        cdef bint is_small = marks.dtype == np.uint8
        if held.view.rows != len(marks):
            raise ValueError("there must be one mark for each text")
        if is_small:
            small = marks
        else:
            large = marks
        found = None
        for row in range(held.view.rows - 1, -1, -1):
            place = self._known(&held.view, row)
            if place < 0:
                continue
            if found is None:
                found = np.empty(self._count, marks.dtype)
                found.fill(other)
                if is_small:
                    small_found = found
                else:
                    large_found = found
            if is_small:
                small_found[place] = small[row]
            else:
                large_found[place] = large[row]
        return found

    cdef int64_t _known(self, const TextView *texts, Py_ssize_t row) except -2:
        cdef _Sought sought
        if not is_valid(texts, row):
            return -1
        sought.text, sought.length, sought.kind = texts.data + texts.offsets[row], length_of(texts, row), 0
        sought.hash = _hash(sought.text, sought.length, 0)
        return self._place(&sought, False)

    cdef object _each(self, const TextView *texts, object positions, object kinds, bint adds):
        cdef const int64_t[::1] places = None if positions is None else np.ascontiguousarray(positions, np.int64)
        cdef const uint8_t[::1] kind = None if kinds is None else np.ascontiguousarray(kinds, np.uint8)
        cdef Py_ssize_t count = texts.rows if places is None else places.shape[0], start, number, end
        cdef int64_t row
        cdef _Sought[_TOGETHER] block
        cdef _Sought *one
        cdef _Slot *slot
        if kind is not None and kind.shape[0] != count:
            raise ValueError("there must be one kind for each text")
        found = np.empty(count, np.int64)
        cdef int64_t[::1] result = found
        if adds and not self._count:
            self._grow(count)
        # the GIL stays held: no other thread may see the tables while they grow
        for start in range(0, count, _TOGETHER):
            end = min(count - start, _TOGETHER)
            for number in range(end):
                row = start + number if places is None else places[start + number]
                if row < 0 or row >= texts.rows:
                    raise ValueError("a position is beyond the array")
                one = &block[number]
                one.text, one.length = texts.data + texts.offsets[row], length_of(texts, row)
                one.kind = 0 if kind is None else kind[start + number]
                one.is_null = not is_valid(texts, row)
                one.hash = _hash(one.text, one.length, one.kind)
                otel_lift_prefetch(&self._slots[one.hash & self._mask])
            for number in range(end):
                slot = &self._slots[block[number].hash & self._mask]
                if slot.number:
                    otel_lift_prefetch(self._bytes + slot.begin)
            for number in range(end):
                result[start + number] = -1 if block[number].is_null else self._place(&block[number], adds)
        return found

    cdef int64_t _place(self, const _Sought *sought, bint adds) except -2:
        cdef uint32_t short = <uint32_t>(sought.hash >> 32)
        cdef uint64_t place = sought.hash & self._mask
        cdef _Slot *slot = &self._slots[place]
        cdef const uint8_t *known
        while slot.number:
            if slot.hash == short and slot.length == sought.length:
                known = self._bytes + slot.begin
                if known[0] == sought.kind and memcmp(known + 1, sought.text, slot.length) == 0:
                    return slot.number - 1
            place = (place + 1) & self._mask
            slot = &self._slots[place]
        if not adds:
            return -1
        if 2 * self._count > <int64_t>self._mask:
            self._grow(2 * self._count)
        self._make_room(sought.length + 1)
        self._count += 1
        _fill(self._slots, self._mask, sought.hash, self._count, self._end, sought.length)
        self._bytes[self._end] = sought.kind
        if sought.length:
            memcpy(self._bytes + self._end + 1, sought.text, sought.length)
        self._end += sought.length + 1
        return self._count - 1

    cdef int _make_room(self, int64_t length) except -1:
        cdef int64_t room = 2 * (self._end + length)
        if self._end + length > INT32_MAX:
            raise TooLargeError("a table of texts would be over 2 GiB")
        if self._end + length <= self._room:
            return 0
        grown = <uint8_t *>realloc(self._bytes, room)
        if grown == NULL:
            raise MemoryError
        self._bytes, self._room = grown, room
        return 0

    cdef int _grow(self, int64_t count) except -1:
        """Make room for so many texts."""
        cdef uint64_t mask = self._mask, place
        cdef _Slot *slots
        cdef const _Slot *old
        while <int64_t>mask < 2 * count:
            mask = 2 * mask + 1
        if mask == self._mask:
            return 0
        slots = <_Slot *>calloc(mask + 1, sizeof(_Slot))
        if slots == NULL:
            raise MemoryError
        for place in range(self._mask + 1):
            old = &self._slots[place]
            if old.number:
                _fill(
                    slots, mask,
                    _hash(<const char *>self._bytes + old.begin + 1, old.length, self._bytes[old.begin]),
                    old.number, old.begin, old.length,
                )
        free(self._slots)
        self._slots, self._mask = slots, mask
        return 0


cdef void _fill(
    _Slot *slots, uint64_t mask, uint64_t whole, int64_t number, int64_t begin, int64_t length
) noexcept nogil:
    """Write a text into the first free slot from its own on; there is always one."""
    cdef uint64_t place = whole & mask
    while slots[place].number:
        place = (place + 1) & mask
    slots[place] = _Slot(<uint32_t>(whole >> 32), <uint32_t>number, <uint32_t>begin, <uint32_t>length)


cdef uint64_t _hash(const char *text, int64_t length, uint8_t kind) noexcept nogil:
    """Mix eight bytes at a time with the process's seed, by multiplication to 128 bits and folding."""
    cdef uint64_t whole = _SEED ^ <uint64_t>length ^ (<uint64_t>kind << 56), part
    cdef const uint8_t *last
    while length >= 8:
        memcpy(&part, text, 8)
        whole = otel_lift_mix(whole ^ part, _OTHER)
        text += 8
        length -= 8
    if length >= 4:
        part = (_four(text) << 32) | _four(text + length - 4)
        whole = otel_lift_mix(whole ^ part, _OTHER)
    elif length:
        last = <const uint8_t *>text
        part = last[0] | (<uint64_t>last[length >> 1] << 8) | (<uint64_t>last[length - 1] << 16)
        whole = otel_lift_mix(whole ^ part, _OTHER)
    return otel_lift_mix(whole ^ _OTHER, _SEED)


cdef inline uint64_t _four(const char *text) noexcept nogil:
    cdef uint32_t part
    memcpy(&part, text, 4)
    return part
