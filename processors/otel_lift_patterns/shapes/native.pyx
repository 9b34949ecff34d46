# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Shapes by hand, each in one walk over a text; the pure twin is their definition."""

import numpy as np
import pyarrow as pa

from libc.stdint cimport int32_t, uint8_t
from libc.stdlib cimport free, realloc
from libc.string cimport memchr, memcmp, memcpy

from otel_lift.errors import TooLargeError
from otel_lift_patterns.shapes import rules

cdef enum:
    DIGIT = 1
    HEX = 2  # with small letters
    LETTER_OF_ID = 4  # of these, what is neither a digit nor an exponent's or a day's letter
    BESIDE = 8  # what may not stand beside an id
    BREAK = 16
    BLANK = 32
    MAX_TEXT = 2147483647
    MAX_FOREIGN = 32
    FOREIGN_SIZE = 24

cdef struct Texts:
    const uint8_t *valid
    const int32_t *offsets
    const uint8_t *data
    Py_ssize_t start  # of the rows in `valid`
    Py_ssize_t rows

cdef struct Made:  # `limit` is what there is memory for
    uint8_t *data
    Py_ssize_t size
    Py_ssize_t limit

cdef struct Foreign:
    uint8_t text[FOREIGN_SIZE]
    Py_ssize_t size

ctypedef bint (*Shape)(Made *, const uint8_t *, Py_ssize_t) noexcept nogil

cdef uint8_t KIND[256]
cdef Foreign FOREIGN[MAX_FOREIGN]
cdef int FIRST[257]  # of each byte the place in FOREIGN, which is sorted, of the first text that begins with it
cdef Py_ssize_t MAX_MESSAGE = rules.MAX_MESSAGE, MAX_TRACE = rules.MAX_TRACE, MAX_LINE = rules.MAX_LINE
cdef int MAX_FRAMES = rules.MAX_FRAMES
cdef bytes PYTHON_START = rules.PYTHON_START.encode()
cdef const uint8_t *START = PYTHON_START
cdef Py_ssize_t START_SIZE = len(PYTHON_START)


cdef int fill_tables() except -1:
    cdef int byte, place
    letters = b"abcdefghijklmnopqrstuvwxyz"
    classes = {
        DIGIT: b"0123456789",
        HEX: b"0123456789abcdef",
        LETTER_OF_ID: b"abcf",
        BESIDE: b"0123456789_.:/@+-" + letters + letters.upper(),
        BREAK: b"\n\r\v\f\x1c\x1d\x1e",
        BLANK: b" \t\x1f",
    }
    for kind, members in classes.items():
        for byte in members:
            KIND[byte] |= kind
    foreign = sorted([text.encode() for text in rules.FOREIGN_PLACES + rules.FOREIGN_PACKAGES])
    assert len(foreign) <= MAX_FOREIGN
    for byte in range(257):
        FIRST[byte] = sum([raw[0] < byte for raw in foreign])
    for place, raw in enumerate(foreign):
        assert 2 <= len(raw) <= FOREIGN_SIZE
        FOREIGN[place].size = len(raw)
        for at, byte in enumerate(raw):
            FOREIGN[place].text[<Py_ssize_t>at] = byte
    return 0


fill_tables()


cdef inline bint has(const uint8_t *p, Py_ssize_t at, uint8_t kinds) noexcept nogil:
    return KIND[p[at]] & kinds != 0


cdef inline bint equal(const uint8_t *p, Py_ssize_t at, Py_ssize_t n, const char *text, Py_ssize_t size) noexcept nogil:
    return at + size <= n and memcmp(p + at, text, size) == 0


cdef bint put(Made *made, const uint8_t *text, Py_ssize_t size) noexcept nogil:
    """Add bytes to what is made; false where memory has run out."""
    cdef void *more
    if made.size + size > made.limit:
        made.limit = 2 * made.limit + size + 64
        more = realloc(made.data, made.limit)
        if more == NULL:
            return False
        made.data = <uint8_t *>more
    if size:
        memcpy(made.data + made.size, text, size)
    made.size += size
    return True


cdef Py_ssize_t cut(const uint8_t *p, Py_ssize_t n, Py_ssize_t characters) noexcept nogil:
    """Count the bytes of the first so many characters."""
    cdef Py_ssize_t at = 0, seen = 0
    if n <= characters:
        return n
    while at < n:
        if p[at] & 0xC0 != 0x80:
            if seen == characters:
                break
            seen += 1
        at += 1
    return at


cdef Py_ssize_t rest_of(const uint8_t *p, Py_ssize_t n, Py_ssize_t characters) noexcept nogil:
    """Answer where the last so many characters begin."""
    cdef Py_ssize_t at = n, seen = 0
    if n <= characters:
        return 0
    while at > 0 and seen < characters:
        at -= 1
        if p[at] & 0xC0 != 0x80:
            seen += 1
    return at


cdef Py_ssize_t id_end(const uint8_t *p, Py_ssize_t at, Py_ssize_t n, bint *is_uuid) noexcept nogil:
    """Where the id ends that stands alone at `at`, 0 where there is none."""
    cdef Py_ssize_t end = at, place
    cdef bint lettered = False
    while end < n and end - at <= 64 and has(p, end, HEX):
        lettered |= has(p, end, LETTER_OF_ID)
        end += 1
    is_uuid[0] = False
    if end - at == 8:
        if at + 36 > n or (at + 36 < n and has(p, at + 36, BESIDE)):
            return 0
        for place in range(at + 8, at + 36):
            if place - at in (8, 13, 18, 23):
                if p[place] != b"-":
                    return 0
            elif not has(p, place, HEX):
                return 0
        is_uuid[0] = True
        return at + 36
    if end - at < 16 or end - at > 64 or not lettered or (end < n and has(p, end, BESIDE)):
        return 0
    return end


cdef bint of_message(Made *made, const uint8_t *p, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t n = cut(p, size, MAX_MESSAGE), at = 0, begin = 0, end, first = made.size
    cdef bint is_uuid, exact = False, alone = True
    cdef uint8_t byte
    while at < n:
        if alone and has(p, at, HEX):
            end = id_end(p, at, n, &is_uuid)
            if end:
                if not put(made, p + begin, at - begin) or not put(made, b"9" if has(p, at, DIGIT) else b"a", 1):
                    return False
                if is_uuid:
                    if not put(made, b"9999999-9999-9999-9999-999999999999", 35):
                        return False
                elif not put(made, b"aaaaaaaaaaaaaaaa", 16):
                    return False
                begin = at = end
                alone = False
                continue
        alone = not has(p, at, BESIDE)
        at += 1
    if not put(made, p + begin, n - begin):
        return False
    for at in range(first, made.size - 1):
        if made.data[at] == b"0" and made.data[at + 1] | 0x20 == b"x":
            exact = True
    if not exact:
        for at in range(first, made.size):
            byte = made.data[at]
            made.data[at] = b"9" if b"0" <= byte <= b"8" else byte
    return True


cdef bint has_wide_blank(const uint8_t *p, Py_ssize_t n) noexcept nogil:
    """Whether white space of Unicode stands in a text, but for that of ASCII."""
    cdef Py_ssize_t at
    cdef uint8_t second, third, every = 0
    for at in range(n):
        every |= p[at]
    if every < 0x80:
        return False
    for at in range(n - 1):
        if p[at] < 0xC2 or p[at] > 0xE3:
            continue
        second = p[at + 1]
        if p[at] == 0xC2:
            if second == 0x85 or second == 0xA0:
                return True
        elif at + 2 < n:
            third = p[at + 2]
            if p[at] == 0xE1 and second == 0x9A and third == 0x80:
                return True
            if p[at] == 0xE2 and second == 0x80 and (third <= 0x8A or third in (0xA8, 0xA9, 0xAF)):
                return True
            if p[at] == 0xE2 and second == 0x81 and third == 0x9F:
                return True
            if p[at] == 0xE3 and second == 0x80 and third == 0x80:
                return True
    return False


cdef Py_ssize_t place_of(const uint8_t *p, Py_ssize_t n, const char *text, Py_ssize_t size) noexcept nogil:
    """Where a short text stands first, -1 where nowhere."""
    cdef Py_ssize_t at = 0
    cdef const void *sign
    while at + size <= n:
        sign = memchr(p + at, text[0], n - size + 1 - at)
        if sign == NULL:
            return -1
        at = <const uint8_t *>sign - p
        if memcmp(p + at, text, size) == 0:
            return at
        at += 1
    return -1


cdef bint is_foreign(const uint8_t *p, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t at
    cdef int place
    for at in range(n - 1):
        for place in range(FIRST[p[at]], FIRST[p[at] + 1]):
            if p[at + 1] == FOREIGN[place].text[1] and at + FOREIGN[place].size <= n:
                if memcmp(p + at, FOREIGN[place].text, FOREIGN[place].size) == 0:
                    return True
    return False


cdef bint put_place(Made *made, const uint8_t *p, Py_ssize_t n) noexcept nogil:
    """Add a line, with a zero for each number of those at its end, after colons and perhaps before a parenthesis."""
    cdef Py_ssize_t end = n, at, begin
    if end and p[end - 1] == b")":
        end -= 1
    begin = at = end
    while True:
        while at > 0 and has(p, at - 1, DIGIT):
            at -= 1
        if at == begin or at == 0 or p[at - 1] != b":":
            break
        at -= 1
        begin = at
    if not put(made, p, begin):
        return False
    for at in range(begin, end):
        if p[at] == b":" and not put(made, b":0", 2):
            return False
    return put(made, p + end, n - end)


cdef int put_line(Made *made, const uint8_t *line, Py_ssize_t size) noexcept nogil:
    """Add what of a line says its frame: 1 if it is surely one of the app, 0 if not, -1 where memory has run out."""
    cdef Py_ssize_t begin = 0, n = size, comma, word, first
    cdef const uint8_t *p
    cdef bint is_file, is_at, sign, surely
    while begin < n and has(line, begin, BLANK):
        begin += 1
    while n > begin and has(line, n - 1, BLANK):
        n -= 1
    p = line + begin
    n -= begin
    if n == 0:
        return 0
    is_file, is_at = equal(p, 0, n, b'File "', 6), equal(p, 0, n, b"at ", 3)
    sign = memchr(p, b"@", n) != NULL
    if n > MAX_LINE or ((is_file or is_at or sign or n > 2) and has_wide_blank(p, n)):
        if sign or place_of(p, n, b'File "', 6) >= 0 or place_of(p, n, b"at ", 3) >= 0:
            return 0 if put(made, line, size) else -1
        return 0
    first = made.size
    if is_file:
        comma = place_of(p + 6, n - 6, b'", line ', 8)
        if comma < 0:
            if not put(made, p, n):
                return -1
        else:
            comma += 14
            word = place_of(p + comma, n - comma, b", in ", 5)
            if not put(made, p, comma) or not put(made, b"0", 1):
                return -1
            if word >= 0 and not put(made, p + comma + word, n - comma - word):
                return -1
        surely = True
    elif is_at or (sign and (has(p, n - 1, DIGIT) or p[n - 1] >= 0x80)):
        surely = is_at or has(p, n - 1, DIGIT)
        if not put_place(made, p, n):
            return -1
    else:
        return 0
    return surely and not is_foreign(made.data + first, made.size - first)


cdef bint of_stack(Made *made, const uint8_t *p, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t begin = 0, end, at, start, n = size, first = made.size, before, found
    cdef bint backwards = False
    cdef int certain = 0, outcome
    at = 0
    while True:
        found = place_of(p + at, size - at, <const char *>START, START_SIZE)
        if found < 0:
            break
        backwards = True
        at += found + START_SIZE
        start = at
    if backwards:
        begin = rest_of(p, size, MAX_TRACE)
        if start - START_SIZE >= begin:
            begin = start
    else:
        n = cut(p, size, MAX_TRACE)
    at = n if backwards else begin
    while certain < MAX_FRAMES:
        if backwards:
            end = at
            while at > begin and not has(p, at - 1, BREAK):
                at -= 1
            start = at
        else:
            start = at
            if start > begin and p[start - 1] == b"\n" and equal(p, start, n, b"Caused by:", 10):
                break
            while at < n and not has(p, at, BREAK):
                at += 1
            end = at
        before = made.size
        if before > first and not put(made, b"\n", 1):
            return False
        found = made.size
        outcome = put_line(made, p + start, end - start)
        if outcome < 0:
            return False
        if equal(made.data, found, made.size, b"Caused by:", 10):
            made.size = first
            return put(made, p, size)
        if made.size == found:
            made.size = before
        certain += outcome
        if (start == begin) if backwards else (end == n):
            break
        at = start - 1 if backwards else end + 1
    return True


cdef object opened(object array, Texts *texts):
    """Open a string array; the answer keeps its memory."""
    cdef const signed char[::1] valid, offsets, data  # what Arrow says that its memory is
    cdef Py_ssize_t row
    cdef int wrong
    raw_valid, raw_offsets, raw_data = array.buffers()
    texts.rows, texts.start = len(array), array.offset
    texts.valid = NULL
    texts.data = NULL
    if not texts.rows:
        return None
    offsets = raw_offsets
    if offsets.shape[0] < (texts.start + texts.rows + 1) * 4:
        raise ValueError("the offsets of a string array are too few")
    texts.offsets = <const int32_t *>&offsets[0] + texts.start
    if raw_valid is not None and array.null_count:
        valid = raw_valid
        if valid.shape[0] * 8 < texts.start + texts.rows:
            raise ValueError("the validity of a string array is too short")
        texts.valid = <const uint8_t *>&valid[0]
    size = 0
    if raw_data is not None and raw_data.size:
        data = raw_data
        texts.data, size = <const uint8_t *>&data[0], data.shape[0]
    wrong = texts.offsets[0] < 0 or texts.offsets[texts.rows] > <Py_ssize_t>size
    for row in range(texts.rows):
        wrong |= texts.offsets[row] > texts.offsets[row + 1]
    if wrong:
        raise ValueError("the offsets of a string array are out of bounds")
    return raw_valid, raw_offsets, raw_data


cdef object made_by(Shape shape, object array):
    cdef Texts texts
    cdef Made made
    cdef Py_ssize_t row, bit
    cdef bint enough = True
    cdef int32_t[::1] ends
    cdef uint8_t[::1] known
    kept = opened(array, &texts)
    if not texts.rows:
        return pa.array([], pa.string())
    offsets, valid = np.zeros(texts.rows + 1, np.int32), np.zeros((texts.rows + 7) // 8, np.uint8)
    ends, known = offsets, valid
    made.data = NULL
    made.size = made.limit = 0
    try:
        with nogil:
            for row in range(texts.rows):
                bit = texts.start + row
                if texts.valid == NULL or (texts.valid[bit >> 3] >> (bit & 7)) & 1:
                    known[row >> 3] |= <uint8_t>(1 << (row & 7))
                    if texts.offsets[row + 1] > texts.offsets[row]:
                        enough = shape(
                            &made, texts.data + texts.offsets[row], texts.offsets[row + 1] - texts.offsets[row]
                        )
                if not enough or made.size > MAX_TEXT:
                    break
                ends[row + 1] = <int32_t>made.size
        if not enough:
            raise MemoryError
        if made.size > MAX_TEXT:
            raise TooLargeError("a column of text would be over 2 GiB: send smaller requests")
        data = np.empty(made.size, np.uint8)
        if made.size:
            copy_to(data, made.data, made.size)
    finally:
        free(made.data)
        del kept
    return pa.Array.from_buffers(
        pa.string(),
        texts.rows,
        [None if texts.valid == NULL else pa.py_buffer(valid), pa.py_buffer(offsets), pa.py_buffer(data)],
    )


cdef int copy_to(uint8_t[::1] data, const uint8_t *source, Py_ssize_t size) except -1:
    memcpy(&data[0], source, size)
    return 0


def of_messages(messages):
    """Answer what `otel_lift_patterns.shapes.of_messages` says."""
    return made_by(of_message, messages)


def of_stacks(stacks):
    """Answer what `otel_lift_patterns.shapes.of_stacks` says."""
    return made_by(of_stack, stacks)
