"""Triggers of secrets: words that name one, before a sign, in a tag, as an option or in a statement."""


cdef inline uint32_t of_words(const uint8_t *p, Py_ssize_t end, Py_ssize_t least, Py_ssize_t most) noexcept nogil:
    """The triggers of the words of `least` to `most` characters that end at `end`."""
    cdef uint32_t found = 0
    cdef Py_ssize_t place
    cdef int pair
    cdef Word *word
    if end < 2:
        return 0
    pair = (p[end - 2] & 31) << 5 | (p[end - 1] & 31)
    for place in range(FIRST_WORD[pair], FIRST_WORD[pair + 1]):
        word = &WORDS[place]
        if least <= word.size <= most and folded(p, end - word.size, word.text, word.size):
            found |= word.triggers
    return found


cdef bint has_option(const uint8_t *p, Py_ssize_t dash, Py_ssize_t n) noexcept nogil:
    """Whether an option's name that names a secret follows the dash, which is one's first or second, and a space that."""
    cdef Py_ssize_t first = dash + 1, end
    if first >= n:
        return False
    if p[first] == b"-":
        first += 1
    end = first
    if end >= n or not has(p, end, UPPER | LOWER):
        return False
    while end < n and end - first <= OPTION_START + MAX_WORD and (has(p, end, TOKEN) or p[end] == b"."):
        end += 1
    if end >= n or not has(p, end, SPACE):
        return False
    return of_words(p, end, end - first - OPTION_START, end - first) & SECRET != 0


cdef bint is_stated(const uint8_t *p, Py_ssize_t blank, Py_ssize_t n) noexcept nogil:
    """Whether what a statement says before a secret ends at the blank: `password` or `by` before a quote, and the like."""
    cdef Py_ssize_t after = blank + 1
    cdef bint is_by = blank >= 3 and folded(p, blank - 3, b" by", 3)
    if is_by and blank >= 13 and folded(p, blank - 13, b"identified by", 13):
        return True
    if not is_by and not (blank >= 8 and folded(p, blank - 8, b"password", 8)):
        return False
    while after < n and p[after] == b"\\":
        after += 1
    return after < n and (p[after] == b"'" or p[after] == b'"')


cdef uint32_t of_pair(const uint8_t *p, Py_ssize_t at, Py_ssize_t n) noexcept nogil:
    """The triggers of the equals sign or the colon at `at`, by the word before it."""
    cdef Py_ssize_t end = at, first
    cdef uint32_t found
    while end > 0 and has(p, end - 1, SPACE):
        end -= 1
    first = end - 2
    while end > 0 and end > first and (p[end - 1] == b'"' or p[end - 1] == b"'"):
        end -= 1
    while end > 0 and p[end - 1] == b"\\":
        end -= 1
    if end == 0:
        return 0
    found = of_words(p, end, 0, end)
    if not found:
        return 0
    if end != at or p[at] != b"=":
        found &= ~QUERY
    if found & WEAK:
        at += 1
        while at < n and has(p, at, SPACE):
            at += 1
        while at < n and p[at] == b"\\":
            at += 1
        if at < n and (p[at] == b'"' or p[at] == b"'"):
            at += 1
        if not run_of(p, at, n, 16, VALUE):
            found &= ~WEAK
    return found
