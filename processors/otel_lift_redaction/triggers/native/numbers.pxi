"""Triggers of digits: what is looked for at the start of each run of them."""


cdef bint has_quad(const uint8_t *p, Py_ssize_t dot, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t at = dot, digits
    cdef bint counts = False
    cdef int number
    for number in range(3):
        if at + 1 >= n or p[at] != b"." or not has(p, at + 1, DIGIT):
            return False
        counts |= p[at + 1] != b"0"
        if number == 2:
            return counts
        digits = 1
        while digits <= 3 and at + 1 + digits < n and has(p, at + 1 + digits, DIGIT):
            digits += 1
        if digits > 3:
            return False
        at += 1 + digits
    return False


cdef Py_ssize_t spread(const uint8_t *p, Py_ssize_t at, Py_ssize_t n, uint16_t kinds, bint dashes) noexcept nogil:
    """Count the characters of these kinds from `at` on, up to 11, each perhaps after a space or (`dashes`) a dash."""
    cdef Py_ssize_t count = 0
    while count < 11 and at < n:
        if p[at] == b" " or dashes and p[at] == b"-":
            at += 1
            if at >= n:
                break
        if not has(p, at, kinds):
            break
        count += 1
        at += 1
    return count


cdef bint is_named(const uint8_t *p, Py_ssize_t at, bint long_number) noexcept nogil:
    """Whether a word that names a number of a person stands at most twenty characters before `at`."""
    cdef Py_ssize_t end = at, place
    cdef int pair
    while end > 1:
        if end < at and (p[end] >= 0x80 or has(p, end, DIGIT)):
            return False
        if has(p, end - 1, UPPER | LOWER) and (long_number if end == at else not has(p, end, LOWER)):
            pair = (p[end - 2] & 31) << 5 | (p[end - 1] & 31)
            for place in range(FIRST_NAME[pair], FIRST_NAME[pair + 1]):
                if NAMES[place].size <= end and folded(p, end - NAMES[place].size, NAMES[place].text, NAMES[place].size):
                    return True
        if at - end == NAME_GAP:
            return False
        end -= 1
    return False


cdef bint has_name(const uint8_t *p, Py_ssize_t at, Py_ssize_t n) noexcept nogil:
    """Whether a number of enough digits, each after at most two signs, starts at `at`, and a name for it before."""
    cdef Py_ssize_t digits = 0, signs = 0, place = at
    # most numbers start a text, or go on after another one's sign
    if at < SHORTEST_NAME or has(p, at - 2, DIGIT):
        return False
    while place < n and digits < LONG_DIGITS:
        if has(p, place, DIGIT):
            digits += 1
            signs = 0
        elif signs < 2 and JOINS[p[place]]:
            signs += 1
        else:
            break
        place += 1
    if digits < SHORT_DIGITS or digits < LONG_DIGITS and not has(p, at - 1, SIGNED):
        return False
    return is_named(p, at, digits == LONG_DIGITS)


cdef bint has_lettered_key(const uint8_t *p, Py_ssize_t at, Py_ssize_t n) noexcept nogil:
    """Whether a key in hexadecimal has its first digit at `at`."""
    cdef Py_ssize_t first = at
    cdef uint8_t before
    while first > 0 and at - first < 15 and p[first - 1] >= b"a" and p[first - 1] <= b"f":
        first -= 1
    if equal(p, first - 2, n, b"AC", 2) or equal(p, first - 2, n, b"SK", 2):
        return (first == 2 or not has(p, first - 3, ALNUM)) and run_of(p, at + 1, n, 16, LOWER_HEX)
    if equal(p, first - 4, n, b"dapi", 4):
        if first > 4:
            before = p[first - 5]
            if has(p, first - 5, ALNUM) or before in (b"/", b"[", b"]", b"^", b"`", b"{", b"|", b"}", b"~", 0x7f):
                return False
        return run_of(p, at + 1, n, 16, LOWER_HEX)
    return False


cdef bint has_refresh_token(const uint8_t *p, Py_ssize_t end, Py_ssize_t n) noexcept nogil:
    """Whether `//0` follows, and a capital, a dash or an underscore soon."""
    cdef Py_ssize_t at = end + 3
    if not equal(p, end, n, b"//0", 3):
        return False
    while at < n and at < end + 33 and has(p, at, LOWER | DIGIT):
        at += 1
    return at < n and has(p, at, UPPER | DASH | UNDERSCORE)


cdef bint has_person(const uint8_t *p, Py_ssize_t at, Py_ssize_t end, Py_ssize_t n) noexcept nogil:
    """Whether what is written as an identifier of a person has its first digits, `at` to `end`."""
    cdef Py_ssize_t size = end - at
    cdef uint8_t after = p[end] if end < n else 0
    if size == 1:
        return (
            after == b" " and (p[at] == b"1" or p[at] == b"2") and run_of(p, end + 1, n, 2, DIGIT)
            and run_of(p, end + 4, n, 2, DIGIT) and run_of(p, end + 7, n, 1, DIGIT)
            and p[end + 3] == b" " and p[end + 6] == b" "
        )
    if size == 2:
        if after == b".":
            return (
                run_of(p, end + 1, n, 2, DIGIT) and run_of(p, end + 4, n, 2, DIGIT) and run_of(p, end + 7, n, 3, DIGIT)
                and end + 10 < n and p[end + 3] == b"." and p[end + 6] == b"-" and p[end + 10] == b"."
            )
        return (
            end < n and has(p, end, UPPER) and at >= 6 and run_of(p, at - 6, n, 6, UPPER)
            and run_of(p, end + 1, n, 2, DIGIT) and run_of(p, end + 3, n, 1, UPPER)
            and run_of(p, end + 4, n, 3, DIGIT) and run_of(p, end + 7, n, 1, UPPER)
        )
    if size == 3:
        return (
            after == b"." and end + 8 < n and p[end + 8] == b"-" and run_of(p, end + 1, n, 3, DIGIT) and run_of(p, end + 5, n, 3, DIGIT)
            and run_of(p, end + 9, n, 2, DIGIT) and p[end + 4] == b"."
        )
    if size == 6:
        if (after == b"A" or after == b"B") and p[end - 1] == b"2" and (p[at] == b"1" or p[at] == b"2"):
            if run_of(p, end + 1, n, 1, DIGIT):
                return True
        if after == b"-" or after == b"+" or b"A" <= after <= b"F" or b"U" <= after <= b"Y":
            return run_of(p, end + 1, n, 3, DIGIT) and run_of(p, end + 4, n, 1, DIGIT | UPPER) and p[end + 4] != b"Z"
        return False
    if size == 17:
        return after == b"X" or after == b"x"
    return size == 18 or (size == 15 and (p[at] == b"1" or p[at] == b"2"))


cdef bint has_national_phone(const uint8_t *p, Py_ssize_t at, Py_ssize_t end, Py_ssize_t n) noexcept nogil:
    """Whether the digits from `at` to `end`, of which the first is a zero, begin a number as a country has it."""
    cdef uint8_t before = p[at - 1] if at else 0
    cdef Py_ssize_t after = end + 1
    cdef bint slashed
    if p[at + 1] == b"0":
        return False
    if at and (has(p, at - 1, ALNUM | DASH) or before in (b".", b",", b":", b"/")):
        return False
    slashed = end < n and p[end] == b"/" and at and (before >= 0x80 or has(p, at - 1, SIGNED))
    if 3 <= end - at <= 6 and end < n and (p[end] == b")" or slashed):
        if after < n and p[after] == b" ":
            after += 1
        if run_of(p, after, n, 3, DIGIT):
            return True
    return end - at >= LONG_DIGITS or end < n and (p[end] == b" " or p[end] == b"-") and spread(p, at + 2, n, DIGIT, True) >= 7


cdef bint has_us_phone(const uint8_t *p, Py_ssize_t end, Py_ssize_t n) noexcept nogil:
    """Whether a number goes on as one of North America does after an area of three digits."""
    cdef Py_ssize_t after = end + 1
    if end >= n or p[end] not in (b")", b" ", b".", b"-"):
        return False
    if p[end] == b")" and after < n and p[after] == b" ":
        after += 1
    return (
        run_of(p, after, n, 3, DIGIT) and p[after] >= b"2" and after + 3 < n and p[after + 3] in (b" ", b".", b"-")
        and run_of(p, after + 4, n, 4, DIGIT)
    )


cdef bint may_be_a_card(const uint8_t *p, Py_ssize_t at) noexcept nogil:
    """Whether no letters of hexadecimal alone stand before `at`: four of them, or fewer at a word's start."""
    cdef Py_ssize_t first = at
    if at == 0 or not has(p, at - 1, HEX) or starts(p, at):
        return True
    while first > 0 and at - first < 3 and has(p, first - 1, HEX) and not has(p, first - 1, DIGIT):
        first -= 1
    return first > 0 and has(p, first - 1, ALNUM) and not has(p, first - 1, HEX)


cdef bint is_printed_card(const uint8_t *p, Py_ssize_t dot, Py_ssize_t n) noexcept nogil:
    """Whether a number goes on as a card's does, with dots between, after its first four digits."""
    cdef Py_ssize_t at = dot + 1
    while at < n and at <= dot + 6 and has(p, at, DIGIT):
        at += 1
    return at >= dot + 4 and at < n and p[at] == b"." and run_of(p, at + 1, n, 3, DIGIT)


cdef uint32_t of_number(const uint8_t *p, Py_ssize_t at, Py_ssize_t end, Py_ssize_t n) noexcept nogil:
    """The triggers of a run of digits from `at` to `end`."""
    cdef uint32_t bits = 0
    cdef Py_ssize_t size = end - at
    cdef uint8_t after = p[end] if end < n else 0
    if after == b"." and has_quad(p, end, n):
        bits |= QUAD
    if at and has(p, at - 1, UPPER | LOWER) and has_lettered_key(p, at, n):
        bits |= KEY
    if after == b"Q" and end + 1 < n and p[end + 1] == b"~" and run_of(p, end + 2, n, 31, VALUE):
        bits |= KEY
    if (size >= SHORT_DIGITS or JOINS[after]) and has_name(p, at, n):
        bits |= NAMED
    if size < 19 and PERSON_SIZES >> size & 1 and has_person(p, at, end, n):
        bits |= PERSON
    if size == 1:
        if after == b"/" and p[at] == b"1" and has_refresh_token(p, end, n) and starts(p, at):
            bits |= KEY
        return bits
    if at >= 2 and has(p, at - 1, UPPER) and has(p, at - 2, UPPER):
        if COUNTRY[p[at - 2] - 65][p[at - 1] - 65] and spread(p, at + 2, n, DIGIT | UPPER, False) == 11:
            bits |= IBAN
    if b"2" <= p[at] <= b"6" or p[at] == b"8":
        if (
            size >= CARD_DIGITS
            or (after == b" " or after == b"-") and spread(p, at + 2, n, DIGIT, True) == 11
            or after == b"." and size == 4 and is_printed_card(p, end, n)
        ):
            if may_be_a_card(p, at):
                bits |= CARD
    if size == 3 and after == b"-" and run_of(p, end + 1, n, 2, DIGIT):
        if end + 3 < n and p[end + 3] == b"-" and run_of(p, end + 4, n, 4, DIGIT):
            bits |= SSN
    if p[at] == b"0":
        if size >= 3 and size <= 5 and p[at + 1] == b"0" and p[at + 2] != b"0" and (after == b" " or after == b"-"):
            bits |= PHONE
        elif has_national_phone(p, at, end, n):
            bits |= PHONE
    elif size == 3 and p[at] >= b"2" and has_us_phone(p, end, n):
        bits |= PHONE
    return bits
