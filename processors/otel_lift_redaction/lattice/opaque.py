"""Opaque layers: base64 and hexadecimal, which are decoded as a whole and written again in the same dialect."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["Run", "runs"]

_BASE64 = re.compile(r"(?<![0-9A-Za-z+/_-])[0-9A-Za-z+/_-]{12,}+={0,2}")
_HEX = re.compile(r"(?:(?<![0-9A-Za-z])|(?<=\b0[xX])|(?<=\\x))[0-9A-Fa-f]{14,}+(?![0-9A-Za-z])")
_PART = re.compile(r"[0-9A-Za-z+/]{12,}+={0,2}|[0-9A-Za-z_-]{12,}+={0,2}")
_PIECE = re.compile(r"[0-9A-Za-z]{12,}+={0,2}")
_LOOK = 12  # characters by which a run shows that it may be text


@dataclass(frozen=True, slots=True)
class Run:
    """A run from `begin` to `end` of a text, what it says, and how another text is written in its place."""

    name: str
    begin: int
    end: int
    text: str
    write: Callable[[str], str]


def runs(text: str) -> Iterator[Run]:
    """Yield the runs of a text that decode to text that can be read, of each kind ascending."""
    for found in _BASE64.finditer(text):
        yield from _base64_in(text, found.start(), found.end())
    for found in _HEX.finditer(text):
        digits = found.group()
        if len(digits) % 2 == 0 and (plain := _readable(bytes.fromhex(digits))) is not None:
            upper = digits.upper() == digits and digits.lower() != digits
            yield Run("hex", found.start(), found.end(), plain, _write_upper if upper else _write_lower)


def _base64_in(text: str, begin: int, end: int) -> Iterator[Run]:
    """Yield what a run of all signs of both alphabets holds: itself, or else parts of it between other signs."""
    if (whole := _base64(text, begin, end)) is not None:
        yield whole
        return
    run = text[begin:end]
    for pattern in (_PART, _PIECE):
        parts = [(begin + found.start(), begin + found.end()) for found in pattern.finditer(run)]
        made = [part for span in parts if span != (begin, end) and (part := _base64(text, *span)) is not None]
        if made:
            yield from made
            return


def _base64(text: str, begin: int, end: int) -> Run | None:
    run = text[begin:end]
    bare = run.rstrip("=")
    standard = "-" not in bare and "_" not in bare
    if (not standard and ("+" in bare or "/" in bare)) or len(bare) % 4 == 1:
        return None
    translate = base64.b64decode if standard else base64.urlsafe_b64decode
    head = _readable(translate(bare[:_LOOK]), cut=True)
    if head is None:
        return None
    try:
        plain = _readable(translate(bare + "=" * (-len(bare) % 4)))
    except binascii.Error:
        return None
    if plain is None:
        return None
    padded = run != bare or (standard and len(bare) % 4 == 0)
    return Run("base64", begin, end, plain, _writer(standard=standard, padded=padded))


def _readable(raw: bytes, *, cut: bool = False) -> str | None:
    """Answer bytes as text if it can be read: UTF-8 without control characters; `cut` may end inside a character."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        if not cut or error.reason != "unexpected end of data":
            return None
        text = raw[: error.start].decode()
    if not text.isascii():
        plain = text.replace("\n", "").replace("\r", "").replace("\t", "")
        return text if not any(one < " " or "\x7f" <= one < "\xa0" for one in plain) else None
    return text if not _CONTROL.search(text) else None


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _writer(*, standard: bool, padded: bool) -> Callable[[str], str]:
    def write(text: str) -> str:
        made = (base64.b64encode if standard else base64.urlsafe_b64encode)(text.encode()).decode("ascii")
        return made if padded else made.rstrip("=")

    return write


def _write_upper(text: str) -> str:
    return text.encode().hex().upper()


def _write_lower(text: str) -> str:
    return text.encode().hex()
