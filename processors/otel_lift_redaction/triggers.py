"""Trigger bits: what a value holds that a detector needs, found by byte comparisons over one buffer.

Every comparison looks at all bytes at once, so it costs a fraction of what a regular expression costs; a value without
a detector's bit is never shown to that detector. A bit may be set without need, for the next value's bytes are looked
at too; it is never missing where a detector could match.
"""

from enum import IntFlag
from threading import local
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Trigger", "triggers"]

_Mask = npt.NDArray[np.bool_]
_Bytes = npt.NDArray[np.uint8]

_LOOKAHEAD = 32
_CHUNK = 262_144
_MASKS = 28

# the last three letters of the words after which a secret stands, or of two and a letter before them
_WORDS = """
    pass password passwd passphrase passcode pwd secret token key authorization auth credential credentials cred
    creds cvv cvc otp jwt sig signature session sid code cookie hash
""".split()  # noqa: SIM905 - as a list they fill the screen
_ENDINGS = np.zeros((32, 32, 32), np.bool_)
for _word in _WORDS:
    _ENDINGS[tuple(ord(letter) & 31 for letter in _word[-3:])] = True
_ENDINGS[:, ord("i") & 31, ord("d") & 31] = True  # session_id, sid, key_id
_IS_LETTER = np.zeros(256, np.bool_)
_IS_LETTER[97:123] = True
# digits (but that of `cvv2`) and brackets end no word, and no quoted one
_ENDS_NOTHING = np.zeros(256, np.bool_)
_ENDS_NOTHING[list(b"013456789)]}/.,&?-")] = True


class Trigger(IntFlag):
    """What a value holds; `ANY` stands for detectors that cannot say what they need."""

    AT = 1  # an at sign
    QUAD = 2  # seven digits and dots in a row, a dot among the first four
    DIGITS = 4  # ten digits and separators in a row, a digit first; or a plus sign before a digit
    IBAN = 8  # two capitals and two digits
    HEXES = 16  # colons or dashes as in the addresses of networks and devices
    PAIR = 32  # an equals sign or a colon after the last letters of a word for a secret, or after a space or a quote
    TOKEN = 64  # fifteen characters of a token in a row, five dashes, or the name of an authentication scheme
    PLACE = 128  # a number before a capitalised word, or a box before its number
    ANY = 256


def triggers(values: Any) -> npt.NDArray[np.uint8]:
    """Answer the trigger bits, without `ANY`, of each value of a string array without nulls, uint8 of shape (n,)."""
    if not len(values):
        return np.zeros(0, np.uint8)
    _, raw_offsets, raw = values.buffers()
    offsets = np.frombuffer(raw_offsets, np.int32)[values.offset : values.offset + len(values) + 1]
    if offsets[0] == offsets[-1]:
        return np.zeros(len(values), np.uint8)
    text = np.frombuffer(raw, np.uint8)[offsets[0] : offsets[-1]]
    starts = offsets[:-1] - offsets[0]
    found = np.zeros(len(text) + 1, np.uint8)
    chunk = _chunk()
    for start in range(0, len(text), _CHUNK):
        end = min(start + _CHUNK, len(text))
        first, last = np.searchsorted(starts, (start, end + _LOOKAHEAD))
        chunk.find(text[start : end + _LOOKAHEAD], starts[first:last] - start, found[start:end])
    bits: npt.NDArray[np.uint8] = np.bitwise_or.reduceat(found, starts)
    # reduceat gives an empty value the bits of the next one
    bits[offsets[1:] == offsets[:-1]] = 0
    return bits


class _Chunk:
    """Finds the bits of one chunk, in masks (one byte a position) that are used again for every chunk.

    Fresh memory for each mask would cost more in page faults than all comparisons together. A mask is true at the first
    byte of what it marks. Masks of one trigger are given back when its bits are set; the others last for the chunk.
    """

    def __init__(self) -> None:
        self._text = np.zeros(_CHUNK + _LOOKAHEAD, np.uint8)
        self._pool = [np.zeros(_CHUNK + _LOOKAHEAD, np.bool_) for _ in range(_MASKS)]
        self._used = 0
        self._size = 0

    def find(self, text: _Bytes, starts: npt.NDArray[np.int32], out: _Bytes) -> None:
        """Set in `out` the bits that start at its positions; bytes of `text` beyond those are only looked at.

        `starts` are the positions at which values start.
        """
        starts = starts[starts < len(out) + _LOOKAHEAD]
        self._used, self._size = 0, len(out) + _LOOKAHEAD
        self._text[: len(text)] = text
        self._text[len(text) : self._size] = 0
        mark = 0

        def emit(bit: Trigger, *masks: _Mask) -> None:
            for mask in masks:
                scaled = np.multiply(mask.view(np.uint8), np.uint8(bit), out=mask.view(np.uint8))
                np.bitwise_or(out, scaled[: len(out)], out=out)
            self._used = mark

        emit(Trigger.AT, self._equal(64))
        digit, dot, dash, space = self._between(48, 10), self._equal(46), self._equal(45), self._equal(32)
        capital, colon, equals = self._between(65, 26), self._equal(58), self._equal(61)
        np.bitwise_or(self._text, 0x20, out=self._text)
        letter, hexadecimal = self._between(97, 26), self._either(digit, self._between(97, 6))
        mark = self._used
        emit(Trigger.QUAD, self._all(digit, self._run(self._either(digit, dot), 7), self._soon(dot, 1, 3)))
        emit(Trigger.DIGITS, self._numbers(digit, space, dash, starts), self._both(self._equal(43), digit, 1))
        dotted_phone = self._both(self._both(digit, dot, 3), self._both(dot, self._run(digit, 4), 1), 7)
        emit(Trigger.DIGITS, dotted_phone)
        emit(Trigger.IBAN, self._both(self._run(capital, 2), self._run(digit, 2), 2))
        addresses = self._both(self._run(self._either(hexadecimal, colon), 15), self._soon(colon, 1, 4))
        emit(Trigger.HEXES, addresses, self._run(colon, 2), self._steps(dash, (3, 6, 9)))
        self._pairs(self._either(equals, self._unless(colon, self._equal(47))), out)
        emit(Trigger.TOKEN, self._token(letter, hexadecimal, digit, dash, starts))
        emit(Trigger.TOKEN, self._run(dash, 5))
        for scheme in (b"rer ", b"sic "):  # bearer, basic
            emit(Trigger.TOKEN, self._word(scheme))
        placed = self._both(self._both(digit, space, 1), capital, 2)
        emit(Trigger.PLACE, placed, self._both(self._word(b"x "), digit, 2))

    def _numbers(self, digit: _Mask, space: _Mask, dash: _Mask, starts: npt.NDArray[np.int32]) -> _Mask:
        inside = self._either(self._either(digit, self._between(40, 2)), self._either(space, dash))
        # a run must not go on into the next value, so it starts at a value's second byte
        inside[starts] = False
        return self._both(self._run(inside, 10), digit)

    def _token(
        self, letter: _Mask, hexadecimal: _Mask, digit: _Mask, dash: _Mask, starts: npt.NDArray[np.int32]
    ) -> _Mask:
        # folding to lower case made an underscore a delete, and left a plus sign as it was
        inside = self._either(self._either(letter, digit), self._either(dash, self._equal(127)))
        inside = self._either(inside, self._equal(43))
        inside[starts] = False
        unlike_an_id = self._soon(self._unless(letter, hexadecimal, 0), 0, 8)
        return self._both(self._run(inside, 15), unlike_an_id)

    def _pairs(self, separators: _Mask, out: _Bytes) -> None:
        # separators are few, so what stands before each is looked up one by one
        at = np.flatnonzero(separators[: len(out)])
        before = [self._text[np.maximum(at - step, 0)] for step in (1, 2, 3)]
        likely = _ENDINGS[before[2] & 31, before[1] & 31, before[0] & 31] | ~_IS_LETTER[before[0]] | (at < 3)
        out[at[likely & ~_ENDS_NOTHING[before[0]]]] |= np.uint8(Trigger.PAIR)

    def _new(self) -> _Mask:
        self._used += 1
        return self._pool[self._used - 1][: self._size]

    def _equal(self, byte: int) -> _Mask:
        return np.equal(self._text[: self._size], np.uint8(byte), out=self._new())

    def _between(self, first: int, count: int) -> _Mask:
        mask = self._new()
        shifted = np.subtract(self._text[: self._size], np.uint8(first), out=mask.view(np.uint8))
        return np.less(shifted, np.uint8(count), out=mask)

    def _either(self, one: _Mask, other: _Mask) -> _Mask:
        return np.bitwise_or(one, other, out=self._new())

    def _both(self, one: _Mask, other: _Mask, ahead: int = 0) -> _Mask:
        """Where `one` is true, and `other` is so many bytes ahead."""
        mask = self._new()
        end = self._size - ahead
        np.bitwise_and(one[:end], other[ahead:], out=mask[:end])
        mask[end:] = False
        return mask

    def _all(self, *masks: _Mask) -> _Mask:
        found = masks[0]
        for mask in masks[1:]:
            found = self._both(found, mask)
        return found

    def _unless(self, one: _Mask, other: _Mask, ahead: int = 1) -> _Mask:
        return self._both(one, np.logical_not(other, out=self._new()), ahead)

    def _steps(self, mask: _Mask, ahead: tuple[int, ...]) -> _Mask:
        found = mask
        for step in ahead:
            found = self._both(found, mask, step)
        return found

    def _run(self, mask: _Mask, length: int) -> _Mask:
        """Where `length` bytes in a row are true, by doubling."""
        done = 1
        while done < length:
            step = min(done, length - done)
            mask = self._both(mask, mask, step)
            done += step
        return mask

    def _soon(self, mask: _Mask, first: int, count: int) -> _Mask:
        """Where one of `count` bytes is true, the nearest of them `first` ahead."""
        found = self._new()
        end = self._size - first - count
        found[:end] = mask[first : first + end]
        found[end:] = False
        for step in range(first + 1, first + count):
            np.bitwise_or(found[:end], mask[step : step + end], out=found[:end])
        return found

    def _word(self, letters: bytes) -> _Mask:
        found = self._equal(letters[0])
        for step, letter in enumerate(letters[1:], 1):
            found = self._both(found, self._equal(letter), step)
        return found


_threads = local()


def _chunk() -> _Chunk:
    chunk = getattr(_threads, "chunk", None)
    if chunk is None:
        chunk = _threads.chunk = _Chunk()
    return chunk
