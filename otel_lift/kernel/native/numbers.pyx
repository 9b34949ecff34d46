# cython: language_level=3, cdivision=True, boundscheck=False, wraparound=False
"""The text of numbers, as Python writes it.

Doubles: the shortest digits that read back as the same bits, and of these the closest, found as Raffaele Giulietti's
"The Schubfach way to render doubles" (2020) has it; laid out as Python's `repr` does.
"""

from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memcpy, memset

cdef extern from *:
    """
    typedef unsigned __int128 lift_uint128;
    """
    ctypedef unsigned long long uint128_t "lift_uint128"

cdef enum:
    LOWEST_POWER = -292
    HIGHEST_POWER = 324

cdef uint8_t PAIRS[200]
cdef uint64_t POWERS[HIGHEST_POWER - LOWEST_POWER + 1][2]  # 128 bits of each power of ten, rounded up


def _prepare():
    for number in range(100):
        PAIRS[2 * number] = 48 + number // 10
        PAIRS[2 * number + 1] = 48 + number % 10
    for exponent in range(LOWEST_POWER, HIGHEST_POWER + 1):
        if exponent < 0:
            divisor = 10**-exponent
            bits = -(-(1 << (divisor.bit_length() + 127)) // divisor)
        else:
            power = 10**exponent
            shift = power.bit_length() - 128
            bits = power << -shift if shift <= 0 else -(-power >> shift)
        POWERS[exponent - LOWEST_POWER][0] = bits >> 64
        POWERS[exponent - LOWEST_POWER][1] = bits & 0xFFFFFFFFFFFFFFFF


_prepare()


cdef int write_unsigned(uint8_t* out, uint64_t value) noexcept nogil:
    cdef uint8_t digits[20]
    cdef int at = 20
    while value >= 100:
        at -= 2
        memcpy(digits + at, PAIRS + 2 * (value % 100), 2)
        value //= 100
    if value >= 10:
        at -= 2
        memcpy(digits + at, PAIRS + 2 * value, 2)
    else:
        at -= 1
        digits[at] = <uint8_t> (48 + value)
    memcpy(out, digits + at, 20 - at)
    return 20 - at


cdef int write_integer(uint8_t* out, int64_t value) noexcept nogil:
    """Write a number in decimal and answer how many bytes that took."""
    if value >= 0:
        return write_unsigned(out, <uint64_t> value)
    out[0] = c"-"
    return 1 + write_unsigned(out + 1, 0 - <uint64_t> value)


cdef int write_double(uint8_t* out, double value) noexcept nogil:
    """Write a number as `repr` does, or NaN, Infinity or -Infinity; answer how many bytes that took."""
    cdef uint64_t bits, digits
    cdef int32_t exponent
    cdef int sign
    memcpy(&bits, &value, 8)
    exponent = bits >> 52 & 0x7FF
    if exponent == 0x7FF and bits << 12:
        memcpy(out, b"NaN", 3)
        return 3
    sign = bits >> 63
    out[0] = c"-"
    if exponent == 0x7FF:
        memcpy(out + sign, b"Infinity", 8)
        return sign + 8
    if bits << 1 == 0:
        memcpy(out + sign, b"0.0", 3)
        return sign + 3
    digits = shortest(bits & <uint64_t> 0xFFFFFFFFFFFFF, exponent, &exponent)
    return sign + lay_out(out + sign, digits, exponent)


cdef int lay_out(uint8_t* out, uint64_t value, int32_t exponent) noexcept nogil:
    """Write `value` times ten to the power of `exponent`."""
    cdef uint8_t digits[20]
    cdef int count, point, size
    while value % 10 == 0:
        value //= 10
        exponent += 1
    count = write_unsigned(digits, value)
    point = count + exponent  # where the decimal point stands, from the first digit
    if 0 < point <= 16:
        if point >= count:
            memcpy(out, digits, count)
            memset(out + count, c"0", point - count)
            memcpy(out + point, b".0", 2)
            return point + 2
        memcpy(out, digits, point)
        out[point] = c"."
        memcpy(out + point + 1, digits + point, count - point)
        return count + 1
    if -4 < point <= 0:
        memcpy(out, b"0.000", 5)
        memcpy(out + 2 - point, digits, count)
        return 2 - point + count
    size = 1
    out[0] = digits[0]
    if count > 1:
        out[1] = c"."
        memcpy(out + 2, digits + 1, count - 1)
        size = count + 1
    out[size] = c"e"
    point -= 1
    out[size + 1] = c"-" if point < 0 else c"+"
    point = -point if point < 0 else point
    size += 2
    if point < 10:
        out[size] = c"0"
        size += 1
    return size + write_unsigned(out + size, point)


cdef inline int32_t floor_shift(int64_t value, int bits) noexcept nogil:
    return <int32_t> (value >> bits)


cdef uint64_t times_power(const uint64_t* power, uint64_t value) noexcept nogil:
    """Answer the high 64 bits of a product with 128 bits; the lowest is set where any below is (round to odd)."""
    cdef uint128_t low = <uint128_t> power[1] * value
    cdef uint128_t high = <uint128_t> power[0] * value + (low >> 64)
    return <uint64_t> (high >> 64) | (<uint64_t> high > 1)


cdef uint64_t shortest(uint64_t fraction, int32_t biased, int32_t* exponent) noexcept nogil:
    """Answer the digits, and the power of ten, of a positive finite double of these bits (the paper's figure 7)."""
    cdef uint64_t c = fraction | (<uint64_t> 1 << 52 if biased else 0)
    cdef int32_t q = (biased if biased else 1) - 1075
    cdef bint closer = fraction == 0 and biased > 1  # the neighbour below is, at a power of two
    cdef bint odd = c & 1
    cdef int32_t k, h
    cdef uint64_t lower, middle, upper, s, tens
    cdef const uint64_t* power
    cdef bint below, above
    if -53 < q <= 0 and c & ((<uint64_t> 1 << -q) - 1) == 0:
        exponent[0] = 0
        return c >> -q
    k = floor_shift(<int64_t> q * 1262611 - (524031 if closer else 0), 22)  # floor(log10(2^q)), or of 3/4 of it
    h = q + floor_shift(<int64_t> -k * 1741647, 19) + 1  # and floor(log2(10^-k))
    power = POWERS[-k - LOWEST_POWER]
    lower = times_power(power, (4 * c - 2 + closer) << h) + odd
    middle = times_power(power, 4 * c << h)
    upper = times_power(power, (4 * c + 2) << h) - odd
    s = middle >> 2
    if s >= 10:
        tens = s // 10
        below = lower <= 40 * tens
        above = 40 * tens + 40 <= upper
        if below != above:
            exponent[0] = k + 1
            return tens + above
    exponent[0] = k
    below = lower <= 4 * s
    above = 4 * s + 4 <= upper
    if below != above:
        return s + above
    # between two of equal length the closer one, at the same distance the even one
    above = middle > 4 * s + 2 or (middle == 4 * s + 2 and s & 1 != 0)
    return s + above
