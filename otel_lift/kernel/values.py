"""The text of a value: how an OTLP `AnyValue` stands in the `value` column, and how it is read back.

The text of a scalar is told at `ValueType`. Doubles are written as Python's `repr` writes them (`1.0`, `1e+16`,
`-0.0`), so they always differ from integers; all NaNs are one. ARRAY and KVLIST are JSON without spaces, with only
``"``, the backslash and characters below U+0020 escaped, as Python's `json` does:

========================================  ====================================
value inside an array or a kvlist         JSON
========================================  ====================================
string, bool                              the same
int                                       a number without point and exponent
double                                    a number with point or exponent
NaN, infinity                             ``{"$double":"NaN"}``, ``{"$double":"-Infinity"}``
bytes                                     ``{"$bytes":"<base64>"}``
empty                                     ``null``
array                                     an array
kvlist                                    an object, keys in the order sent
kvlist that has a key twice, or a key     ``{"$kvlist":[["key",value],...]}``
that starts with ``$``
========================================  ====================================

So the common cases read naturally, and every value has one text and every text one value.
"""

import base64
import json
import math
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from otel_lift.batch import ValueType

__all__ = ["to_any", "to_text"]


def to_text(value: AnyValue) -> tuple[ValueType, str]:
    """Answer the type and the text of a value."""
    match value.WhichOneof("value"):
        case "string_value":
            return ValueType.STRING, value.string_value
        case "int_value":
            return ValueType.INT, str(value.int_value)
        case "bool_value":
            return ValueType.BOOL, "true" if value.bool_value else "false"
        case "double_value":
            return ValueType.DOUBLE, _double_text(value.double_value)
        case "array_value":
            return ValueType.ARRAY, _dump([_natural(item) for item in value.array_value.values])
        case "kvlist_value":
            return ValueType.KVLIST, _dump(_mapping(value.kvlist_value.values))
        case "bytes_value":
            return ValueType.BYTES, _base64(value.bytes_value)
        case _:
            return ValueType.EMPTY, ""


def to_any(value_type: int, text: str) -> AnyValue:
    """Read a value back; a text that is not of its type (a stage put another in its place) becomes a string."""
    try:
        return AnyValue(**_READERS[ValueType(value_type)](text))
    except (ValueError, TypeError):
        return AnyValue(string_value=text)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _double_text(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _natural(value: AnyValue) -> Any:
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "int_value":
            return value.int_value
        case "bool_value":
            return value.bool_value
        case "double_value":
            number = value.double_value
            return number if math.isfinite(number) else {"$double": _double_text(number)}
        case "array_value":
            return [_natural(item) for item in value.array_value.values]
        case "kvlist_value":
            return _mapping(value.kvlist_value.values)
        case "bytes_value":
            return {"$bytes": _base64(value.bytes_value)}
        case _:
            return None


def _mapping(entries: Iterable[KeyValue]) -> dict[str, Any]:
    pairs = [(entry.key, _natural(entry.value)) for entry in entries]
    mapping = dict(pairs)
    if len(mapping) < len(pairs) or any(key.startswith("$") for key in mapping):
        return {"$kvlist": pairs}
    return mapping


def _empty(text: str) -> dict[str, Any]:
    if text:
        raise ValueError("an empty value has no text")
    return {}


def _bool(text: str) -> dict[str, Any]:
    if text not in {"true", "false"}:
        raise ValueError("neither true nor false")
    return {"bool_value": text == "true"}


def _bytes(text: str) -> dict[str, Any]:
    return {"bytes_value": base64.b64decode(text, validate=True)}


def _array(text: str) -> dict[str, Any]:
    fields = _fields(json.loads(text))
    if "array_value" not in fields:
        raise ValueError("not an array")
    return fields


def _kvlist(text: str) -> dict[str, Any]:
    fields = _fields(json.loads(text))
    if "kvlist_value" not in fields:
        raise ValueError("not a kvlist")
    return fields


_READERS: Mapping[ValueType, Callable[[str], dict[str, Any]]] = MappingProxyType(
    {
        ValueType.EMPTY: _empty,
        ValueType.STRING: lambda text: {"string_value": text},
        ValueType.BOOL: _bool,
        ValueType.INT: lambda text: {"int_value": int(text)},
        ValueType.DOUBLE: lambda text: {"double_value": float(text)},
        ValueType.ARRAY: _array,
        ValueType.KVLIST: _kvlist,
        ValueType.BYTES: _bytes,
    }
)


def _fields(value: Any) -> dict[str, Any]:
    """Answer the fields of the `AnyValue` whose nested JSON is `value`."""
    if value is None:
        return {}
    if isinstance(value, str):
        return {"string_value": value}
    if isinstance(value, bool):
        return {"bool_value": value}
    if isinstance(value, int):
        return {"int_value": value}
    if isinstance(value, float):
        return {"double_value": value}
    if isinstance(value, list):
        return {"array_value": {"values": [_fields(item) for item in value]}}
    return _tagged(value) if any(key.startswith("$") for key in value) else _entries(value.items())


def _tagged(value: dict[str, Any]) -> dict[str, Any]:
    match value:
        case {"$bytes": str(text), **rest} if not rest:
            return _bytes(text)
        case {"$double": "NaN" | "Infinity" | "-Infinity" as text, **rest} if not rest:
            return {"double_value": float(text)}
        case {"$kvlist": list(pairs), **rest} if not rest:
            return _entries(pairs)
        case _:
            raise ValueError("not a value that the kernel writes")


def _entries(pairs: Iterable[Any]) -> dict[str, Any]:
    return {"kvlist_value": {"values": [{"key": key, "value": _fields(item)} for key, item in pairs]}}
