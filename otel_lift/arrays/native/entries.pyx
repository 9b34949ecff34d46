# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Lists of entries: the native twin of `otel_lift.arrays.pure`, where the functions are described."""

import numpy as np

from otel_lift.errors import TooLargeError

from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort
from libc.string cimport memcmp, memcpy

from otel_lift.arrays.native.buffers cimport (
    Texts,
    TextView,
    check_offsets,
    copy_text,
    is_valid,
    length_of,
    room,
    string_array,
)

__all__ = ["filter_entries", "first", "first_of", "firsts", "marks_of", "outside", "renumber", "sorted_entries", "take_lists", "wanted"]

cdef enum:
    _INSERTED = 24  # up to so many numbers are sorted by insertion

cdef int32_t _NO_PLACE = -1

ctypedef struct _Addition:
    int32_t code
    const int32_t *places  # of the owners' texts, negative for none; NULL where each owner has the text of its row
    Py_ssize_t place  # of the text of the owner at hand
    TextView texts


cdef int _check_codes(const int32_t[::1] codes, Py_ssize_t keys) except -1:
    cdef Py_ssize_t entry
    cdef int wrong = 0
    for entry in range(codes.shape[0]):
        wrong |= codes[entry] < 0 or codes[entry] >= keys
    if wrong:
        raise ValueError("a code is beyond the keys")
    return 0


def first(const int32_t[::1] offsets, const int32_t[::1] codes, const int32_t[::1] ranks):
    cdef Py_ssize_t owner, entry, owners = offsets.shape[0] - 1
    cdef int32_t rank, best
    check_offsets(offsets, codes.shape[0])
    _check_codes(codes, ranks.shape[0])
    result = np.empty(owners, np.int64)
    cdef int64_t[::1] found = result
    with nogil:
        for owner in range(owners):
            best = INT32_MAX
            found[owner] = -1
            for entry in range(offsets[owner], offsets[owner + 1]):
                rank = ranks[codes[entry]]
                if 0 <= rank < best:
                    best = rank
                    found[owner] = entry
    return result


def first_of(
    const int32_t[::1] offsets,
    const int32_t[::1] codes,
    const int32_t[::1] key_ranks,
    const int64_t[::1] positions,
    const int64_t[::1] numbers,
):
    cdef Py_ssize_t owner = 0, place, count = positions.shape[0], owners = offsets.shape[0] - 1
    cdef int64_t entry, last = -1
    cdef int32_t rank, best = INT32_MAX
    check_offsets(offsets, codes.shape[0])
    _check_codes(codes, key_ranks.shape[0])
    if numbers.shape[0] != count:
        raise ValueError("there must be one number for each position")
    result = np.full(owners, -1, np.int64)
    cdef int64_t[::1] found = result
    for place in range(count):
        entry = positions[place]
        if entry <= last or entry >= codes.shape[0]:
            raise ValueError("positions must ascend within the array")
        last = entry
        while offsets[owner + 1] <= entry:
            owner += 1
            best = INT32_MAX
        rank = key_ranks[codes[entry]]
        if 0 <= rank < best:
            best = rank
            found[owner] = numbers[place]
    return result


def firsts(
    const int32_t[::1] offsets,
    const int32_t[::1] codes,
    const int32_t[::1] slots,
    const int32_t[::1] key_ranks,
    Py_ssize_t count,
):
    cdef Py_ssize_t owner, entry, owners = offsets.shape[0] - 1
    cdef int32_t slot, code
    cdef int64_t best
    check_offsets(offsets, codes.shape[0])
    if slots.shape[0] != key_ranks.shape[0]:
        raise ValueError("there must be one slot and one rank for each key")
    _check_codes(codes, slots.shape[0])
    for entry in range(slots.shape[0]):
        if slots[entry] >= count:
            raise ValueError("a slot is beyond their count")
    result = np.full((count, owners), -1, np.int64)
    cdef int64_t[:, ::1] found = result
    with nogil:
        for owner in range(owners):
            for entry in range(offsets[owner], offsets[owner + 1]):
                code = codes[entry]
                slot = slots[code]
                if slot >= 0 and key_ranks[code] >= 0:
                    best = found[slot, owner]
                    if best < 0 or key_ranks[code] < key_ranks[codes[best]]:
                        found[slot, owner] = entry
    return result


def marks_of(const int32_t[::1] offsets, const int32_t[::1] codes, const uint8_t[::1] marks):
    cdef Py_ssize_t owner, entry, owners = offsets.shape[0] - 1
    cdef uint8_t mark
    check_offsets(offsets, codes.shape[0])
    _check_codes(codes, marks.shape[0])
    result = np.empty(owners, np.uint8)
    cdef uint8_t[::1] found = result
    with nogil:
        for owner in range(owners):
            mark = 0
            for entry in range(offsets[owner], offsets[owner + 1]):
                mark |= marks[codes[entry]]
            found[owner] = mark
    return result


def wanted(const int32_t[::1] codes, const uint8_t[::1] marks):
    cdef Py_ssize_t entry, count = 0
    _check_codes(codes, marks.shape[0])
    places, kinds = np.empty(codes.shape[0], np.int64), np.empty(codes.shape[0], np.uint8)
    cdef int64_t[::1] positions = places
    cdef uint8_t[::1] found = kinds
    cdef uint8_t mark
    with nogil:
        for entry in range(codes.shape[0]):
            mark = marks[codes[entry]]
            positions[count] = entry
            found[count] = mark
            count += mark != 0
    return places[:count], kinds[:count]


def outside(
    const int32_t[::1] offsets, const int32_t[::1] codes, const uint8_t[::1] kept, const uint8_t[::1] marked
):
    cdef Py_ssize_t owner, entry, owners = offsets.shape[0] - 1
    check_offsets(offsets, codes.shape[0])
    _check_codes(codes, kept.shape[0])
    if marked.shape[0] != owners:
        raise ValueError("there must be one mark for each owner")
    result = np.empty(codes.shape[0], np.uint8)
    cdef uint8_t[::1] mask = result
    with nogil:
        for owner in range(owners):
            for entry in range(offsets[owner], offsets[owner + 1]):
                mask[entry] = not marked[owner] or kept[codes[entry]] != 0
    return result


def filter_entries(
    const int32_t[::1] offsets,
    const int32_t[::1] codes,
    const uint8_t[::1] types,
    object values,
    const uint8_t[::1] mask,
):
    cdef Texts held = Texts(values)
    cdef const TextView *texts = &held.view
    cdef Py_ssize_t owner, entry, owners = offsets.shape[0] - 1, entries = codes.shape[0], count = 0
    cdef int64_t size = 0, at = 0
    check_offsets(offsets, entries)
    if types.shape[0] != entries or texts.rows != entries or mask.shape[0] != entries:
        raise ValueError("columns of entries must be of one length")
    for entry in range(entries):
        if mask[entry]:
            count += 1
            size += texts.offsets[entry + 1] - texts.offsets[entry]
    starts, keys, kinds = np.empty(owners + 1, np.int32), np.empty(count, np.int32), np.empty(count, np.uint8)
    data, made = room(size), np.empty(count + 1, np.int32)
    cdef int32_t[::1] new_offsets = starts, new_codes = keys, text_offsets = made
    cdef uint8_t[::1] new_types = kinds, to = data
    with nogil:
        count = 0
        new_offsets[0] = text_offsets[0] = 0
        for owner in range(owners):
            for entry in range(offsets[owner], offsets[owner + 1]):
                if mask[entry]:
                    new_codes[count] = codes[entry]
                    new_types[count] = types[entry]
                    at += copy_text(texts, entry, &to[at])
                    count += 1
                    text_offsets[count] = <int32_t>at
            new_offsets[owner + 1] = <int32_t>count
    return starts, keys, kinds, string_array(count, made, data, size, None)


def take_lists(const int32_t[::1] offsets, object rows):
    cdef const int64_t[::1] owners = np.ascontiguousarray(rows, np.int64)
    cdef Py_ssize_t number, entry, at = 0
    cdef int64_t total = 0, owner
    check_offsets(offsets, offsets[offsets.shape[0] - 1] if offsets.shape[0] else 0)
    for number in range(owners.shape[0]):
        owner = owners[number]
        if owner < 0 or owner >= offsets.shape[0] - 1:
            raise ValueError("a row is beyond the lists")
        total += offsets[owner + 1] - offsets[owner]
    if total > INT32_MAX:
        raise TooLargeError("a column of lists would have over 2^31 entries: send smaller requests")
    starts, places = np.empty(owners.shape[0] + 1, np.int32), np.empty(total, np.int64)
    cdef int32_t[::1] new_offsets = starts
    cdef int64_t[::1] positions = places
    with nogil:
        new_offsets[0] = 0
        for number in range(owners.shape[0]):
            owner = owners[number]
            for entry in range(offsets[owner], offsets[owner + 1]):
                positions[at] = entry
                at += 1
            new_offsets[number + 1] = <int32_t>at
    return starts, places


def renumber(const int32_t[::1] codes, Py_ssize_t size):
    cdef Py_ssize_t place, count = 0
    _check_codes(codes, size)
    table = np.zeros(size, np.int32)
    cdef int32_t[::1] number = table
    for place in range(codes.shape[0]):
        number[codes[place]] = 1
    for place in range(size):
        count += number[place]
    if count == size:
        return np.asarray(codes), None
    made, kept = np.empty(codes.shape[0], np.int32), np.empty(count, np.int64)
    cdef int32_t[::1] renumbered = made
    cdef int64_t[::1] used = kept
    count = 0
    for place in range(size):
        if number[place]:
            used[count] = place
            number[place] = <int32_t>count
            count += 1
    for place in range(codes.shape[0]):
        renumbered[place] = number[codes[place]]
    return made, kept


def sorted_entries(
    const int32_t[::1] offsets, const int32_t[::1] codes, object values, const int32_t[::1] key_ranks, object additions
):
    cdef Texts held = Texts(values), others
    cdef const TextView *texts = &held.view
    cdef Py_ssize_t entries = codes.shape[0], total = entries, added = len(additions), number, longest = added
    cdef Py_ssize_t owners = offsets.shape[0] - 1, owner
    cdef int64_t size = texts.offsets[texts.rows] - texts.offsets[0]
    cdef const int32_t[::1] places
    cdef list held_too = []
    check_offsets(offsets, entries)
    _check_codes(codes, key_ranks.shape[0])
    if texts.rows != entries:
        raise ValueError("columns of entries must be of one length")
    cdef _Addition *extra = <_Addition *>calloc(added + 1, sizeof(_Addition))
    cdef void *space = NULL
    if extra == NULL:
        raise MemoryError
    try:
        for number, (code, more, where) in enumerate(additions):
            others = Texts(more)
            if not 0 <= code < key_ranks.shape[0]:
                raise ValueError("an addition needs a known key")
            held_too.append(others)
            extra[number].code, extra[number].texts = code, others.view
            if where is not None:
                places = where
                if places.shape[0] != owners:
                    raise ValueError("an addition needs a place for each owner")
                extra[number].places = &places[0] if owners else &_NO_PLACE
            _measure(&extra[number], owners, &total, &size)
        if total > INT32_MAX:
            raise TooLargeError("a column of maps would have over 2^31 entries: send smaller requests")
        for owner in range(owners):
            longest = max(longest, added + offsets[owner + 1] - offsets[owner])
        space = malloc((longest + 1) * (sizeof(uint64_t) + 4 * sizeof(int32_t)))
        if space == NULL:
            raise MemoryError
        data = room(size)
        starts, keys, made = np.empty(owners + 1, np.int32), np.empty(total, np.int32), np.empty(total + 1, np.int32)
        total = _sort(offsets, codes, texts, key_ranks, extra, added, space, longest + 1, starts, keys, made, data)
        size = made[total]
        return starts, keys[:total], string_array(total, made, data, size, None)
    finally:
        free(extra)
        free(space)


cdef int _measure(const _Addition *addition, Py_ssize_t owners, Py_ssize_t *total, int64_t *size) except -1:
    """Check an addition's places and add up its entries and their bytes."""
    cdef const TextView *texts = &addition.texts
    cdef Py_ssize_t owner, place
    if addition.places == NULL and texts.rows != owners:
        raise ValueError("an addition needs one text for each owner")
    for owner in range(owners):
        place = addition.places[owner] if addition.places != NULL else owner
        if place >= texts.rows:
            raise ValueError("a place of an addition is beyond its texts")
        if place >= 0 and is_valid(texts, place):
            total[0] += 1
            size[0] += length_of(texts, place)
    return 0


cdef Py_ssize_t _sort(
    const int32_t[::1] offsets, const int32_t[::1] codes, const TextView *texts, const int32_t[::1] key_ranks,
    _Addition *extra, Py_ssize_t additions, void *space, Py_ssize_t longest,
    int32_t[::1] starts, int32_t[::1] keys, int32_t[::1] made, uint8_t[::1] to,
) noexcept nogil:
    cdef uint64_t *packed = <uint64_t *>space
    cdef int32_t *now = <int32_t *>(packed + longest)  # the ranks of this owner's entries, additions first
    cdef int32_t *before = now + longest  # those of the owner before, whose order is known
    cdef int32_t *order = before + longest
    cdef int32_t *active = order + longest
    cdef Py_ssize_t owner, number, entry, count, added, known = -1, known_added = 0, kept = 0, at = 0
    cdef int64_t text = 0
    cdef _Addition *addition
    starts[0] = made[0] = 0
    for owner in range(offsets.shape[0] - 1):
        added = 0
        for number in range(additions):
            addition = &extra[number]
            addition.place = addition.places[owner] if addition.places != NULL else owner
            if addition.place >= 0 and is_valid(&addition.texts, addition.place):
                active[added] = <int32_t>number
                now[added] = key_ranks[addition.code]
                added += 1
        count = added
        for entry in range(offsets[owner], offsets[owner + 1]):
            now[count] = key_ranks[codes[entry]]
            count += 1
        # messages of one kind mostly have the same keys in the same order
        if count != known or added != known_added or memcmp(now, before, count * sizeof(int32_t)):
            kept = _order(now, count, packed, order)
            memcpy(before, now, count * sizeof(int32_t))
            known, known_added = count, added
        for number in range(kept):
            if order[number] < added:
                addition = &extra[active[order[number]]]
                keys[at] = addition.code
                text += copy_text(&addition.texts, addition.place, &to[text])
            else:
                entry = offsets[owner] + order[number] - added
                keys[at] = codes[entry]
                text += copy_text(texts, entry, &to[text])
            at += 1
            made[at] = <int32_t>text
        starts[owner + 1] = <int32_t>at
    return at


cdef Py_ssize_t _order(const int32_t *ranks, Py_ssize_t count, uint64_t *packed, int32_t *order) noexcept nogil:
    """Put the places of `count` ranks in ascending order of rank, of equal ones the first only; answer how many."""
    cdef Py_ssize_t number, place, kept = 0
    cdef uint64_t one, last = 0
    for number in range(count):
        one = (<uint64_t>ranks[number] << 32) | <uint64_t>number
        place = number
        if count <= _INSERTED:
            while place and packed[place - 1] > one:
                packed[place] = packed[place - 1]
                place -= 1
        packed[place] = one
    if count > _INSERTED:
        qsort(packed, count, sizeof(uint64_t), _compare)
    for number in range(count):
        if not kept or packed[number] >> 32 != last:
            last = packed[number] >> 32
            order[kept] = <int32_t><uint32_t>packed[number]
            kept += 1
    return kept


cdef int _compare(const void *left, const void *right) noexcept nogil:
    cdef uint64_t one = (<const uint64_t *>left)[0], other = (<const uint64_t *>right)[0]
    return (one > other) - (one < other)
