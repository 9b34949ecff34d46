# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Suspects in one pass without the interpreter's lock: texts are decoded, layer by layer, to look for triggers."""

import re
import secrets
import unicodedata

import numpy as np

from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcmp, memcpy, memset

from otel_lift.batch import ValueType
from otel_lift_redaction.lattice.tables import ENTITIES, ESCAPES, FOLDED, INVISIBLES, LOOK_ALIKES, folded
from otel_lift_redaction.triggers.bits import Trigger
from otel_lift_redaction.triggers.native.columns cimport Column, is_looked_at, mixed, read_column, some_hash
from otel_lift_redaction.triggers.native.text cimport triggers_of

cdef enum:
    RUN = 1  # of base64, in either alphabet
    HEX = 2
    SIGN = 4  # of base64 that is no letter or digit
    EVENT = 8  # where something encoded may begin
    LINE = 16  # what may stand on both sides of a line's end
    WHITE = 32
    ALNUM = 64
    QUERY_END = 128
    RUN_SIZE = 12
    HEX_SIZE = 14
    MAX_SLOTS = 2048
    MAX_ENTITY = 8
    MAX_ENTITIES = 64
    MAX_FOLDED = 24
    NAMES = 4096
    MOST_NAMES = 2048
    LONGEST_NAME = 64
    REACH = 24
    PAGES = 0x1100
    GONE = 1
    FOLDS = 2
    ALIKE = 3
    NO_CODE = -1
    LEAST = 5  # bytes of a text that can be a suspect
    HAS_UNIT = 1
    HAS_JSON = 2
    HAS_LINE = 4
    HAS_PLUS = 8
    HAS_RUN = 16
    MAX_GROWTH = 3  # of a text's bytes by one layer: a half becomes 1, a slash of three bytes, and 2

cdef struct Entity:
    char name[MAX_ENTITY]
    int size
    uint32_t shown

cdef struct Folded:  # of one character: how it is shown in UTF-8
    uint8_t kind
    uint8_t size
    uint8_t text[MAX_FOLDED]

cdef struct Slot:
    uint64_t hash
    int32_t row
    int32_t code

cdef struct Finder:
    uint32_t wanted
    int depth
    const uint64_t *names
    uint64_t seed

cdef uint8_t KIND[256]
cdef uint8_t BASE64[256]
cdef uint8_t NIBBLE[256]
cdef uint8_t SHORT[256]
cdef Entity ENTITY[MAX_ENTITIES]
cdef int ENTITY_COUNT = 0
cdef uint16_t PAGE[PAGES]  # of 256 characters each, its place in FOLD, one higher
cdef Folded *FOLD = NULL
cdef int STRING = ValueType.STRING
cdef uint32_t ANY = Trigger.ANY


cdef int fill_tables() except -1:
    cdef int byte
    cdef Folded *place
    global FOLD, ENTITY_COUNT
    digits, small = b"0123456789", b"abcdefghijklmnopqrstuvwxyz"
    letters = small.upper() + small
    classes = {
        RUN: digits + letters + b"+/_-",
        HEX: digits + b"abcdefABCDEF",
        SIGN: b"+/_-",
        EVENT: b"%\\&{[\n+",
        LINE: digits + letters + b"@.:_+=/-",
        WHITE: b" \t\r\n",
        ALNUM: digits + letters,
        QUERY_END: b"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \"'<>+?&=",
    }
    for kind, members in classes.items():
        for byte in members:
            KIND[byte] |= kind
    for byte in range(128, 256):
        KIND[byte] |= EVENT | LINE
    memset(NIBBLE, 255, 256)
    for number, byte in enumerate(letters[:26] + small + digits + b"+/"):
        BASE64[byte] = number
    BASE64[b"-"[0]], BASE64[b"_"[0]] = 62, 63
    for number, byte in enumerate(b"0123456789abcdef"):
        NIBBLE[byte] = number
        NIBBLE[bytes([byte]).upper()[0]] = number
    for sign, shown in ESCAPES.items():
        SHORT[ord(sign)] = ord(shown)
    for name, shown in ENTITIES.items():
        assert len(name) <= MAX_ENTITY and ENTITY_COUNT < MAX_ENTITIES and len(shown) == 1
        raw = name.encode()
        memcpy(ENTITY[ENTITY_COUNT].name, <const char *>raw, len(raw))
        ENTITY[ENTITY_COUNT].size = len(raw)
        ENTITY[ENTITY_COUNT].shown = ord(shown)
        ENTITY_COUNT += 1
    known = {}
    gone, folds = re.compile(f"[{INVISIBLES}]"), re.compile(f"[{FOLDED}]")
    for code in [*range(0x80, 0x20000), *range(0xE0000, 0xE1000)]:
        if 0xD800 <= code < 0xE000:
            continue
        character = chr(code)
        if gone.match(character):
            known[code] = (GONE, b"")
        elif folds.match(character):
            known[code] = (FOLDS, folded(character).encode())
        elif character in LOOK_ALIKES:
            known[code] = (ALIKE, LOOK_ALIKES[character].encode())
    pages = sorted({code >> 8 for code in known})
    FOLD = <Folded *>calloc(len(pages) * 256, sizeof(Folded))
    if FOLD == NULL:
        raise MemoryError
    for number, page in enumerate(pages):
        PAGE[page] = number + 1
    for code, (kind, shown) in known.items():
        assert len(shown) <= MAX_FOLDED
        place = &FOLD[(PAGE[code >> 8] - 1) * 256 + (code & 255)]
        place.kind, place.size = kind, len(shown)
        memcpy(place.text, <const char *>shown, len(shown))
    return 0


fill_tables()


cdef inline bint has(const uint8_t *p, Py_ssize_t at, uint8_t kinds) noexcept nogil:
    return KIND[p[at]] & kinds != 0


cdef inline uint32_t code_at(const uint8_t *p, Py_ssize_t at, Py_ssize_t n, int *size) noexcept nogil:
    """The character at `at` of valid UTF-8, and its bytes; what is cut counts as one byte."""
    cdef uint8_t lead = p[at]
    if lead < 0x80:
        size[0] = 1
        return lead
    size[0] = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    if at + size[0] > n:
        size[0] = 1
        return 0xFFFD
    if size[0] == 2:
        return (lead & 0x1F) << 6 | (p[at + 1] & 0x3F)
    if size[0] == 3:
        return (lead & 0x0F) << 12 | <uint32_t>(p[at + 1] & 0x3F) << 6 | (p[at + 2] & 0x3F)
    return (
        <uint32_t>(lead & 0x07) << 18 | <uint32_t>(p[at + 1] & 0x3F) << 12
        | <uint32_t>(p[at + 2] & 0x3F) << 6 | (p[at + 3] & 0x3F)
    )


cdef inline const Folded *fold_of(uint32_t code) noexcept nogil:
    cdef const Folded *found
    if code >= <uint32_t>PAGES << 8 or not PAGE[code >> 8]:
        return NULL
    found = &FOLD[(PAGE[code >> 8] - 1) * 256 + (code & 255)]
    return found if found.kind else NULL


cdef inline Py_ssize_t put(uint8_t *out, uint32_t code) noexcept nogil:
    """Write a character in UTF-8; answers its bytes. What is none becomes U+FFFD."""
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        code = 0xFFFD
    if code < 0x80:
        out[0] = <uint8_t>code
        return 1
    if code < 0x800:
        out[0] = <uint8_t>(0xC0 | code >> 6)
        out[1] = <uint8_t>(0x80 | (code & 0x3F))
        return 2
    if code < 0x10000:
        out[0] = <uint8_t>(0xE0 | code >> 12)
        out[1] = <uint8_t>(0x80 | (code >> 6 & 0x3F))
        out[2] = <uint8_t>(0x80 | (code & 0x3F))
        return 3
    out[0] = <uint8_t>(0xF0 | code >> 18)
    out[1] = <uint8_t>(0x80 | (code >> 12 & 0x3F))
    out[2] = <uint8_t>(0x80 | (code >> 6 & 0x3F))
    out[3] = <uint8_t>(0x80 | (code & 0x3F))
    return 4


cdef inline int number_at(const uint8_t *p, Py_ssize_t at, Py_ssize_t n, int most, uint32_t *number) noexcept nogil:
    """How many hexadecimal digits stand at `at`, up to `most`, and their number."""
    cdef int count = 0
    number[0] = 0
    while count < most and at + count < n and NIBBLE[p[at + count]] != 255:
        number[0] = number[0] << 4 | NIBBLE[p[at + count]]
        count += 1
    return count


cdef inline bint byte_at(const uint8_t *p, Py_ssize_t at, Py_ssize_t n, int width, uint32_t *byte) noexcept nogil:
    """Whether an escaped byte stands at `at`: `%XX` (of width 3) or `\\xXX` (of width 4)."""
    if at + width > n:
        return False
    if width == 3:
        if p[at] != b"%":
            return False
    elif p[at] != b"\\" or p[at + 1] != b"x":
        return False
    return number_at(p, at + width - 2, n, 2, byte) == 2


cdef Py_ssize_t bytes_at(const uint8_t *p, Py_ssize_t at, Py_ssize_t n, int width, uint32_t *code) noexcept nogil:
    """The character that escaped bytes at `at` are; answers the bytes of the text that it takes, zero where none is."""
    cdef uint32_t byte, following
    cdef int size, place
    if not byte_at(p, at, n, width, &byte):
        return 0
    code[0] = byte
    if byte < 0xC2 or byte > 0xF4:
        return width
    size = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
    following = byte & (0x1F if size == 2 else 0x0F if size == 3 else 0x07)
    for place in range(1, size):
        if not byte_at(p, at + place * width, n, width, &byte) or byte & 0xC0 != 0x80:
            return width
        following = following << 6 | (byte & 0x3F)
    if following < (0x80 if size == 2 else 0x800 if size == 3 else 0x10000):
        return width
    if following > 0x10FFFF or 0xD800 <= following < 0xE000:
        return width
    code[0] = following
    return size * width


cdef Py_ssize_t escape_at(const uint8_t *p, Py_ssize_t at, Py_ssize_t n, uint32_t *code) noexcept nogil:
    """The character that the escape at `at` is; answers its bytes, zero where it is none."""
    cdef uint32_t low
    cdef int count
    if at + 1 >= n:
        return 0
    if p[at + 1] == b"x":
        return bytes_at(p, at, n, 4, code)
    if p[at + 1] == b"u":
        if number_at(p, at + 2, n, 4, code) == 4:
            if 0xD800 <= code[0] < 0xDC00 and at + 12 <= n and p[at + 6] == b"\\" and p[at + 7] == b"u":
                if number_at(p, at + 8, n, 4, &low) == 4 and 0xDC00 <= low < 0xE000:
                    code[0] = 0x10000 + ((code[0] & 0x3FF) << 10) + (low & 0x3FF)
                    return 12
            return 6
        if at + 2 < n and p[at + 2] == b"{":
            count = number_at(p, at + 3, n, 6, code)
            if count and at + 3 + count < n and p[at + 3 + count] == b"}":
                return count + 4
        return 0
    if p[at + 1] == b"U":
        return 10 if number_at(p, at + 2, n, 8, code) == 8 else 0
    code[0] = SHORT[p[at + 1]]
    return 2 if code[0] else 0


cdef Py_ssize_t entity_at(const uint8_t *p, Py_ssize_t at, Py_ssize_t n, uint32_t *code) noexcept nogil:
    """The character that the entity at `at` is; answers its bytes, zero where it is none."""
    cdef Py_ssize_t end = at + 2
    cdef int count, place
    if at + 1 >= n:
        return 0
    if p[at + 1] == b"#":
        code[0] = 0
        if end < n and (p[end] == b"x" or p[end] == b"X"):
            count = number_at(p, end + 1, n, 6, code)
            if not count:
                return 0
            end += count + 1
        else:
            while end < n and end < at + 9 and b"0" <= p[end] <= b"9":
                code[0] = code[0] * 10 + p[end] - 48
                end += 1
            if end == at + 2:
                return 0
        return end - at + (end < n and p[end] == b";")
    for place in range(ENTITY_COUNT):
        end = at + 1 + ENTITY[place].size
        if end < n and p[end] == b";" and memcmp(p + at + 1, ENTITY[place].name, ENTITY[place].size) == 0:
            code[0] = ENTITY[place].shown
            return end + 1 - at
    return 0


cdef inline bint is_alike(uint32_t code) noexcept nogil:
    cdef const Folded *found = fold_of(code)
    return found != NULL and found.kind == ALIKE


cdef bint is_mixed(const uint8_t *p, Py_ssize_t at, Py_ssize_t n, int step) noexcept nogil:
    """Whether the part of a word from `at` on, forward or back, has a letter or digit of ASCII before what is foreign."""
    cdef int count, size
    cdef uint32_t code
    for count in range(REACH):
        if step < 0:
            at -= 1
            while at > 0 and p[at] & 0xC0 == 0x80:
                at -= 1
        if at < 0 or at >= n:
            return False
        code = code_at(p, at, n, &size)
        if code < 0x80:
            if has(p, at, ALNUM) or code == b"@":
                return True
            if code != b"." and code != b"_" and code != b"-" and code != b"+":
                return False
        else:
            if not is_alike(code):
                return False
        if step > 0:
            at += size
    return False


cdef Py_ssize_t decode(const uint8_t *p, Py_ssize_t n, uint8_t *out, bint *changed) noexcept nogil:
    """Decode each escape once into `out`; answers the bytes written."""
    cdef Py_ssize_t at = 0, made = 0, taken
    cdef uint32_t code = 0
    cdef int size
    cdef uint8_t byte
    cdef const Folded *found
    changed[0] = False
    while at < n:
        byte = p[at]
        if not KIND[byte] & EVENT:
            out[made] = byte
            made += 1
            at += 1
            continue
        taken = 0
        if byte == b"%":
            taken = bytes_at(p, at, n, 3, &code)
        elif byte == b"\\":
            taken = escape_at(p, at, n, &code)
        elif byte == b"&":
            taken = entity_at(p, at, n, &code)
        elif byte >= 0x80:
            code = code_at(p, at, n, &size)
            found = fold_of(code)
            if found != NULL and (
                found.kind != ALIKE or is_mixed(p, at + size, n, 1) or is_mixed(p, at, n, -1)
            ):
                memcpy(out + made, found.text, found.size)
                made += found.size
                changed[0] = True
            else:
                memcpy(out + made, p + at, size)
                made += size
            at += size
            continue
        if taken:
            made += put(out + made, code)
            at += taken
            changed[0] = True
        else:
            out[made] = byte
            made += 1
            at += 1
    return made


cdef Py_ssize_t line_end(const uint8_t *p, Py_ssize_t at, Py_ssize_t n) noexcept nogil:
    """Where a value may go on behind a line's end that begins at `at`; zero where it does not."""
    cdef Py_ssize_t place = at
    if at == 0 or not has(p, at - 1, LINE):
        return 0
    if p[place] == b" ":
        place += 1
    if place < n and p[place] == b"=":
        place += 1
    if place < n and p[place] == b"\r":
        place += 1
    if place >= n or p[place] != b"\n":
        return 0
    place += 1
    while place < n and (p[place] == b" " or p[place] == b"\t" or p[place] == b">" or p[place] == b"|"):
        place += 1
    return place if place < n and has(p, place, LINE) else 0


cdef Py_ssize_t join(const uint8_t *p, Py_ssize_t n, uint8_t *out, int which, int *count) noexcept nogil:
    """Write the text without the ends of lines over which a value may go on; answers the bytes written.

    Of the ends, whose count is filled in, all are left out (`which` is 0), every other one (1), or the others (2).
    """
    cdef Py_ssize_t at = 0, made = 0, end
    count[0] = 0
    while at < n:
        end = 0
        if p[at] == b"\n" or p[at] == b"\r" or p[at] == b" " or p[at] == b"=":
            end = line_end(p, at, n)
        if end:
            count[0] += 1
        if end and (which == 0 or count[0] & 1 == which - 1):
            at = end
        elif end:
            memcpy(out + made, p + at, end - at)
            made += end - at
            at = end
        else:
            out[made] = p[at]
            made += 1
            at += 1
    return made


cdef bint has_plus(const uint8_t *p, Py_ssize_t plus) noexcept nogil:
    """Whether the plus sign is in a query's value, and not the first sign of it."""
    cdef Py_ssize_t at = plus
    while at > 0 and not has(p, at - 1, QUERY_END):
        at -= 1
    return at > 0 and at <= plus and (p[at - 1] == b"=" or p[at - 1] == b"&" or p[at - 1] == b"?")


cdef bint is_text(const uint8_t *raw, Py_ssize_t n) noexcept nogil:
    """Whether bytes look like UTF-8 without control characters, perhaps cut at the end."""
    cdef Py_ssize_t at = 0, size, place
    while at < n:
        if raw[at] < 0x80:
            if raw[at] < 0x20 and raw[at] != 9 and raw[at] != 10 and raw[at] != 13 or raw[at] == 0x7F:
                return False
            at += 1
            continue
        if raw[at] < 0xC2 or raw[at] > 0xF4:
            return False
        size = 2 if raw[at] < 0xE0 else 3 if raw[at] < 0xF0 else 4
        for place in range(at + 1, at + size):
            if place < n and raw[place] & 0xC0 != 0x80:
                return False
        at += size
    return True


cdef bint is_base64(const uint8_t *p) noexcept nogil:
    """Whether twelve signs of base64 are nine bytes that look like text."""
    cdef uint8_t raw[9]
    cdef int place
    cdef uint32_t four
    for place in range(3):
        four = (
            <uint32_t>BASE64[p[0]] << 18 | <uint32_t>BASE64[p[1]] << 12 | <uint32_t>BASE64[p[2]] << 6 | BASE64[p[3]]
        )
        raw[3 * place], raw[3 * place + 1] = <uint8_t>(four >> 16), <uint8_t>(four >> 8)
        raw[3 * place + 2] = <uint8_t>four
        if raw[3 * place] < 9:  # most that are none end here
            return False
        p += 4
    return is_text(raw, 9)


cdef bint is_hex(const uint8_t *p, Py_ssize_t n) noexcept nogil:
    """Whether digits, an even number of them, are bytes that look like text."""
    cdef Py_ssize_t at = 0, size, place
    cdef uint8_t byte, following
    if n % 2:
        return False
    while at < n:
        byte = <uint8_t>(NIBBLE[p[at]] << 4 | NIBBLE[p[at + 1]])
        at += 2
        if byte < 0x80:
            if byte < 0x20 and byte != 9 and byte != 10 and byte != 13 or byte == 0x7F:
                return False
            continue
        if byte < 0xC2 or byte > 0xF4:
            return False
        size = 1 if byte < 0xE0 else 2 if byte < 0xF0 else 3
        for place in range(size):
            if at < n:
                following = <uint8_t>(NIBBLE[p[at]] << 4 | NIBBLE[p[at + 1]])
                if following & 0xC0 != 0x80:
                    return False
                at += 2
    return True


cdef bint run_is_text(const uint8_t *p, Py_ssize_t begin, Py_ssize_t end) noexcept nogil:
    """Whether a run of signs of base64 may be text, from its start or from around a sign that may part it."""
    cdef Py_ssize_t at, first
    for at in range(begin, end - RUN_SIZE + 1):
        if at == begin or has(p, at, SIGN) or has(p, at - 1, SIGN):
            if is_base64(p + at):
                return True
    if end - begin < HEX_SIZE:
        return False
    at = begin
    while at < end:
        first = at
        while at < end and has(p, at, HEX):
            at += 1
        if at - first >= HEX_SIZE and is_hex(p + first, at - first):
            return True
        at += 1
    return False


cdef int features_of(const uint8_t *p, Py_ssize_t n) noexcept nogil:
    """What a text has that the lattice looks into; nothing more is looked for where a run of base64 may be text."""
    cdef Py_ssize_t at = 0, begin, place
    cdef int found = 0
    cdef uint32_t code
    cdef int size
    cdef bint first = True  # nothing but white space so far
    while at < n:
        if KIND[p[at]] & RUN and p[at] != b"+":
            begin = at
            while at < n and KIND[p[at]] & RUN:
                if p[at] == b"+" and not found & HAS_PLUS and has_plus(p, at):
                    found |= HAS_PLUS
                at += 1
            if at - begin >= RUN_SIZE and run_is_text(p, begin, at):
                return HAS_RUN
            first = False
            continue
        if not KIND[p[at]] & EVENT:
            first = first and has(p, at, WHITE)
            at += 1
            continue
        if p[at] == b"+":
            begin = at
            while at < n and KIND[p[at]] & RUN:
                if p[at] == b"+" and not found & HAS_PLUS and has_plus(p, at):
                    found |= HAS_PLUS
                at += 1
            if at - begin >= RUN_SIZE and run_is_text(p, begin, at):
                return HAS_RUN
            first = False
            continue
        if p[at] == b"%":
            if bytes_at(p, at, n, 3, &code):
                found |= HAS_UNIT
        elif p[at] == b"\\":
            if escape_at(p, at, n, &code):
                found |= HAS_UNIT
        elif p[at] == b"&":
            if entity_at(p, at, n, &code):
                found |= HAS_UNIT
        elif p[at] == b"\n":
            begin = at
            while begin > 0 and at - begin < 3 and (p[begin - 1] == b"\r" or p[begin - 1] == b"=" or p[begin - 1] == b" "):
                begin -= 1
            for place in range(begin, at + 1):
                if line_end(p, place, n):
                    found |= HAS_LINE
        elif p[at] >= 0x80:
            code = code_at(p, at, n, &size)
            # whether a look-alike is mixed with other letters is seen when it is decoded
            if fold_of(code) != NULL:
                found |= HAS_UNIT
            at += size
            first = False
            continue
        else:
            place = at + 1
            while place < n and has(p, place, WHITE):
                place += 1
            if place < n and (p[place] == b'"' or p[place] == b"{" or p[place] == b"["):
                found |= HAS_JSON
            elif first and p[at] == b"[":
                found |= HAS_JSON
        first = first and has(p, at, WHITE)
        at += 1
    return found


cdef uint64_t whole_hash(uint64_t seed, const uint8_t *text, Py_ssize_t size) noexcept nogil:
    """A hash of all bytes of a text, never zero."""
    cdef uint64_t state = seed ^ <uint64_t>size
    cdef Py_ssize_t at = 0
    while at + 8 <= size:
        state = mixed(state, text + at, 8)
        at += 8
    return mixed(mixed(state, text + at, size - at), text, 0) | 1


cdef bint is_known(const uint64_t *names, uint64_t hashed) noexcept nogil:
    cdef uint64_t at = hashed >> 32 & (NAMES - 1)
    while names[at]:
        if names[at] == hashed:
            return True
        at = (at + 1) & (NAMES - 1)
    return False


cdef bint has_new_name(const Finder *finder, const uint8_t *p, Py_ssize_t n) noexcept nogil:
    """Whether what stands in quotes before some colon is not known to be clean."""
    cdef Py_ssize_t at, close, begin
    for at in range(n):
        if p[at] != b":":
            continue
        close = at - 1
        while close >= 0 and has(p, close, WHITE):
            close -= 1
        if close < 0 or p[close] != b'"':
            continue
        begin = close - 1
        while begin >= 0 and p[begin] != b'"':
            if p[begin] == b"\\" or close - begin > LONGEST_NAME:
                return True
            begin -= 1
        if begin < 0 or not is_known(finder.names, whole_hash(finder.seed, p + begin + 1, close - begin - 1)):
            return True
    return False


cdef bint triggered(const Finder *finder, const uint8_t *p, Py_ssize_t n) noexcept nogil:
    return n > 0 and (finder.wanted & ANY != 0 or triggers_of(p, n) & finder.wanted != 0)


cdef int is_suspect(const Finder *finder, const uint8_t *p, Py_ssize_t n) noexcept nogil:
    """Whether a text is a suspect; -1 where memory has run out."""
    cdef int found = features_of(p, n), layers = 0
    cdef uint8_t *room
    cdef uint8_t *view
    cdef uint8_t *other
    cdef Py_ssize_t size
    cdef int answer = 0
    cdef bint changed
    if found & HAS_RUN:
        return 1
    if not found:
        return 0
    if triggered(finder, p, n):
        return 1
    size = MAX_GROWTH * n + 16
    # two for the layers in turn, and one for lines joined or a form's values
    room = <uint8_t *>malloc(4 * size)
    if room == NULL:
        return -1
    while True:
        if found & HAS_JSON and has_new_name(finder, p, n):
            answer = 1
            break
        if found & (HAS_LINE | HAS_PLUS) and other_view_is(finder, p, n, found, room + 2 * size):
            answer = 1
            break
        if not found & HAS_UNIT:
            break
        view = room + (layers & 1) * size
        n = decode(p, n, view, &changed)
        if not changed:
            break
        if layers == finder.depth:
            answer = 1
            break
        layers += 1
        p = view
        if n * MAX_GROWTH + 16 > size:
            # there is no room for the next layer of what has grown
            answer = 1
            break
        found = features_of(p, n)
        if found & HAS_RUN or triggered(finder, p, n):
            answer = 1
            break
    free(room)
    return answer


cdef bint other_view_is(
    const Finder *finder, const uint8_t *p, Py_ssize_t n, int found, uint8_t *out
) noexcept nogil:
    """Whether a text with its lines joined, or with a form's spaces, has a trigger, or may be base64."""
    cdef Py_ssize_t size, at
    cdef int which, count
    cdef bint changed
    cdef uint8_t *more
    if found & HAS_LINE:
        for which in range(3):
            size = join(p, n, out, which, &count)
            if features_of(out, size) & HAS_RUN or triggered(finder, out, size):
                return True
            if count == 1:
                break
    if found & HAS_PLUS:
        memcpy(out, p, n)
        for at in range(1, n):
            if p[at] == b"+" and p[at - 1] != b"=":
                out[at] = b" "
        if triggered(finder, out, n):
            return True
        more = out + n
        size = decode(out, n, more, &changed)
        return changed and triggered(finder, more, size)
    return False


cdef class Suspects:
    """See `otel_lift_redaction.lattice.suspects.pure`."""

    cdef Finder finder
    cdef uint64_t names[NAMES]
    cdef int count

    def __init__(self, uint32_t wanted, int depth):
        self.finder.wanted, self.finder.depth = wanted, depth
        self.finder.seed = secrets.randbits(64)
        self.finder.names = self.names

    def learn(self, names):
        cdef uint64_t hashed, at
        cdef const uint8_t[::1] raw
        for name in names:
            if self.count == MOST_NAMES:
                memset(self.names, 0, sizeof(self.names))
                self.count = 0
            # a byte more, so that an empty name has an address too
            raw = name.encode(errors="surrogatepass") + b"\0"
            hashed = whole_hash(self.finder.seed, &raw[0], raw.shape[0] - 1)
            if is_known(self.names, hashed):
                continue
            at = hashed >> 32 & (NAMES - 1)
            while self.names[at]:
                at = (at + 1) & (NAMES - 1)
            self.names[at] = hashed
            self.count += 1

    def find(self, object values, const uint8_t[::1] types, object spared):
        cdef Column column
        cdef int32_t[::1] rows, codes, firsts
        cdef Py_ssize_t size = len(values), slots = 1, count, distinct = 0
        cdef Slot *seen
        if not read_column(&column, values, types, spared):
            return None
        out = np.empty((3, size), np.int32)
        rows, codes, firsts = out[0], out[1], out[2]
        while slots < size and slots < MAX_SLOTS:
            slots *= 2
        seen = <Slot *>calloc(slots, sizeof(Slot))
        if seen == NULL:
            raise MemoryError
        try:
            with nogil:
                count = look_at(&column, &self.finder, seen, slots - 1, &rows[0], &codes[0], &firsts[0], &distinct)
        finally:
            free(seen)
        if count < 0:
            raise MemoryError
        return (out[0, :count], out[1, :count], out[2, :distinct]) if count else None


cdef Py_ssize_t look_at(
    const Column *column, const Finder *finder, Slot *seen, uint64_t mask,
    int32_t *rows, int32_t *codes, int32_t *firsts, Py_ssize_t *distinct
) noexcept nogil:
    """Fill the rows, codes and firsts of suspects; answers how many rows, -1 where memory has run out."""
    cdef Py_ssize_t row, size, count = 0
    cdef int32_t before
    cdef int found
    cdef uint64_t hashed
    cdef const uint8_t *text
    cdef Slot *slot
    for row in range(column.rows):
        size = column.offsets[row + 1] - column.offsets[row]
        if size < LEAST or column.types != NULL and column.types[row] != STRING:
            continue
        if not is_looked_at(column, row):
            continue
        text = column.data + column.offsets[row]
        hashed = some_hash(finder.seed, text, size)
        slot = &seen[hashed & mask]
        if slot.row and slot.hash == hashed:
            before = slot.row - 1
            if column.offsets[before + 1] - column.offsets[before] == size:
                if memcmp(column.data + column.offsets[before], text, size) == 0:
                    if slot.code != NO_CODE:
                        rows[count], codes[count] = <int32_t>row, slot.code
                        count += 1
                    continue
        found = is_suspect(finder, text, size)
        if found < 0:
            return -1
        slot.hash, slot.row, slot.code = hashed, <int32_t>row + 1, NO_CODE
        if found:
            slot.code = <int32_t>distinct[0]
            firsts[distinct[0]] = rows[count] = <int32_t>row
            codes[count] = slot.code
            distinct[0] += 1
            count += 1
    return count
