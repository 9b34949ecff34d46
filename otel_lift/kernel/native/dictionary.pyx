# cython: language_level=3, cdivision=True
"""Distinct texts, numbered in the order in which they first came.

The hash is keyed with random numbers of this process, so nobody outside can choose texts that meet in one slot.
"""

import os

from libc.stdint cimport INT64_MAX
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

from otel_lift.kernel.native.memory cimport NO_MEMORY, NOT_UTF8, OK, reserve, Status, TOO_LARGE
from otel_lift.kernel.native.wire cimport fail, is_utf8

cdef extern from *:
    """
    static inline uint64_t lift_mix(uint64_t a, uint64_t b) {
        unsigned __int128 product = (unsigned __int128) a * b;
        return (uint64_t) product ^ (uint64_t) (product >> 64);
    }
    """
    uint64_t mix "lift_mix"(uint64_t a, uint64_t b) noexcept nogil

cdef enum:
    FIRST_SLOTS = 64
    MOST_WORDS = 0x3FFFFFFF

cdef uint64_t KEY[3]

KEY[0], KEY[1], KEY[2] = (int.from_bytes(os.urandom(8), "little") | 1 for _ in range(3))


cdef uint64_t hash_bytes(const uint8_t* p, int64_t size) noexcept nogil:
    """Mix 16 bytes at a time by multiplication to 128 bits."""
    cdef uint64_t state = KEY[0]
    cdef uint64_t first = 0, second = 0
    cdef int64_t left = size
    while left > 16:
        state = mix(load64(p) ^ KEY[1], load64(p + 8) ^ state)
        p += 16
        left -= 16
    if left >= 8:
        first = load64(p)
        second = load64(p + left - 8)
    elif left >= 4:
        first = load32(p)
        second = load32(p + left - 4)
    elif left > 0:
        first = p[0] | <uint64_t> p[left >> 1] << 8 | <uint64_t> p[left - 1] << 16
    return mix(KEY[2] ^ <uint64_t> size, mix(first ^ KEY[1], second ^ state))


cdef int32_t intern(Reader* r, Dictionary* words, const uint8_t* p, int64_t size, bint is_text) noexcept nogil:
    """Answer the number of a text, or -1 having failed: where it is new, is to be text, and is not UTF-8."""
    cdef uint64_t hashed, slot, at
    cdef Status status
    if 2 * <uint64_t> words.count >= words.mask:
        status = add_slots(words)
        if status != OK:
            fail(r, status, p)
            return -1
    hashed = hash_bytes(p, size)
    at = hashed & words.mask
    while True:
        slot = words.slots[at]
        if slot == 0:
            break
        if slot >> 32 == hashed >> 32 and is_word(words, <int32_t> (<uint32_t> slot) - 1, p, size):
            return <int32_t> (<uint32_t> slot) - 1
        at = (at + 1) & words.mask
    if is_text and not is_utf8(p, size):
        fail(r, NOT_UTF8, p)
        return -1
    status = append(words, p, size, hashed, r.limit)
    if status != OK:
        fail(r, status, p)
        return -1
    words.slots[at] = hashed >> 32 << 32 | <uint64_t> words.count
    return <int32_t> words.count - 1


cdef Status append(Dictionary* words, const uint8_t* p, int64_t size, uint64_t hashed, int64_t limit) noexcept nogil:
    cdef Status status = reserve(&words.text, size, limit)
    if status == OK:
        status = reserve(&words.ends, 4, INT64_MAX)
    if status == OK:
        status = reserve(&words.hashes, 8, INT64_MAX)
    if status != OK:
        return status
    if size:
        memcpy(words.text.data + words.text.size, p, size)
    words.text.size += size
    (<uint64_t*> words.hashes.data)[words.count] = hashed
    words.hashes.size += 8
    words.count += 1
    (<int32_t*> words.ends.data)[words.count] = <int32_t> words.text.size
    words.ends.size += 4
    return OK


cdef Status add_slots(Dictionary* words) noexcept nogil:
    """Double the slots, which are never more than half full, and put the texts there in their order."""
    cdef uint64_t count = 2 * (words.mask + 1) if words.slots != NULL else FIRST_SLOTS
    cdef uint64_t* slots
    cdef uint64_t hashed, at
    cdef int64_t number
    cdef Status status
    if words.count >= MOST_WORDS:
        return TOO_LARGE
    if words.ends.data == NULL:
        status = reserve(&words.ends, 4, INT64_MAX)
        if status != OK:
            return status
        (<int32_t*> words.ends.data)[0] = 0
        words.ends.size = 4
    slots = <uint64_t*> calloc(count, 8)
    if slots == NULL:
        return NO_MEMORY
    for number in range(words.count):
        hashed = (<const uint64_t*> words.hashes.data)[number]
        at = hashed & (count - 1)
        while slots[at] != 0:
            at = (at + 1) & (count - 1)
        slots[at] = hashed >> 32 << 32 | <uint64_t> (number + 1)
    free(words.slots)
    words.slots = slots
    words.mask = count - 1
    return OK


cdef void cut_dictionary(Dictionary* words, int64_t count) noexcept nogil:
    """Forget all texts but the first `count`: in the order opposite to that in which they came, so no probe breaks."""
    cdef uint64_t at
    while words.count > count:
        at = (<const uint64_t*> words.hashes.data)[words.count - 1] & words.mask
        while <uint32_t> words.slots[at] != <uint64_t> words.count:
            at = (at + 1) & words.mask
        words.slots[at] = 0
        words.count -= 1
        words.hashes.size -= 8
        words.ends.size -= 4
        words.text.size = (<const int32_t*> words.ends.data)[words.count]


cdef void free_dictionary(Dictionary* words) noexcept nogil:
    free(words.ends.data)
    free(words.text.data)
    free(words.hashes.data)
    free(words.slots)
