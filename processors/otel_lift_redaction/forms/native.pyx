# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""E-mail and IPv4 addresses by hand, each in one walk over a text, and the texts with their spans replaced."""

from types import MappingProxyType

import numpy as np
import pyarrow as pa

from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.stdlib cimport free, realloc
from libc.string cimport memchr, memcmp, memcpy

from otel_lift.errors import TooLargeError
from otel_lift_redaction.checks import unlike_a_file

cdef enum:
    DIGIT = 1
    LETTER = 2
    LOCAL = 4  # of an e-mail address before the at sign
    HOST = 8  # after it, but for the dots
    PLAIN_HOST = 16  # of these, and the dot, what is ASCII
    MAX_TEXT = 2147483647

cdef uint8_t KIND[256]

cdef struct Spans:  # `limit` is what there is memory for
    int32_t *at
    Py_ssize_t count
    Py_ssize_t limit

cdef struct Texts:
    const int32_t *offsets
    const uint8_t *data
    Py_ssize_t rows

ctypedef bint (*Find)(Spans *, int32_t, const uint8_t *, int32_t) noexcept nogil


cdef int fill_tables() except -1:
    cdef int byte
    letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    classes = {
        DIGIT: b"0123456789",
        LETTER: letters,
        LOCAL: b"0123456789!$%*+._~^'-" + letters,
        HOST: b"0123456789-" + letters,
        PLAIN_HOST: b"0123456789-." + letters,
    }
    for kind, members in classes.items():
        for byte in members:
            KIND[byte] |= kind
    for byte in range(128, 256):
        KIND[byte] |= LETTER | LOCAL | HOST
    return 0


fill_tables()


cdef inline bint has(const uint8_t *p, int32_t at, uint8_t kinds) noexcept nogil:
    return KIND[p[at]] & kinds != 0


cdef bint add(Spans *spans, int32_t row, int32_t begin, int32_t end) noexcept nogil:
    """Keep a span; false where memory has run out."""
    cdef void *more
    if spans.count == spans.limit:
        spans.limit = 2 * spans.limit + 64
        more = realloc(spans.at, spans.limit * 3 * sizeof(int32_t))
        if more == NULL:
            return False
        spans.at = <int32_t *>more
    spans.at[3 * spans.count] = row
    spans.at[3 * spans.count + 1] = begin
    spans.at[3 * spans.count + 2] = end
    spans.count += 1
    return True


cdef bint is_a_file(const uint8_t *p, int32_t begin, int32_t at, int32_t end) noexcept nogil:
    """What `checks.unlike_a_file` spares: `git@host`, `***@host`, `logo@2x.png`, `lodash@4.17.21.tgz`."""
    cdef int32_t place = at - 3
    if place >= begin and memcmp(p + place, b"git", 3) == 0:
        while place > begin and p[place - 1] == b"_":
            place -= 1
        if place == begin:
            return True
    place = begin
    while place < at and not has(p, place, DIGIT | LETTER):
        place += 1
    if place == at:
        return True
    place = at + 1
    while place < end and has(p, place, DIGIT):
        place += 1
    if place == at + 1:
        return False
    if place < end and p[place] == b"x":
        place += 1
    if place >= end - 1 or p[place] != b".":
        return False
    while place < end:
        if not has(p, place, PLAIN_HOST):
            return False
        place += 1
    return True


cdef int32_t host_end(const uint8_t *p, int32_t at, int32_t n) noexcept nogil:
    """Where the longest host with a domain ends that begins at `at`; zero where there is none."""
    cdef int32_t found = 0, label = at, place
    while True:
        place = label
        while place < n and has(p, place, HOST):
            place += 1
        if place == label:
            return found
        # not the first label; a letter, and something behind it
        if label > at and has(p, label, LETTER) and place > label + letter_size(p[label]):
            found = place
        if place >= n or p[place] != b".":
            return found
        label = place + 1


cdef inline int32_t letter_size(uint8_t lead) noexcept nogil:
    return 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4


cdef inline bint is_wide(const uint8_t *p, int32_t begin, int32_t end) noexcept nogil:
    cdef int32_t at
    cdef uint8_t all_bits = 0
    for at in range(begin, end):
        all_bits |= p[at]
    return all_bits >= 0x80


cdef bint emails_of(Spans *spans, int32_t row, const uint8_t *p, int32_t n) noexcept nogil:
    cdef int32_t at = 0, begin, end, free_from = 0
    cdef const void *sign
    while at < n:
        sign = memchr(p + at, b"@", n - at)
        if sign == NULL:
            break
        at = <int32_t>(<const uint8_t *>sign - p)
        begin = at
        while begin > free_from and has(p, begin - 1, LOCAL):
            begin -= 1
        end = host_end(p, at + 1, n) if begin < at else 0
        if end:
            free_from = end
            if not is_a_file(p, begin, at, end):
                # how the characters beyond ASCII are read, the interpreter knows
                if not add(spans, row, begin, -end if is_wide(p, begin, end) else end):
                    return False
        at = end if end else at + 1
    return True


cdef bint is_octet(const uint8_t *p, int32_t begin, int32_t end) noexcept nogil:
    cdef int32_t size = end - begin
    if size > 3 or (size > 1 and p[begin] == b"0"):
        return False
    return size < 3 or memcmp(p + begin, b"255", 3) <= 0


cdef inline bint is_word(const uint8_t *p, int32_t at) noexcept nogil:
    """Whether a letter, a digit or an underscore of ASCII stands at `at`."""
    return p[at] == b"_" or (p[at] < 0x80 and has(p, at, LETTER | DIGIT))


cdef bint begins(const uint8_t *p, int32_t at, int32_t free_from) noexcept nogil:
    """Whether an address can stand at `at`, where what is before `free_from` belongs to another one."""
    cdef uint8_t before
    if at == 0 or not is_word(p, at - 1):
        return True
    before = p[at - 1]
    if before == b"_":
        return at - 1 >= free_from
    return at - 2 >= free_from and p[at - 2] == b"\\" and before in (b"b", b"f", b"n", b"r", b"t")


cdef int32_t numbers_end(const uint8_t *p, int32_t at, int32_t n, int32_t *starts, int32_t *count) noexcept nogil:
    """Where the numbers with dots between end that begin at `at`; the first four of them, and the last, and their count.

    `starts` takes the starts of the first five, and in place 5 that of the last.
    """
    count[0] = 0
    while True:
        if count[0] < 5:
            starts[count[0]] = at
        starts[5] = at
        count[0] += 1
        while at < n and has(p, at, DIGIT):
            at += 1
        if at + 1 >= n or p[at] != b"." or not has(p, at + 1, DIGIT):
            return at
        at += 1


cdef bint is_doubtful(const uint8_t *p, int32_t n) noexcept nogil:
    """Whether a text has five numbers in a row, or three that are zero behind a dot, so that each one is looked at."""
    cdef int32_t at, numbers = 0
    for at in range(n):
        if has(p, at, DIGIT):
            if at == 0 or not has(p, at - 1, DIGIT):
                numbers = numbers + 1 if at and p[at - 1] == b"." else 1
            if numbers >= 5:
                return True
        elif p[at] == b".":
            if at == 0 or not has(p, at - 1, DIGIT):
                numbers = 0
            if at + 6 <= n and memcmp(p + at, b".0.0.0", 6) == 0:
                if at + 6 == n or not is_word(p, at + 6) or p[at + 6] == b"_":
                    return True
        else:
            numbers = 0
    return False


cdef bint addresses_of(Spans *spans, int32_t row, const uint8_t *p, int32_t n) noexcept nogil:
    return find_addresses(spans, row, p, n, False)


cdef bint hosts_of(Spans *spans, int32_t row, const uint8_t *p, int32_t n) noexcept nogil:
    return find_addresses(spans, row, p, n, True)


cdef bint find_addresses(Spans *spans, int32_t row, const uint8_t *p, int32_t n, bint host) noexcept nogil:
    cdef int32_t at = 0, end, first, count, octet, ended, free_from = 0
    cdef int32_t starts[6]
    cdef bint doubtful = is_doubtful(p, n), good
    while at < n:
        if not has(p, at, DIGIT):
            at += 1
            continue
        end = numbers_end(p, at, n, starts, &count)
        at = end
        if end < n and is_word(p, end) and p[end] != b"_":
            # the last number goes on as a word, so it is none
            count -= 1
            end = starts[5] - 1
        first = 0
        if not begins(p, starts[0], free_from):
            # the numbers after the first dot begin like others do
            first = 1
            count -= 1
        if count < 4:
            continue
        ended = end + 1 if end < n and p[end] == b"_" else end
        if count > 4:
            free_from = ended
            continue
        good = True
        for octet in range(first, first + 4):
            good = good and is_octet(p, starts[octet], end if octet == first + 3 else starts[octet + 1] - 1)
        if not good:
            if doubtful:
                free_from = ended
            continue
        if starts[first + 1] - starts[first] == 4 and memcmp(p + starts[first], b"127", 3) == 0:
            good = False
        elif doubtful:
            good = memcmp(p + starts[first + 1], b"0.0.0", 5) != 0 or end - starts[first + 1] != 5
        else:
            good = p[starts[first]] != b"0"
        if good or doubtful:
            free_from = ended
        if not good or (host and end - starts[first + 3] == 1 and p[starts[first + 3]] == b"0"):
            continue
        if not add(spans, row, starts[first + 3] if host else starts[first], end):
            return False
    return True


cdef object opened(object array, Texts *texts):
    """Open a string array; the answer keeps its memory."""
    cdef const signed char[::1] offsets, data
    cdef Py_ssize_t row
    cdef int wrong
    _, raw_offsets, raw_data = array.buffers()
    texts.rows = len(array)
    if not texts.rows or raw_data is None or not raw_data.size:
        texts.rows = 0
        return None
    offsets, data = raw_offsets, raw_data
    if offsets.shape[0] < (<Py_ssize_t>array.offset + texts.rows + 1) * 4:
        raise ValueError("the offsets of a string array are too few")
    texts.offsets = <const int32_t *>&offsets[0] + <Py_ssize_t>array.offset
    texts.data = <const uint8_t *>&data[0]
    wrong = texts.offsets[0] < 0 or texts.offsets[texts.rows] > data.shape[0]
    for row in range(texts.rows):
        wrong |= texts.offsets[row] > texts.offsets[row + 1]
    if wrong:
        raise ValueError("the offsets of a string array are out of bounds")
    return raw_offsets, raw_data


cdef object found_by(Find find, object array):
    cdef Texts texts
    cdef Spans spans
    cdef Py_ssize_t row
    cdef bint enough = True
    cdef int32_t[:, ::1] copy
    kept = opened(array, &texts)
    spans.at = NULL
    spans.count = spans.limit = 0
    try:
        with nogil:
            for row in range(texts.rows):
                enough = find(
                    &spans, <int32_t>row, texts.data + texts.offsets[row], texts.offsets[row + 1] - texts.offsets[row]
                )
                if not enough:
                    break
        if not enough:
            raise MemoryError
        found = np.empty((spans.count, 3), np.int32)
        if spans.count:
            copy = found
            memcpy(&copy[0, 0], spans.at, spans.count * 3 * sizeof(int32_t))
        return found
    finally:
        free(spans.at)
        del kept


def emails(texts):
    """E-mail addresses that are no names of files."""
    found = found_by(emails_of, texts)
    wide = np.flatnonzero(found[:, 2] < 0)
    if not len(wide):
        return found
    kept = np.ones(len(found), np.bool_)
    opened_row, text = -1, b""
    for place in wide.tolist():
        row, begin, end = found[place].tolist()
        if row != opened_row:
            opened_row, text = row, texts[row].as_py().encode()
        found[place, 2] = -end
        kept[place] = bool(unlike_a_file(text[begin:-end].decode()))
    return found[kept]


def addresses(texts):
    """IPv4 addresses of hosts, whole."""
    return found_by(addresses_of, texts)


def hosts(texts):
    """The last number of each IPv4 address of a host."""
    return found_by(hosts_of, texts)


FINDERS = MappingProxyType({"email": emails, "ipv4": addresses, "ipv4_host": hosts})


def splice(object texts, const int32_t[:, ::1] spans, object shown):
    """Answer what `otel_lift_redaction.forms.splice` says."""
    cdef Texts opened_texts, opened_shown
    cdef Py_ssize_t count = spans.shape[0], place, row, rows = 0
    cdef int64_t size = 0, at = 0, begin, length
    cdef int32_t[::1] out_rows, offsets
    cdef uint8_t[::1] data
    cdef const uint8_t *text
    cdef bint one = isinstance(shown, str)
    if not count:
        return np.zeros(0, np.int32), pa.array([], pa.string())
    kept = opened(texts, &opened_texts)
    new = pa.array([shown] if one else shown, pa.string())
    kept_new = opened(new, &opened_shown)
    lengths = np.zeros(2, np.int32)
    if opened_shown.rows == 0:  # nothing is shown of any
        opened_shown.offsets = NULL
    for place in range(count):
        row = spans[place, 0]
        if not 0 <= row < opened_texts.rows or spans[place, 1] < 0 or spans[place, 1] > spans[place, 2]:
            raise ValueError("a span is outside of its text")
        length = opened_texts.offsets[row + 1] - opened_texts.offsets[row]
        if spans[place, 2] > length or place and spans[place - 1, 0] == row and spans[place - 1, 2] > spans[place, 1]:
            raise ValueError("a span is outside of its text, or overlaps another")
        if place == 0 or spans[place - 1, 0] != row:
            rows += 1
            size += length
        size += shown_size(&opened_shown, 0 if one else place) - spans[place, 2] + spans[place, 1]
    if size > MAX_TEXT:
        raise TooLargeError("the texts of a batch exceed 2 GiB after redaction: send smaller requests")
    made_rows, made_offsets, made_data = np.empty(rows, np.int32), np.empty(rows + 1, np.int32), np.empty(size + 1, np.uint8)
    out_rows, offsets, data = made_rows, made_offsets, made_data
    rows = 0
    for place in range(count):
        row = spans[place, 0]
        text = opened_texts.data + opened_texts.offsets[row]
        if place == 0 or spans[place - 1, 0] != row:
            out_rows[rows], offsets[rows] = <int32_t>row, <int32_t>at
            rows += 1
            begin = 0
        memcpy(&data[at], text + begin, spans[place, 1] - begin)
        at += spans[place, 1] - begin
        begin = spans[place, 2]
        length = shown_size(&opened_shown, 0 if one else place)
        if length:
            memcpy(&data[at], opened_shown.data + opened_shown.offsets[0 if one else place], length)
            at += length
        if place + 1 == count or spans[place + 1, 0] != row:
            length = opened_texts.offsets[row + 1] - opened_texts.offsets[row] - begin
            memcpy(&data[at], text + begin, length)
            at += length
    offsets[rows] = <int32_t>at
    del kept, kept_new
    return made_rows, pa.Array.from_buffers(
        pa.string(), rows, [None, pa.py_buffer(made_offsets), pa.py_buffer(made_data[:size])]
    )


cdef inline int64_t shown_size(const Texts *shown, Py_ssize_t place) noexcept nogil:
    return 0 if shown.offsets == NULL else shown.offsets[place + 1] - shown.offsets[place]
