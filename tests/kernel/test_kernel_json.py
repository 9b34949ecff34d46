"""OTLP JSON: the specification's own rules, and the place named where they are broken."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict, Parse
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels import each_kernel

from otel_lift.batch import RequestContext, Signal
from otel_lift.errors import DecodeError
from otel_lift.kernel import json_to_protobuf
from otel_lift.kernel.interface import Kernel
from otel_lift.kernel.requests import REQUESTS
from otel_lift.testing.otlp import normalise, requests

_EXAMPLES = Path(__file__).parents[2].parent / "shared" / "data" / "otlp-examples"
_IDS = {"traceId", "spanId", "parentSpanId"}
_INTEGERS = {
    "intValue",
    "timeUnixNano",
    "observedTimeUnixNano",
    "startTimeUnixNano",
    "endTimeUnixNano",
    "asInt",
    "count",
    "zeroCount",
    "bucketCounts",
}


def _as_otlp(content: Any, *, upper: bool, numbers: bool) -> Any:
    """Turn protobuf's JSON mapping into OTLP's: hexadecimal ids; 64-bit integers may be numbers."""
    if isinstance(content, list):
        return [_as_otlp(item, upper=upper, numbers=numbers) for item in content]
    if not isinstance(content, dict):
        return content
    out: dict[str, Any] = {}
    for key, value in content.items():
        if key in _IDS:
            digits = base64.b64decode(value).hex()
            out[key] = digits.upper() if upper else digits
        elif key in _INTEGERS and numbers:
            out[key] = [int(each) for each in value] if isinstance(value, list) else int(value)
        else:
            out[key] = _as_otlp(value, upper=upper, numbers=numbers)
    return out


def _otlp_json(message: Message, *, upper: bool = False, numbers: bool = False) -> bytes:
    content = MessageToDict(message, use_integers_for_enums=True)
    return json.dumps(_as_otlp(content, upper=upper, numbers=numbers), allow_nan=False).encode()


@pytest.mark.parametrize("signal", list(Signal))
@settings(max_examples=150, deadline=None)
@given(data=st.data(), upper=st.booleans(), numbers=st.booleans())
def test_any_valid_request_survives_json(signal: Signal, data: st.DataObject, upper: bool, numbers: bool) -> None:
    """The JSON of any request says what its protobuf says, with hex of either case and integers of either form."""
    message = data.draw(requests(signal))

    payload = json_to_protobuf(signal, _otlp_json(message, upper=upper, numbers=numbers))

    assert normalise(REQUESTS[signal].FromString(payload)) == normalise(message)


def _span(fields: dict[str, Any]) -> bytes:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [fields]}]}]}).encode()


def _read_span(fields: dict[str, Any]) -> dict[str, Any]:
    message = REQUESTS[Signal.TRACES].FromString(json_to_protobuf(Signal.TRACES, _span(fields)))
    [record] = normalise(message)
    span: dict[str, Any] = record["record"]
    return span


def _value(value: Any) -> dict[str, Any]:
    return {"attributes": [{"key": "k", "value": value}]}


_ID = "5B8EFFF798038103D269B633813FC60C"


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ({"traceId": _ID}, {"trace_id": bytes.fromhex(_ID)}),
        ({"traceId": _ID.lower(), "spanId": ""}, {"trace_id": bytes.fromhex(_ID)}),
        ({"spanId": "ab"}, {"span_id": b"\xab"}),
        ({"name": "n", "unheardOf": [[{}]], "trace_id": _ID, "start_time_unix_nano": "1"}, {"name": "n"}),
        ({"name": None, "attributes": None, "status": None, "traceId": None, "kind": None}, {}),
        ({"kind": 2}, {"kind": 2}),
        ({"kind": 77}, {"kind": 77}),
        ({"kind": 2.0, "flags": 257}, {"kind": 2, "flags": 257}),
        ({"startTimeUnixNano": "18446744073709551615"}, {"start_time_unix_nano": 2**64 - 1}),
        ({"startTimeUnixNano": 18446744073709551615}, {"start_time_unix_nano": 2**64 - 1}),
        ({"startTimeUnixNano": "1.5447126603e18"}, {"start_time_unix_nano": 1544712660300000000}),
        ({"startTimeUnixNano": 1e3}, {"start_time_unix_nano": 1000}),
        ({"startTimeUnixNano": "1000.0"}, {"start_time_unix_nano": 1000}),
        ({"droppedEventsCount": "3"}, {"dropped_events_count": 3}),
    ],
)
def test_fields_are_read_as_the_specification_says(fields: dict[str, Any], read: dict[str, Any]) -> None:
    """Hex of either case, unknown keys and null, numbers for enumerations, integers as strings and numbers."""
    assert _read_span(fields) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"stringValue": ""}, {"string_value": ""}),
        ({"boolValue": False}, {"bool_value": False}),
        ({"intValue": "-9223372036854775808"}, {"int_value": -(2**63)}),
        ({"intValue": 9223372036854775807}, {"int_value": 2**63 - 1}),
        ({"doubleValue": 5}, {"double_value": (5.0).hex()}),
        ({"doubleValue": "-1.5e3"}, {"double_value": (-1500.0).hex()}),
        ({"doubleValue": -0.0}, {"double_value": (-0.0).hex()}),
        ({"doubleValue": "NaN"}, {"double_value": "NaN"}),
        ({"doubleValue": "-Infinity"}, {"double_value": float("-inf").hex()}),
        ({"bytesValue": "+/8="}, {"bytes_value": b"\xfb\xff"}),
        ({"bytesValue": "-_8"}, {"bytes_value": b"\xfb\xff"}),
        ({"bytesValue": ""}, {"bytes_value": b""}),
        ({"arrayValue": {}}, {"array_value": {}}),
        ({"kvlistValue": {"values": []}}, {"kvlist_value": {}}),
        ({"stringValue": None, "intValue": "3"}, {"int_value": 3}),
    ],
)
def test_values_are_read_as_the_specification_says(value: Any, read: dict[str, Any]) -> None:
    """Each kind of value, with the JSON forms that protobuf's mapping allows."""
    assert _read_span(_value(value)) == {"attributes": [{"key": "k", "value": read}]}


@pytest.mark.parametrize("value", [{}, None, {"stringValueStrindex": 3}])
def test_a_value_that_says_nothing_is_empty(value: Any) -> None:
    """An empty object, null and a reference into a profile leave the attribute without a value."""
    assert _read_span(_value(value)) == {"attributes": [{"key": "k"}]}


_SPAN_PATH = "resourceSpans[0].scopeSpans[0].spans[0]"
_VALUE_PATH = f"{_SPAN_PATH}.attributes[0].value"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"traceId": "xyz"}, f"{_SPAN_PATH}.traceId: not hexadecimal"),
        ({"traceId": "abc"}, f"{_SPAN_PATH}.traceId: not hexadecimal"),
        ({"spanId": "é" * 16}, f"{_SPAN_PATH}.spanId: not hexadecimal"),
        ({"parentSpanId": "ab cd"}, f"{_SPAN_PATH}.parentSpanId: not hexadecimal"),
        ({"links": [{}, {"traceId": 7}]}, f"{_SPAN_PATH}.links[1].traceId: not a string"),
        (
            {"kind": "SPAN_KIND_SERVER"},
            f"{_SPAN_PATH}.kind: not a number (OTLP JSON has no enumeration names)",
        ),
        ({"kind": 2**31}, f"{_SPAN_PATH}.kind: out of range"),
        ({"name": 5}, f"{_SPAN_PATH}.name: not a string"),
        ({"name": "\ud800"}, f"{_SPAN_PATH}.name: not valid Unicode: half of a surrogate pair"),
        ({"flags": -1}, f"{_SPAN_PATH}.flags: out of range"),
        ({"flags": True}, f"{_SPAN_PATH}.flags: not a number"),
        ({"startTimeUnixNano": "18446744073709551616"}, f"{_SPAN_PATH}.startTimeUnixNano: out of range"),
        ({"startTimeUnixNano": "1e999999999"}, f"{_SPAN_PATH}.startTimeUnixNano: out of range"),
        ({"startTimeUnixNano": "1e" + "9" * 30}, f"{_SPAN_PATH}.startTimeUnixNano: out of range"),
        ({"startTimeUnixNano": 1.5}, f"{_SPAN_PATH}.startTimeUnixNano: not an integer"),
        ({"startTimeUnixNano": "1e-999999999"}, f"{_SPAN_PATH}.startTimeUnixNano: not an integer"),
        ({"startTimeUnixNano": " 1"}, f"{_SPAN_PATH}.startTimeUnixNano: not a number"),
        ({"startTimeUnixNano": "1_0"}, f"{_SPAN_PATH}.startTimeUnixNano: not a number"),
        ({"startTimeUnixNano": ""}, f"{_SPAN_PATH}.startTimeUnixNano: not a number"),
        ({"attributes": {}}, f"{_SPAN_PATH}.attributes: not an array"),
        ({"attributes": [None]}, f"{_SPAN_PATH}.attributes[0]: not an object"),
        ({"status": []}, f"{_SPAN_PATH}.status: not an object"),
        (_value("text"), f"{_VALUE_PATH}: not an object"),
        (_value({"intValue": "9223372036854775808"}), f"{_VALUE_PATH}.intValue: out of range"),
        (_value({"boolValue": "true"}), f"{_VALUE_PATH}.boolValue: not true or false"),
        (_value({"doubleValue": "nan"}), f"{_VALUE_PATH}.doubleValue: not a number"),
        (_value({"doubleValue": "1e400"}), f"{_VALUE_PATH}.doubleValue: out of range"),
        (_value({"doubleValue": 10**400}), f"{_VALUE_PATH}.doubleValue: out of range"),
        (_value({"doubleValue": []}), f"{_VALUE_PATH}.doubleValue: not a number"),
        (_value({"bytesValue": "a b"}), f"{_VALUE_PATH}.bytesValue: not base64"),
        (_value({"bytesValue": "AAAAA"}), f"{_VALUE_PATH}.bytesValue: not base64"),
        (
            _value({"stringValue": "a", "intValue": 1}),
            f"{_VALUE_PATH}: only one of int_value, string_value may be set",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_place(fields: dict[str, Any], message: str) -> None:
    """The error names the path of the value that is wrong and what it is not, without quoting it."""
    with pytest.raises(DecodeError) as refused:
        json_to_protobuf(Signal.TRACES, _span(fields))

    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"{} {}", "not valid JSON"),
        (b"[]", "request: not an object"),
        (b"null", "request: not an object"),
        (b'{"resourceSpans": {}}', "resourceSpans: not an array"),
        (b'{"x": NaN}', "not valid JSON"),
        (b'{"x": ' + b"9" * 5000 + b"}", "not valid JSON"),
        (b'{"x": 1e99999999999999999999}', "not valid JSON"),
        (b'{"name": "\xff"}', "not UTF-8 at byte 10"),
        ('{"resourceSpans": []}'.encode("utf-16"), "not UTF-8 at byte 0"),
        (b"[" * 10_000 + b"]" * 10_000, "nested too deep"),
        (b'{"unheardOf":' * 10_000 + b"1" + b"}" * 10_000, "nested too deep"),
    ],
)
def test_a_body_that_is_no_request_is_refused(body: bytes, message: str) -> None:
    """Broken, foreign and bottomless bodies are a DecodeError, never a crash."""
    with pytest.raises(DecodeError, match=message):
        json_to_protobuf(Signal.TRACES, body)


@pytest.mark.parametrize("body", [b"{}", b"\xef\xbb\xbf{}", b' {"resourceSpans": null}\n'])
def test_an_empty_request_is_valid(body: bytes) -> None:
    """An object without a record is an empty request, a byte order mark or not."""
    assert json_to_protobuf(Signal.TRACES, body) == b""


def test_of_a_repeated_key_the_last_counts() -> None:
    """A key that stands twice in one object has the later value, as most JSON readers have it."""
    body = _span({"name": "first"}).replace(b'"name"', b'"name": "zeroth", "name"')

    [record] = normalise(REQUESTS[Signal.TRACES].FromString(json_to_protobuf(Signal.TRACES, body)))

    assert record["record"] == {"name": "first"}


@each_kernel
@pytest.mark.parametrize("depth", [1, 46, 47, 48, 60, 200])
def test_json_nests_as_deep_as_protobuf(kernel: Kernel, depth: int) -> None:
    """What JSON may nest is exactly what the kernel can decode."""
    value: dict[str, Any] = {"boolValue": True}
    for _ in range(depth):
        value = {"arrayValue": {"values": [value]}}
    body = _span({"traceId": "0" * 32, "spanId": "0" * 16, **_value(value)})

    if depth <= 47:
        [outcome] = kernel.decode(Signal.TRACES, [json_to_protobuf(Signal.TRACES, body)], RequestContext(), 0).outcomes
        assert (outcome.error, outcome.accepted) == (None, 1)
    else:
        with pytest.raises(DecodeError, match="more than 100 messages deep"):
            json_to_protobuf(Signal.TRACES, body)


def _example(name: str) -> bytes:
    path = _EXAMPLES / name
    if not path.exists():
        pytest.skip("left out: the folder shared/data/otlp-examples is not beside this checkout")
    return path.read_bytes()


@each_kernel
@pytest.mark.parametrize(
    ("name", "signal"), [("trace.json", Signal.TRACES), ("logs.json", Signal.LOGS), ("events.json", Signal.LOGS)]
)
def test_the_specifications_examples_survive_the_round_trip(kernel: Kernel, name: str, signal: Signal) -> None:
    """The OTLP JSON examples decode to one record each, and columns say again exactly what the JSON says."""
    body = _example(name)

    payload = json_to_protobuf(signal, body)
    decoded = kernel.decode(signal, [payload], RequestContext(), 0)

    assert [outcome.accepted for outcome in decoded.outcomes] == [1]
    back = REQUESTS[signal].FromString(kernel.encode(decoded.batch))
    assert json.loads(_otlp_json(back, upper=True)) == json.loads(body)


@each_kernel
def test_the_specifications_example_of_metrics_survives_the_round_trip(kernel: Kernel) -> None:
    """The OTLP JSON example of metrics reads as protobuf's own JSON reader has it, and columns say it again."""
    body = _example("metrics.json")
    message = Parse(body, REQUESTS[Signal.METRICS]())

    decoded = kernel.decode(Signal.METRICS, [json_to_protobuf(Signal.METRICS, body)], RequestContext(), 0)

    assert [outcome.accepted for outcome in decoded.outcomes] == [4]
    assert REQUESTS[Signal.METRICS].FromString(kernel.encode(decoded.batch)) == message


@pytest.mark.parametrize("signal", [Signal.TRACES, Signal.LOGS])
def test_a_request_of_another_signal_has_no_records(signal: Signal) -> None:
    """The metrics example has only keys that traces and logs do not know, which are ignored."""
    assert json_to_protobuf(signal, _example("metrics.json")) == b""
