"""Messages that are wrong, or only odd, in one place: the structure around it stays right, so that it is reached."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fuzz.wire import Field, join, split, varint

__all__ = ["mutate", "noise"]

_DEEPER = 0.8  # how often a mutation goes into a message rather than stay
_NOT_UTF8 = [b"\xff", b"\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xf8\x88\x80\x80\x80"]
_ODD_UTF8 = ["\0", "\U0010ffff", "\u0800", "\ud7ff", "\x7f\u0080", "é" * 40, "\ufeff", '"\\\n']
_NUMBERS = [0, 1, 127, 128, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1]
_LENGTHS = [0, 1, 127, 128, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1]

Donors = Mapping[str, Sequence[bytes]]
"""Messages to splice from, by the full name of their type."""


def mutate(rng: random.Random, descriptor: Any, message: bytes, donors: Donors) -> bytes:
    """Answer a message of the type with one change, in it or in a message inside."""
    fields, rest = split(message)
    inside = [place for place, field in enumerate(fields) if _type(descriptor, field) is not None]
    if inside and rng.random() < _DEEPER:
        place = rng.choice(inside)
        field = fields[place]
        fields[place] = field.changed(content=mutate(rng, _type(descriptor, field), field.content, donors))
        return join(fields, rest)
    if not fields or rng.random() < 0.1:
        fields.insert(rng.randint(0, len(fields)), _foreign(rng, descriptor, donors))
        return join(fields, rest)
    change = rng.choice(_CHANGES)
    return join(change(rng, descriptor, fields, donors), rest)


def noise(rng: random.Random, message: bytes) -> bytes:
    """Answer bytes that are changed without regard to what they mean."""
    out = bytearray(message)
    for _ in range(rng.randint(1, 4)):
        place = rng.randint(0, len(out))
        match rng.randrange(5):
            case 0 if out:
                out[place % len(out)] ^= 1 << rng.randrange(8)
            case 1:
                out[place:place] = rng.randbytes(rng.randint(1, 8))
            case 2:
                del out[place : place + rng.randint(1, 8)]
            case 3:
                del out[place:]
            case _:
                out[place:place] = out[place : place + rng.randint(1, 64)]
    return bytes(out)


def _type(descriptor: Any, field: Field) -> Any:
    known = descriptor.fields_by_number.get(field.number)
    return None if known is None or field.wire_type != 2 else known.message_type


def _foreign(rng: random.Random, descriptor: Any, donors: Donors) -> Field:
    """Answer a field of another message of this type, or one that no version knows."""
    fields, _ = split(rng.choice(donors.get(descriptor.full_name) or [b""]))
    if fields and rng.random() < 0.7:
        return rng.choice(fields)
    number = rng.choice([0, 1, 15, 16, 100, 2**29 - 1, 2**29, rng.randrange(1, 2**29)])
    wire_type = rng.randrange(8)
    if wire_type == 3:
        begin, end = varint(number << 3 | 3), varint(number << 3 | 4)
        return Field(number, wire_type, begin * rng.choice([0, 1, 99, 101]) + end * rng.choice([0, 1, 2, 102]))
    contents = {0: varint(rng.choice(_NUMBERS)), 1: rng.randbytes(8), 2: rng.randbytes(3), 5: rng.randbytes(4)}
    return Field(number, wire_type, contents.get(wire_type, b""))


_Change = Callable[[random.Random, Any, list[Field], Donors], list[Field]]


def _one(change: Callable[[random.Random, Any, Field], Field]) -> _Change:
    """Change one field of several."""

    def apply(rng: random.Random, descriptor: Any, fields: list[Field], _: Donors) -> list[Field]:
        place = rng.randrange(len(fields))
        fields[place] = change(rng, descriptor, fields[place])
        return fields

    return apply


def _duplicate(rng: random.Random, _: Any, fields: list[Field], __: Donors) -> list[Field]:
    chosen = [rng.choice(fields)] * rng.choice([1, 1, 2, 70])
    place = rng.randint(0, len(fields))
    return fields[:place] + chosen + fields[place:]


def _drop(rng: random.Random, _: Any, fields: list[Field], __: Donors) -> list[Field]:
    fields.pop(rng.randrange(len(fields)))
    return fields


def _shuffle(rng: random.Random, _: Any, fields: list[Field], __: Donors) -> list[Field]:
    rng.shuffle(fields)
    return fields


def _splice(rng: random.Random, descriptor: Any, fields: list[Field], donors: Donors) -> list[Field]:
    others, _ = split(rng.choice(donors.get(descriptor.full_name) or [b""]))
    return fields[: rng.randint(0, len(fields))] + others[rng.randint(0, len(others)) :]


def _retype(rng: random.Random, _: Any, field: Field) -> Field:
    return field.changed(wire_type=rng.randrange(8))


def _renumber(rng: random.Random, descriptor: Any, field: Field) -> Field:
    return field.changed(number=rng.choice([known.number for known in descriptor.fields]))


def _lie(rng: random.Random, _: Any, field: Field) -> Field:
    near = len(field.content) + rng.choice([-2, -1, 1, 2, 9])
    return field.changed(length=max(near, 0) if rng.random() < 0.5 else rng.choice(_LENGTHS), wire_type=2)


def _overlong(rng: random.Random, _: Any, field: Field) -> Field:
    return field.changed(padding=rng.randint(1, 11))


def _text(rng: random.Random, _: Any, field: Field) -> Field:
    text = rng.choice(_NOT_UTF8) if rng.random() < 0.5 else rng.choice(_ODD_UTF8).encode()
    place = rng.randint(0, len(field.content))
    # a check that looks at eight bytes at a time has its edges there
    filling = b"x" * rng.choice([0, 0, 3, 7, 8, 9, 31])
    return field.changed(content=field.content[:place] + filling + text + field.content[place:], wire_type=2)


def _extreme(rng: random.Random, _: Any, field: Field) -> Field:
    contents = {0: varint(rng.choice(_NUMBERS)), 1: rng.choice(_NUMBERS).to_bytes(8, "little"), 5: rng.randbytes(4)}
    return field.changed(content=contents.get(field.wire_type, rng.randbytes(rng.choice([0, 1, 7, 8, 9, 15, 16, 17]))))


def _double(rng: random.Random, _: Any, field: Field) -> Field:
    halves = [0, 1, 0x7FF0, 0xFFF0, 0x7FF8, 0x8000, 0x3FF0, 0x000F, rng.randrange(2**16)]
    content = rng.choice([bytes(6), rng.randbytes(6)]) + rng.choice(halves).to_bytes(2, "little")
    return field.changed(content=content, wire_type=1)


def _nest(rng: random.Random, descriptor: Any, field: Field) -> Field:
    """Put an attribute's value into arrays and maps around it, more than are allowed at times."""
    known = descriptor.fields_by_number.get(field.number)
    if known is None or known.message_type is None or known.message_type.name != "AnyValue":
        return field
    content = field.content
    for _ in range(rng.choice([1, 2, 5, 40, 60])):
        if rng.random() < 0.5:
            content = Field(5, 2, Field(1, 2, content).write()).write()
        else:
            entry = Field(1, 2, rng.choice([b"k", b"$bytes", b""])).write() + Field(2, 2, content).write()
            content = Field(6, 2, Field(1, 2, entry).write()).write()
    return field.changed(content=content)


_CHANGES: Sequence[_Change] = (
    _duplicate,
    _drop,
    _shuffle,
    _splice,
    *map(_one, (_retype, _renumber, _lie, _overlong, _text, _text, _extreme, _extreme, _double, _nest, _nest)),
)
