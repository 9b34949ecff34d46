"""One step of decoding, by Python's own expressions: each is a bounded look around its place, so the walk is linear."""

import re
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from otel_lift_redaction.lattice.tables import (
    ENTITIES,
    ENTITY,
    ESCAPE,
    ESCAPES,
    FOLDED,
    INVISIBLE,
    INVISIBLES,
    LINE,
    LOOK_ALIKES,
    PERCENT,
    PLUS,
    UNICODE,
    folded,
)

__all__ = ["Decoded", "decode", "joined", "layered", "spaced"]

Decoded = tuple[str, npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.uint8]]

_LOOK_ALIKE = "".join(LOOK_ALIKES)
_UNIT = re.compile(
    r"(?P<percent>(?:%[0-9A-Fa-f]{2})++)"
    r"|(?P<bytes>(?:\\x[0-9A-Fa-f]{2})++)"
    r"|(?P<pair>\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2})"
    r"|\\u(?P<u>[0-9A-Fa-f]{4})|\\u\{(?P<brace>[0-9A-Fa-f]{1,6})\}|\\U(?P<long>[0-9A-Fa-f]{8})"
    rf"|\\(?P<short>[{re.escape(''.join(ESCAPES))}])"
    r"|&#(?P<decimal>[0-9]{1,7});?|&#[xX](?P<hex>[0-9A-Fa-f]{1,6});?"
    rf"|&(?P<name>{'|'.join(sorted(ENTITIES, key=len, reverse=True))});"
    rf"|(?P<gone>[{INVISIBLES}]+)"
    rf"|(?P<folded>[{FOLDED}])"
    rf"|(?P<alike>[{_LOOK_ALIKE}])"
)
_JOIN = re.compile(r"(?<=[0-9A-Za-z@.:_+=/\x80-\U0010ffff-]) ?=?\r?\n[ \t>|]*+(?=[0-9A-Za-z@.:_+=/\x80-\U0010ffff-])")
_PLUS = re.compile(r"[?&=][^\t-\r\x1c-\x20\"'<>+?&=]*+\+")
_REACH = 24  # characters that a look-alike's word is looked at, to each side
_MAX_CODE = 0x10FFFF


class _Builder:
    """A text put together of units, each of which knows where it came from."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts: list[str] = []
        self._spans: list[tuple[int, int, int, int]] = []  # characters, begin, end, kind; kind 0 is the text itself
        self._at = 0

    def upto(self, place: int) -> None:
        if place > self._at:
            self._parts.append(self._text[self._at : place])
            self._spans.append((place - self._at, self._at, place, 0))
            self._at = place

    def add(self, shown: str, begin: int, end: int, kind: int) -> None:
        self.upto(begin)
        if shown:
            self._parts.append(shown)
        self._spans.append((len(shown), begin, end, kind))
        self._at = end

    def done(self) -> Decoded | None:
        if not self._spans:
            return None
        self.upto(len(self._text))
        made = "".join(self._parts)
        begins, ends, kinds = (
            np.empty(len(made), np.int32),
            np.empty(len(made), np.int32),
            np.zeros(len(made), np.uint8),
        )
        at = 0
        after_gap = 0
        for size, begin, end, kind in self._spans:
            if size:
                if kind:
                    begins[at : at + size], ends[at : at + size], kinds[at : at + size] = begin, end, kind
                else:
                    begins[at : at + size] = np.arange(begin, end)
                    ends[at : at + size] = np.arange(begin + 1, end + 1)
                kinds[at] |= after_gap
                at += size
                after_gap = 0
            else:
                after_gap = kind
        return made, begins, ends, kinds


def layered(text: str) -> bool:
    """Whether a text may have something that `decode`, `joined` or `spaced` would change."""
    return any(one.search(text) is not None for one in (_UNIT, _JOIN, _PLUS))


def decode(text: str) -> Decoded | None:
    """Answer the text with each escape decoded once, None where it has none.

    With it, for each of its characters: where in `text` begins and ends what it stands for, int32, and of which kind
    that is, uint8 (see `tables`), zero where the character stands for itself.
    """
    builder = _Builder(text)
    for found in _UNIT.finditer(text):
        kind = found.lastgroup or ""
        _DECODERS[kind](builder, found)
    return builder.done()


def _percent(builder: _Builder, found: re.Match[str]) -> None:
    _bytes(builder, found, 3, PERCENT)


def _hex_bytes(builder: _Builder, found: re.Match[str]) -> None:
    _bytes(builder, found, 4, ESCAPE)


def _bytes(builder: _Builder, found: re.Match[str], width: int, kind: int) -> None:
    """Decode a run of escaped bytes: as UTF-8, and what is none as Latin-1."""
    run, begin = found.group(), found.start()
    raw = bytes.fromhex(run.replace("%" if width == 3 else "\\x", ""))
    at = 0
    while at < len(raw):
        size = 1 if raw[at] < 0xC2 else 2 if raw[at] < 0xE0 else 3 if raw[at] < 0xF0 else 4
        try:
            shown = raw[at : at + size].decode()
        except UnicodeDecodeError:
            shown, size = raw[at : at + 1].decode("latin-1"), 1
        builder.add(shown, begin + at * width, begin + (at + size) * width, kind)
        at += size


def _character(code: int) -> str:
    return "\ufffd" if code > _MAX_CODE or 0xD800 <= code < 0xE000 else chr(code)


def _numbered(base: int, kind: int) -> Callable[[_Builder, re.Match[str]], None]:
    def add(builder: _Builder, found: re.Match[str]) -> None:
        digits = found.group(found.lastgroup or 0)
        builder.add(_character(int(digits, base)), found.start(), found.end(), kind)

    return add


def _pair(builder: _Builder, found: re.Match[str]) -> None:
    high, low = int(found.group()[2:6], 16), int(found.group()[8:12], 16)
    builder.add(chr(0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF)), found.start(), found.end(), ESCAPE)


def _short(builder: _Builder, found: re.Match[str]) -> None:
    builder.add(ESCAPES[found.group("short")], found.start(), found.end(), ESCAPE)


def _name(builder: _Builder, found: re.Match[str]) -> None:
    builder.add(ENTITIES[found.group("name")], found.start(), found.end(), ENTITY)


def _gone(builder: _Builder, found: re.Match[str]) -> None:
    builder.add("", found.start(), found.end(), INVISIBLE)


def _folded(builder: _Builder, found: re.Match[str]) -> None:
    builder.add(folded(found.group()), found.start(), found.end(), UNICODE)


def _alike(builder: _Builder, found: re.Match[str]) -> None:
    """Fold a letter that looks Latin where its word has letters or digits of ASCII too; foreign words stay."""
    text, begin, end = found.string, found.start(), found.end()
    if _mixed(text[end : end + _REACH]) or _mixed(text[max(begin - _REACH, 0) : begin][::-1]):
        builder.add(LOOK_ALIKES[found.group()], begin, end, UNICODE)


def _mixed(side: str) -> bool:
    """Whether the part of a word on this side has a letter or digit of ASCII, and nothing foreign before it."""
    for character in side:
        if character.isascii():
            if character.isalnum() or character == "@":
                return True
            if character not in "._-+":
                return False
        elif character not in LOOK_ALIKES:
            return False
    return False


_DECODERS: dict[str, Callable[[_Builder, re.Match[str]], None]] = {
    "percent": _percent,
    "bytes": _hex_bytes,
    "pair": _pair,
    "u": _numbered(16, ESCAPE),
    "brace": _numbered(16, ESCAPE),
    "long": _numbered(16, ESCAPE),
    "short": _short,
    "decimal": _numbered(10, ENTITY),
    "hex": _numbered(16, ENTITY),
    "name": _name,
    "gone": _gone,
    "folded": _folded,
    "alike": _alike,
}


def joined(text: str) -> list[Decoded]:
    """Answer the text with the ends of lines, and the indentation after them, taken out where a value may go on.

    Where there are several: all of them, every other one, and the others, for two lines that are one value may stand
    between lines that only meet.
    """
    ends = list(_JOIN.finditer(text)) if "\n" in text else []
    found = []
    for chosen in (ends, ends[1::2], ends[::2])[: 3 if len(ends) > 1 else 1]:
        builder = _Builder(text)
        for end in chosen:
            builder.add("", end.start(), end.end(), LINE)
        if (made := builder.done()) is not None:
            found.append(made)
    return found


def spaced(text: str) -> Decoded | None:
    """Answer the text with each plus sign in a query's values a space, as forms write it; None without a query."""
    if _PLUS.search(text) is None:
        return None
    builder = _Builder(text)
    place = text.find("+")
    while place >= 0:
        # the first sign of a value is a telephone number's
        if place and text[place - 1] != "=":
            builder.add(" ", place, place + 1, PLUS)
        place = text.find("+", place + 1)
    return builder.done()
