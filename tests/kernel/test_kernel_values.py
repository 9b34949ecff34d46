"""How a value stands as text, and back."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from kernels import export
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from otel_lift.batch import Signal, ValueType
from otel_lift.kernel.values import to_any, to_text
from otel_lift.testing.otlp import any_values, normalise


def _array(*values: dict[str, Any]) -> dict[str, Any]:
    return {"array_value": {"values": values}}


def _kvlist(*entries: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"kvlist_value": {"values": [{"key": key, "value": value} for key, value in entries]}}


@pytest.mark.parametrize(
    ("fields", "value_type", "text"),
    [
        ({}, ValueType.EMPTY, ""),
        ({"string_value": ""}, ValueType.STRING, ""),
        ({"string_value": "é\0\n"}, ValueType.STRING, "é\0\n"),
        ({"bool_value": True}, ValueType.BOOL, "true"),
        ({"bool_value": False}, ValueType.BOOL, "false"),
        ({"int_value": -(2**63)}, ValueType.INT, "-9223372036854775808"),
        ({"double_value": 1.0}, ValueType.DOUBLE, "1.0"),
        ({"double_value": -0.0}, ValueType.DOUBLE, "-0.0"),
        ({"double_value": 1e16}, ValueType.DOUBLE, "1e+16"),
        ({"double_value": 0.1 + 0.2}, ValueType.DOUBLE, "0.30000000000000004"),
        ({"double_value": 5e-324}, ValueType.DOUBLE, "5e-324"),
        ({"double_value": math.nan}, ValueType.DOUBLE, "NaN"),
        ({"double_value": math.inf}, ValueType.DOUBLE, "Infinity"),
        ({"double_value": -math.inf}, ValueType.DOUBLE, "-Infinity"),
        ({"bytes_value": b"\xfb\xff"}, ValueType.BYTES, "+/8="),
        (_array(), ValueType.ARRAY, "[]"),
        (
            _array({"string_value": 'é"\\\0'}, {"int_value": 1}, {"double_value": 1.0}, {"bool_value": True}, {}),
            ValueType.ARRAY,
            '["é\\"\\\\\\u0000",1,1.0,true,null]',
        ),
        (_array({"bytes_value": b"a"}), ValueType.ARRAY, '[{"$bytes":"YQ=="}]'),
        (_array({"double_value": math.nan}), ValueType.ARRAY, '[{"$double":"NaN"}]'),
        (_kvlist(), ValueType.KVLIST, "{}"),
        (_kvlist(("b", {"int_value": 1}), ("a", _kvlist(("", {})))), ValueType.KVLIST, '{"b":1,"a":{"":null}}'),
        (_kvlist(("a", {}), ("a", {"int_value": 2})), ValueType.KVLIST, '{"$kvlist":[["a",null],["a",2]]}'),
        (_kvlist(("$x", {"string_value": "y"})), ValueType.KVLIST, '{"$kvlist":[["$x","y"]]}'),
    ],
)
def test_each_value_has_its_text(fields: dict[str, Any], value_type: ValueType, text: str) -> None:
    """Scalars read plainly, nested values as JSON, and what JSON lacks is tagged with a `$` key."""
    assert to_text(AnyValue(**fields)) == (value_type, text)


def _meaning(value: AnyValue) -> Any:
    return normalise(export(Signal.LOGS, {"scope_logs": [{"log_records": [{"body": value}]}]}))


@settings(max_examples=300, deadline=None)
@given(value=any_values())
def test_a_text_reads_back_as_its_value(value: AnyValue) -> None:
    """Type and text say all of a value, and nested values are valid JSON."""
    value_type, text = to_text(value)

    back = to_any(value_type, text)

    assert to_text(back) == (value_type, text)
    assert back.WhichOneof("value") == value.WhichOneof("value")
    if value_type in {ValueType.ARRAY, ValueType.KVLIST}:
        json.loads(text)
    assert _meaning(back) == _meaning(value)


@pytest.mark.parametrize(
    ("value_type", "text"),
    [
        (ValueType.EMPTY, "[redacted]"),
        (ValueType.BOOL, "yes"),
        (ValueType.INT, "[redacted]"),
        (ValueType.INT, "9223372036854775808"),
        (ValueType.DOUBLE, ""),
        (ValueType.BYTES, "no base64!"),
        (ValueType.ARRAY, "[redacted]"),
        (ValueType.ARRAY, "{}"),
        (ValueType.ARRAY, "[9223372036854775808]"),
        (ValueType.ARRAY, '["\\ud800"]'),
        (ValueType.ARRAY, '[{"$other":1}]'),
        (ValueType.ARRAY, '[{"$kvlist":[["a"]]}]'),
        (ValueType.ARRAY, '[{"$kvlist":[[1,2]]}]'),
        (ValueType.KVLIST, "[]"),
        (ValueType.KVLIST, '{"$bytes":"YQ=="}'),
        (99, "text"),
    ],
)
def test_a_text_that_is_not_of_its_type_becomes_a_string(value_type: int, text: str) -> None:
    """A value whose text a stage has replaced is still sent on, as the string that it now is."""
    assert to_any(value_type, text) == AnyValue(string_value=text)
