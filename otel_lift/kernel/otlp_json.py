"""OTLP JSON to OTLP protobuf.

As the OTLP specification has it: keys in lowerCamelCase, trace and span ids in hexadecimal of either case,
enumerations as numbers only, unknown keys ignored; the rest as protobuf's JSON mapping: 64-bit integers as strings or
numbers (an integral number may have a point or exponent), bytes in base64 of either alphabet, NaN and infinities as
strings, null for an absent field. Of a key that stands twice in one object, the last counts. A byte order
mark is allowed.
"""

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, DecimalException
from functools import cache, partial
from typing import Any, NoReturn

from google.protobuf.descriptor import FieldDescriptor

from otel_lift.batch import Signal
from otel_lift.errors import DecodeError
from otel_lift.kernel.requests import REQUESTS

__all__ = ["json_to_protobuf"]

_MAX_DEPTH = 100  # messages below the request: protobuf's own limit, so what is accepted here can be decoded
_IDS = frozenset({"traceId", "spanId", "parentSpanId"})
_PROFILES_ONLY = frozenset({"stringValueStrindex", "keyStrindex"})
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")


def json_to_protobuf(signal: Signal, body: bytes) -> bytes:
    """Turn the OTLP JSON of an export request into its protobuf.

    Raises DecodeError, whose message names the place: ``resourceSpans[0].scopeSpans[0].spans[3].traceId: not
    hexadecimal``. It never quotes a value.
    """
    request = REQUESTS[signal]
    content = _parse(body)
    try:
        fields = _message(request.DESCRIPTOR, content, 0)
    except _RefusedError as refused:
        path = "".join(reversed(refused.path)).removeprefix(".")
        raise DecodeError(f"{path or 'request'}: {refused.reason}") from None
    payload: bytes = request(**fields).SerializeToString()
    return payload


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise DecodeError(f"not UTF-8 at byte {error.start}") from error
    except RecursionError as error:
        raise DecodeError("JSON nested too deep") from error
    except json.JSONDecodeError as error:
        raise DecodeError(f"not valid JSON: {error}") from error
    except (ValueError, DecimalException) as error:
        raise DecodeError("not valid JSON: a number is none, or has too many digits") from error


def _no_constant(_: str) -> NoReturn:
    raise ValueError


class _RefusedError(Exception):
    """Why a JSON value is refused, and where: the path's parts, innermost first, added on the way out."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path: list[str] = []


@dataclass(frozen=True, slots=True)
class _Shape:
    """A message's fields by JSON key: the protobuf name and the reader; and the groups of which one may be set."""

    readers: dict[str, tuple[str, Callable[[Any, int], Any]]] = field(default_factory=dict)
    exclusive: tuple[frozenset[str], ...] = ()


@cache
def _shape(descriptor: Any) -> _Shape:
    readers = {
        known.json_name: (known.name, partial(_repeated, _reader(known)) if known.is_repeated else _reader(known))
        for known in descriptor.fields
        if known.json_name not in _PROFILES_ONLY
    }
    exclusive = tuple(frozenset(member.name for member in group.fields) for group in descriptor.oneofs)
    return _Shape(readers, exclusive)


def _message(descriptor: Any, content: Any, depth: int) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise _RefusedError("not an object")
    if depth > _MAX_DEPTH:
        raise _RefusedError(f"more than {_MAX_DEPTH} messages deep")
    shape = _shape(descriptor)
    fields: dict[str, Any] = {}
    for key, item in content.items():
        if item is None or key not in shape.readers:
            continue
        name, read = shape.readers[key]
        try:
            fields[name] = read(item, depth + 1)
        except _RefusedError as refused:
            refused.path.append(f".{key}")
            raise
    for group in shape.exclusive:
        if len(both := group & fields.keys()) > 1:
            raise _RefusedError(f"only one of {', '.join(sorted(both))} may be set")
    return fields


def _repeated(read: Callable[[Any, int], Any], content: Any, depth: int) -> list[Any]:
    if not isinstance(content, list):
        raise _RefusedError("not an array")
    items = []
    for index, item in enumerate(content):
        try:
            items.append(read(item, depth))
        except _RefusedError as refused:
            refused.path.append(f"[{index}]")
            raise
    return items


def _reader(known: FieldDescriptor) -> Callable[[Any, int], Any]:
    if known.message_type is not None:
        return partial(_message, known.message_type)
    if known.json_name in _IDS:
        return _id
    return _SCALARS[known.type]


def _string(content: Any, _: int) -> str:
    if not isinstance(content, str):
        raise _RefusedError("not a string")
    try:
        content.encode()
    except UnicodeEncodeError:
        raise _RefusedError("not valid Unicode: half of a surrogate pair") from None
    return content


def _bool(content: Any, _: int) -> bool:
    if not isinstance(content, bool):
        raise _RefusedError("not true or false")
    return content


def _id(content: Any, _: int) -> bytes:
    try:
        return binascii.unhexlify(_string(content, 0))
    except ValueError:
        raise _RefusedError("not hexadecimal") from None


def _bytes(content: Any, _: int) -> bytes:
    text = _string(content, 0)
    digits = text.rstrip("=")
    if not _BASE64.fullmatch(text) or len(digits) % 4 == 1:
        raise _RefusedError("not base64")
    return base64.urlsafe_b64decode(digits.replace("+", "-").replace("/", "_") + "=" * (-len(digits) % 4))


def _double(content: Any, _: int) -> float:
    if isinstance(content, str) and content in {"NaN", "Infinity", "-Infinity"}:
        return float(content)
    try:
        number = float(_number(content))
    except OverflowError:
        number = math.inf
    if math.isinf(number):
        raise _RefusedError("out of range")
    return number


def _integer(lowest: int, highest: int, content: Any, _: int) -> int:
    number = _number(content)
    if isinstance(number, Decimal):
        if number and number.adjusted() > 20:  # before int(), which would write out the zeros of 1e999999999
            raise _RefusedError("out of range")
        if int(number) != number:
            raise _RefusedError("not an integer")
    if not lowest <= number <= highest:
        raise _RefusedError("out of range")
    return int(number)


def _enum(content: Any, _: int) -> int:
    if isinstance(content, str):
        raise _RefusedError("not a number (OTLP JSON has no enumeration names)")
    return _integer(-(2**31), 2**31 - 1, content, 0)


def _number(content: Any) -> int | Decimal:
    if isinstance(content, int | Decimal) and not isinstance(content, bool):
        return content
    if not isinstance(content, str) or not _NUMBER.fullmatch(content):
        raise _RefusedError("not a number")
    try:
        return Decimal(content)
    except DecimalException:
        raise _RefusedError("out of range") from None


_SIGNED = {32: partial(_integer, -(2**31), 2**31 - 1), 64: partial(_integer, -(2**63), 2**63 - 1)}
_UNSIGNED = {32: partial(_integer, 0, 2**32 - 1), 64: partial(_integer, 0, 2**64 - 1)}

_SCALARS: Mapping[int, Callable[[Any, int], Any]] = {
    FieldDescriptor.TYPE_STRING: _string,
    FieldDescriptor.TYPE_BOOL: _bool,
    FieldDescriptor.TYPE_BYTES: _bytes,
    FieldDescriptor.TYPE_DOUBLE: _double,
    FieldDescriptor.TYPE_ENUM: _enum,
    FieldDescriptor.TYPE_SINT32: _SIGNED[32],
    FieldDescriptor.TYPE_INT64: _SIGNED[64],
    FieldDescriptor.TYPE_SFIXED64: _SIGNED[64],
    FieldDescriptor.TYPE_UINT32: _UNSIGNED[32],
    FieldDescriptor.TYPE_FIXED32: _UNSIGNED[32],
    FieldDescriptor.TYPE_UINT64: _UNSIGNED[64],
    FieldDescriptor.TYPE_FIXED64: _UNSIGNED[64],
}
