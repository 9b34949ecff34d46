"""Damage to OTLP messages, of the kinds that a parser must answer for: bytes, and fields where none should be.

Half of it keeps the message well formed as protobuf, so that it is read to the end: fields twice, in another order, in
pieces, of a wrong wire type, unknown, in groups, or with a value at the edge of what is valid.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from random import Random

__all__ = ["damage"]

_VARINT, _FIXED64, _BYTES, _GROUP, _GROUP_END, _FIXED32 = range(6)
_DEPTH = 20  # messages inside messages that are looked for
_VARINTS = (b"\x00", b"\x80\x00", b"\x80" * 4 + b"\x10", b"\xff" * 9 + b"\x01", b"\xff" * 9 + b"\x7f", b"\xff" * 10)
_TEXTS = (
    b"",
    b"a" * 8 + b"\xff",
    bytes(9),
    "é€😀".encode() * 3,
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b'"\\\n\t\x01\x7f',
    b"$bytes",
)
_ODD = (
    # values in two pieces, of another member of their oneof, with fields of a wrong type that are replaced or are not
    "0a016b",
    "12042a020a00",
    "120632040a020a00",
    "2a070a030a01780801",
    "2a020801",
    "320f0a030a01610a080a016112031805",
    "4003",
    "10" + "ff" * 9 + "01",
    "21000000000000f87f",
    "3a03fbff00",
)


class _Field:
    """A field with its tag, and its content: bytes, or the fields of a message."""

    def __init__(self, tag: int, content: "bytes | list[_Field]") -> None:
        self.tag = tag
        self.content = content

    def written(self) -> bytes:
        content = self.content if isinstance(self.content, bytes) else _written(self.content)
        return _varint(self.tag) + (_varint(len(content)) if self.tag & 7 == _BYTES else b"") + content


def damage(payload: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """Damage a message in one to four places; `others` are messages of its kind, of which parts may be put in."""
    if random.random() < 0.5:
        damaged = bytearray(payload)
        for _ in range(random.randrange(1, 5)):
            random.choice(_BYTES_DAMAGES)(damaged, others, random)
        return bytes(damaged)
    fields = _read(payload, 0)
    assert fields is not None, "only a message that is well formed can be damaged"
    for _ in range(random.randrange(1, 5)):
        places = [place for place in _lists(fields) if place]
        if not places:
            return payload
        place = random.choice(places)
        random.choice(_FIELD_DAMAGES)(place, random.choice(places), random)
    return _written(fields)


def _flip(payload: bytearray, _: Sequence[bytes], random: Random) -> None:
    if payload:
        payload[random.randrange(len(payload))] ^= 1 << random.randrange(8)


def _insert(payload: bytearray, _: Sequence[bytes], random: Random) -> None:
    at = random.randrange(len(payload) + 1)
    payload[at:at] = random.randbytes(random.randrange(1, 3))


def _delete(payload: bytearray, _: Sequence[bytes], random: Random) -> None:
    at = random.randrange(len(payload) + 1)
    del payload[at : at + random.randrange(1, 4)]


def _cut(payload: bytearray, _: Sequence[bytes], random: Random) -> None:
    del payload[random.randrange(len(payload) + 1) :]


def _splice(payload: bytearray, others: Sequence[bytes], random: Random) -> None:
    other = random.choice(others)
    start = random.randrange(len(other) + 1)
    at = random.randrange(len(payload) + 1)
    payload[at:at] = other[start : random.randrange(start, len(other) + 1)]


def _repeat(place: list[_Field], other: list[_Field], random: Random) -> None:
    place.insert(random.randrange(len(place) + 1), deepcopy(random.choice(random.choice((place, other)))))


def _remove(place: list[_Field], _: list[_Field], random: Random) -> None:
    del place[random.randrange(len(place))]


def _shuffle(place: list[_Field], _: list[_Field], random: Random) -> None:
    random.shuffle(place)


def _retype(place: list[_Field], _: list[_Field], random: Random) -> None:
    at = random.randrange(len(place))
    contents = {_VARINT: b"\x05", _FIXED64: bytes(8), _BYTES: b"\x08\x01", _FIXED32: bytes(4)}
    wire = random.choice(list(contents))
    place.insert(at, _Field(place[at].tag & ~7 | wire, contents[wire]))


def _enclose(place: list[_Field], _: list[_Field], random: Random) -> None:
    at = random.randrange(len(place))
    number = random.choice((1, 2, 3, 100))
    inside = random.choice((b"", b"\x00\x00", place[at].written()))
    place.insert(at, _Field(number << 3 | _GROUP, inside + _varint(number << 3 | _GROUP_END)))


def _divide(place: list[_Field], _: list[_Field], random: Random) -> None:
    at = random.randrange(len(place))
    tag, content = place[at].tag, place[at].content
    if isinstance(content, list):
        middle = random.randrange(len(content) + 1)
        place[at : at + 1] = [_Field(tag, content[:middle]), _Field(tag, content[middle:])]


def _set(place: list[_Field], _: list[_Field], random: Random) -> None:
    field = random.choice(place)
    if field.tag & 7 == _VARINT:
        field.content = random.choice(_VARINTS)
    elif field.tag & 7 == _BYTES:
        field.content = random.choice(_TEXTS)


def _add(place: list[_Field], _: list[_Field], random: Random) -> None:
    number = random.choice((*range(1, 21), 100))
    field = _Field(number << 3 | _BYTES, random.choice((b"", b"\xff", b"\x0a\x00", random.randbytes(3))))
    if random.random() < 0.6:
        [field] = _read(bytes.fromhex(random.choice(_ODD)), 0) or [field]
    place.insert(random.randrange(len(place) + 1), field)


_BYTES_DAMAGES: tuple[Callable[[bytearray, Sequence[bytes], Random], None], ...] = (
    _flip,
    _insert,
    _delete,
    _cut,
    _splice,
)
_FIELD_DAMAGES: tuple[Callable[[list[_Field], list[_Field], Random], None], ...] = (
    _repeat,
    _remove,
    _shuffle,
    _retype,
    _enclose,
    _divide,
    _set,
    _add,
)


def _lists(fields: list[_Field]) -> list[list[_Field]]:
    found = [fields]
    for field in fields:
        if isinstance(field.content, list):
            found += _lists(field.content)
    return found


def _written(fields: list[_Field]) -> bytes:
    return b"".join(field.written() for field in fields)


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def _read(payload: bytes, depth: int) -> list[_Field] | None:
    """Answer the fields of a message, or None for bytes that are none; text that happens to be one is taken for it."""
    fields = []
    at = 0
    while at < len(payload):
        tag, at = _number(payload, at)
        start = at
        if tag & 7 == _VARINT:
            _, at = _number(payload, at)
        elif tag & 7 == _BYTES:
            size, start = _number(payload, at)
            at = start + size
        else:
            at += {_FIXED64: 8, _FIXED32: 4}.get(tag & 7, len(payload) + 1)
        if not 8 <= tag < 1 << 32 or at > len(payload):
            return None
        content = payload[start:at]
        inside = _read(content, depth + 1) if tag & 7 == _BYTES and content and depth < _DEPTH else None
        fields.append(_Field(tag, content if inside is None else inside))
    return fields


def _number(payload: bytes, at: int) -> tuple[int, int]:
    """Answer a varint and where it ends, which is past the payload if it has no end."""
    number = shift = 0
    while at < len(payload) and shift < 70:
        number |= (payload[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if payload[at - 1] < 128:
            return number, at
    return 0, len(payload) + 1
