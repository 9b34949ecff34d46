"""Protobuf's wire format, as far as to take messages apart and to put them together wrongly."""

from dataclasses import dataclass, replace
from typing import Self

__all__ = ["Field", "join", "split", "varint"]

_FIXED = {1: 8, 5: 4}


@dataclass(frozen=True, slots=True)
class Field:
    """One field as it is written: `content` without its length, which is `length` where it is a lie.

    `padding` bytes make the varint of the length, or for wire type 0 of the value, longer than it need be.
    """

    number: int
    wire_type: int
    content: bytes
    length: int | None = None
    padding: int = 0

    def changed(self, **fields: object) -> Self:
        """Answer the field with other `fields`."""
        return replace(self, **fields)  # type: ignore[arg-type] # the caller names fields of this class

    def write(self) -> bytes:
        """Answer the bytes of the field."""
        tag = varint(self.number << 3 | self.wire_type)
        if self.wire_type == 2:
            return tag + varint(len(self.content) if self.length is None else self.length, self.padding) + self.content
        if self.wire_type == 0 and self.padding:
            return tag + _pad(self.content, self.padding)
        return tag + self.content


def varint(number: int, padding: int = 0) -> bytes:
    """Write a number, with `padding` more bytes than it needs."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return _pad(bytes(out), padding)


def _pad(content: bytes, padding: int) -> bytes:
    if not padding or not content:
        return content
    return content[:-1] + bytes([content[-1] | 128]) + b"\x80" * (padding - 1) + b"\0"


def split(message: bytes) -> tuple[list[Field], bytes]:
    """Take a message apart, into its fields and what remains where it is not one (or starts a group)."""
    fields: list[Field] = []
    at = 0
    while at < len(message):
        start = at
        tag, at = _read(message, at)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == 0:
            _, end = _read(message, at)
        elif wire_type == 2:
            length, at = _read(message, at)
            end = at + length
        else:
            end = at + _FIXED.get(wire_type, len(message) + 1)
        if at > len(message) or end > len(message):
            return fields, message[start:]
        fields.append(Field(number, wire_type, message[at:end]))
        at = end
    return fields, b""


def _read(message: bytes, at: int) -> tuple[int, int]:
    """Read a varint; answers a place beyond the end where it has none."""
    number = shift = 0
    while at < len(message) and shift < 70:
        number |= (message[at] & 127) << shift
        shift += 7
        at += 1
        if not message[at - 1] & 128:
            return number, at
    return 0, len(message) + 1


def join(fields: list[Field], rest: bytes = b"") -> bytes:
    """Put fields together, and what remained."""
    return b"".join(field.write() for field in fields) + rest
