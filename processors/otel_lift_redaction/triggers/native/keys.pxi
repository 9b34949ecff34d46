"""Triggers of keys: prefixes by table, and forms of their own."""


cdef bint has_prefix(const uint8_t *p, Py_ssize_t at, Py_ssize_t n) noexcept nogil:
    """Whether a prefix of the table ends at `at`, and enough of its kind follows."""
    cdef Py_ssize_t place, first
    cdef const Prefix *prefix
    if at == 0:
        return False
    for place in range(FIRST_PREFIX[p[at - 1]], FIRST_PREFIX[p[at - 1] + 1]):
        prefix = &PREFIXES[place]
        first = at + 1 - prefix.word.size
        if first >= 0 and p[at] == prefix.word.text[prefix.word.size - 1] and p[first] == prefix.word.text[0]:
            if memcmp(p + first, prefix.word.text, prefix.word.size) == 0 and starts(p, first):
                if run_of(p, at + 1, n, prefix.count, prefix.kinds):
                    return True
    return False


cdef bint has_key_of_a(const uint8_t *p, Py_ssize_t at, Py_ssize_t n) noexcept nogil:
    """Whether a key begins with, or one before, the `A` at `at`."""
    if equal(p, at - 1, n, b"EAAA", 4):
        return starts(p, at - 1) and run_of(p, at + 3, n, 40, TOKEN)
    if not starts(p, at):
        return False
    if equal(p, at, n, b"AIza", 4):
        return run_of(p, at + 4, n, 35, TOKEN)
    if equal(p, at, n, b"ABSK", 4) and run_of(p, at + 4, n, 40, BASE64):
        return True
    if not run_of(p, at + 3, n, 17, UPPER | DIGIT):
        return False
    if p[at + 1] == b"3":
        return p[at + 2] == b"T"
    if p[at + 3] != b"A":
        return False
    if p[at + 2] == b"I":
        return p[at + 1] in (b"K", b"S", b"B")
    if p[at + 2] == b"P":
        return p[at + 1] in (b"G", b"N", b"I")
    return (
        (p[at + 1] == b"C" and p[at + 2] == b"C") or (p[at + 1] == b"R" and p[at + 2] == b"O")
        or (p[at + 1] == b"I" and p[at + 2] == b"D") or (p[at + 1] == b"N" and p[at + 2] == b"V")
    )


cdef bint has_three_parts(const uint8_t *p, Py_ssize_t dot, Py_ssize_t n) noexcept nogil:
    """Whether the first part of a bot's token ends at the dot, and enough of the others follows."""
    cdef Py_ssize_t first = dot
    if not run_of(p, dot + 1, n, 6, TOKEN) or not run_of(p, dot + 8, n, 27, TOKEN):
        return False
    while first > 0 and dot - first < 29 and has(p, first - 1, TOKEN):
        first -= 1
    return 23 <= dot - first <= 28 and p[first] in (b"M", b"N", b"O")


cdef bint has_key(const uint8_t *p, Py_ssize_t at, Py_ssize_t n) noexcept nogil:
    """Whether the `A`, the dot, the dash or the underscore at `at` stands in, or begins, a service's key."""
    cdef uint8_t byte = p[at]
    if byte == b"A":
        return has_key_of_a(p, at, n)
    if has_prefix(p, at, n):
        return True
    if byte == b".":
        return at + 7 < n and p[at + 7] == b"." and has_three_parts(p, at, n)
    if byte == b"-":
        return (
            at + 9 < n and p[at + 9] == b"-" and at >= 32 and run_of(p, at + 1, n, 8, LOWER_HEX)
            and run_of(p, at + 10, n, 8, LOWER_HEX) and run_of(p, at - 32, n, 32, LOWER_HEX)
            and starts(p, at - 32)
        )
    return equal(p, at + 1, n, b"token$", 6) and equal(p, at - 6, n, b"access", 6) and run_of(p, at + 7, n, 1, LOWER)
