# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Keyed hashes, compiled: the twin of `otel_lift.keys.hashing.pure`, where they are described.

SHA-256 is that of FIPS 180-4; the names are those of its section 6.2.
"""

import hashlib

import numpy as np

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from otel_lift.arrays.native.buffers cimport Texts, TextView, is_valid, length_of

__all__ = ["KeyedHash"]

cdef enum:
    _BLOCK = 64
    _DIGEST = 32
    _HEX_DIGITS = 32

cdef uint32_t[64] _K
cdef uint32_t[8] _START
cdef uint8_t[16] _HEX
_HEX[:] = b"0123456789abcdef"


cdef object _first_primes(int count):
    primes = []
    number = 2
    while len(primes) < count:
        if all(number % prime for prime in primes):
            primes.append(number)
        number += 1
    return primes


cdef object _fraction(object prime, object root):
    """Answer the first 32 bits of the fractional part of a prime's square or cube root, in whole numbers."""
    scaled, low, high = prime << (32 * root), 0, prime << 32
    while low < high:
        middle = (low + high + 1) // 2
        if middle ** root <= scaled:
            low = middle
        else:
            high = middle - 1
    return low & 0xFFFFFFFF


for _number, _prime in enumerate(_first_primes(64)):
    _K[_number] = _fraction(_prime, 3)
    if _number < 8:
        _START[_number] = _fraction(_prime, 2)

ctypedef struct _State:
    uint32_t[8] h
    uint8_t[64] block
    uint64_t length  # of all that was hashed; what does not fill a block waits in it


cdef class KeyedHash:
    cdef _State _inner, _outer

    def __cinit__(self, bytes key, bytes prefix=b""):
        if len(key) > _BLOCK:
            key = hashlib.sha256(key).digest()
        padded = key.ljust(_BLOCK, b"\0")
        for state, pad in (("inner", 0x36), ("outer", 0x5C)):
            block = bytes(byte ^ pad for byte in padded)
            if state == "inner":
                _begin(&self._inner)
                _update(&self._inner, block, _BLOCK)
            else:
                _begin(&self._outer)
                _update(&self._outer, block, _BLOCK)
        _update(&self._inner, prefix, len(prefix))

    def of(self, texts):
        cdef Texts held = Texts(texts)
        cdef const TextView *view = &held.view
        cdef Py_ssize_t row
        made = np.empty(view.rows, f"S{_HEX_DIGITS}")
        cdef uint8_t[::1] to = np.frombuffer(made, np.uint8)
        with nogil:
            for row in range(view.rows):
                self._hash(view, row, &to[row * _HEX_DIGITS])
        return made

    cdef void _hash(self, const TextView *texts, Py_ssize_t row, uint8_t *to) noexcept nogil:
        cdef _State state = self._inner
        cdef uint8_t[_DIGEST] digest
        cdef int place
        if is_valid(texts, row):
            _update(&state, texts.data + texts.offsets[row], length_of(texts, row))
        _finish(&state, digest)
        state = self._outer
        _update(&state, <const char *>digest, _DIGEST)
        _finish(&state, digest)
        for place in range(_HEX_DIGITS // 2):
            to[2 * place] = _HEX[digest[place] >> 4]
            to[2 * place + 1] = _HEX[digest[place] & 15]


cdef void _begin(_State *state) noexcept nogil:
    memcpy(state.h, _START, sizeof(_START))
    state.length = 0


cdef void _update(_State *state, const char *text, int64_t length) noexcept nogil:
    cdef int64_t held = state.length % _BLOCK, part
    state.length += length
    while length:
        part = min(length, _BLOCK - held)
        memcpy(state.block + held, text, part)
        text, length, held = text + part, length - part, held + part
        if held == _BLOCK:
            _compress(state.h, state.block)
            held = 0


cdef void _finish(_State *state, uint8_t *digest) noexcept nogil:
    cdef int64_t held = state.length % _BLOCK
    cdef uint64_t bits = state.length * 8
    cdef int place
    state.block[held] = 0x80
    memset(state.block + held + 1, 0, _BLOCK - held - 1)
    if held + 9 > _BLOCK:
        _compress(state.h, state.block)
        memset(state.block, 0, _BLOCK)
    for place in range(8):
        state.block[_BLOCK - 1 - place] = <uint8_t>(bits >> (8 * place))
    _compress(state.h, state.block)
    for place in range(_DIGEST):
        digest[place] = <uint8_t>(state.h[place >> 2] >> (24 - 8 * (place & 3)))


cdef inline uint32_t _rotr(uint32_t x, int n) noexcept nogil:
    return (x >> n) | (x << (32 - n))


cdef void _compress(uint32_t *h, const uint8_t *block) noexcept nogil:
    cdef uint32_t[64] w
    cdef uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], last = h[7], t1, t2
    cdef int t
    for t in range(16):
        w[t] = (
            (<uint32_t>block[4 * t] << 24) | (<uint32_t>block[4 * t + 1] << 16)
            | (<uint32_t>block[4 * t + 2] << 8) | block[4 * t + 3]
        )
    for t in range(16, 64):
        t1 = _rotr(w[t - 2], 17) ^ _rotr(w[t - 2], 19) ^ (w[t - 2] >> 10)
        t2 = _rotr(w[t - 15], 7) ^ _rotr(w[t - 15], 18) ^ (w[t - 15] >> 3)
        w[t] = t1 + w[t - 7] + t2 + w[t - 16]
    for t in range(64):
        t1 = last + (_rotr(e, 6) ^ _rotr(e, 11) ^ _rotr(e, 25)) + ((e & f) ^ (~e & g)) + _K[t] + w[t]
        t2 = (_rotr(a, 2) ^ _rotr(a, 13) ^ _rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
        last, g, f, e = g, f, e, d + t1
        d, c, b, a = c, b, a, t1 + t2
    h[0] += a
    h[1] += b
    h[2] += c
    h[3] += d
    h[4] += e
    h[5] += f
    h[6] += g
    h[7] += last
