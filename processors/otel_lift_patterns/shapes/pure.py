"""Shapes by regular expressions: the definition, slow."""

import re
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from otel_lift_patterns.shapes.rules import (
    FOREIGN_PACKAGES,
    FOREIGN_PLACES,
    MAX_FRAMES,
    MAX_LINE,
    MAX_MESSAGE,
    MAX_TRACE,
    PYTHON_START,
)

__all__ = ["of_messages", "of_stacks"]

# ids that stand alone: UUIDs (group 1), and long ones with a letter that is neither an exponent's nor a day's
_ID = re.compile(
    r"(?<![0-9A-Za-z_.:/@+-])(?:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})|(?=[0-9de]*[abcf])[0-9a-f]{16,64})"
    r"(?![0-9A-Za-z_.:/@+-])"
)
_PLAIN_UUID = "9999999-9999-9999-9999-999999999999"
_PLAIN_HEX = "a" * 16
_AS_NINE = str.maketrans("012345678", "9" * 9)

_CAUSE = b"Caused by:"
_BREAK = re.compile(rb"[\n\r\v\f\x1c-\x1e]")
_BLANKS = b" \t\x1f"
# the white space of Unicode beyond ASCII, which ends a line or may be taken off one
_WIDE_BLANK = re.compile(rb"\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80")
_PLACE = re.compile(rb"(?::[0-9]+)+\)?\Z")
_FOREIGN = re.compile("|".join(map(re.escape, (*FOREIGN_PLACES, *FOREIGN_PACKAGES))).encode())


def of_messages(messages: Any) -> Any:
    """Answer what `otel_lift_patterns.shapes.of_messages` says."""
    return pa.array([None if one is None else _message(one) for one in messages.to_pylist()], pa.string())


def of_stacks(stacks: Any) -> Any:
    """Answer what `otel_lift_patterns.shapes.of_stacks` says."""
    return pa.array([None if one is None else _stack(one) for one in stacks.to_pylist()], pa.string())


def _message(message: str) -> str:
    text = _ID.sub(_plain_id, message[:MAX_MESSAGE])
    return text if "0x" in text or "0X" in text else text.translate(_AS_NINE)


def _plain_id(found: re.Match[str]) -> str:
    first = "a" if found[0][0].isalpha() else "9"
    return first + (_PLAIN_HEX if found[1] is None else _PLAIN_UUID)


def _stack(trace: str) -> str:
    if PYTHON_START in trace:
        read = trace[-MAX_TRACE:].rpartition(PYTHON_START)[2]
        lines = _lines(read)[::-1]
    else:
        lines = _lines(trace[:MAX_TRACE].partition("\nCaused by:")[0])
    return _kept(lines, trace)


def _lines(text: str) -> list[bytes]:
    return _BREAK.split(text.encode())


def _kept(lines: Iterable[bytes], trace: str) -> str:
    kept: list[bytes] = []
    certain = 0
    for line in lines:
        shape, is_certain = _line(line)
        if shape.startswith(_CAUSE):
            return trace  # at another place it would end the trace
        if shape:
            kept.append(shape)
        certain += is_certain
        if certain == MAX_FRAMES:
            break
    return b"\n".join(kept).decode()


def _line(line: bytes) -> tuple[bytes, bool]:
    """Answer what of a line says its frame, empty where it is none, and whether it is surely a frame of the app."""
    text = line.strip(_BLANKS)
    is_file, is_at = text.startswith(b'File "'), text.startswith(b"at ")
    if len(text) > MAX_LINE or _WIDE_BLANK.search(text):
        return line if b'File "' in text or b"at " in text or b"@" in text else b"", False
    if is_file:
        place, comma, rest = text[6:].partition(b'", line ')
        _, word, function = rest.partition(b", in ")
        # without any number a blank would end the line, and be taken off
        text = b'File "' + place + comma + (b"0" if comma else b"") + word + function
    elif is_at or (b"@" in text and (text[-1:].isdigit() or text[-1] >= 0x80)):
        text = _PLACE.sub(lambda found: re.sub(rb"[0-9]+", b"0", found[0]), text)
    else:
        return b"", False
    surely = is_file or is_at or text[-1:].isdigit()
    return text, surely and _FOREIGN.search(text) is None
