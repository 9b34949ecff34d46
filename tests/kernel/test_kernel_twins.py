"""The kernels answer alike: the pure one is the reference for any other."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels import each_other_kernel, export

from otel_lift.batch import Level, RequestContext, Signal
from otel_lift.implementations import implementations
from otel_lift.kernel import Decoded, pure
from otel_lift.kernel.interface import Kernel
from otel_lift.testing.otlp import requests
from otel_lift.testing.otlp_damage import damage

_IDS = {"trace_id": bytes(16), "span_id": bytes(8)}
each_signal = pytest.mark.parametrize("signal", list(Signal))


def _outcomes(decoded: Decoded) -> list[Any]:
    return [(each.accepted, each.rejected, each.message, type(each.error)) for each in decoded.outcomes]


def _plain(column: Any) -> Any:
    # text, as a NaN is not equal to itself
    return repr(column.to_pylist())


def _assert_alike(kernel: Kernel, signal: Signal, payloads: Sequence[bytes]) -> None:
    expected = pure.decode(signal, payloads, RequestContext(), 7)
    decoded = kernel.decode(signal, payloads, RequestContext(), 7)

    assert _outcomes(decoded) == _outcomes(expected)
    assert list(decoded.batch.tables) == list(expected.batch.tables)
    for level, table in expected.batch.tables.items():
        other = decoded.batch.tables[level]
        other.validate(full=True)
        assert other.schema.equals(table.schema)
        for name in table.schema.names:
            column = table.column(name)
            assert other.column(name).equals(column) or _plain(other.column(name)) == _plain(column), (level, name)
            if hasattr(column, "dictionary"):
                assert other.column(name).dictionary.equals(column.dictionary), (level, name)
        assert decoded.batch.attributes(level).keys.equals(expected.batch.attributes(level).keys), level


@each_other_kernel
@each_signal
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_kernels_decode_any_valid_requests_alike(kernel: Kernel, signal: Signal, data: st.DataObject) -> None:
    """Of valid requests the kernels make the same tables: values, order, nulls and dictionaries."""
    messages = data.draw(st.lists(requests(signal), max_size=4))

    _assert_alike(kernel, signal, [message.SerializeToString() for message in messages])


@each_other_kernel
@each_signal
@settings(max_examples=200, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_kernels_take_and_refuse_damaged_requests_alike(
    kernel: Kernel, signal: Signal, data: st.DataObject, seed: int
) -> None:
    """Of sound and damaged requests in one call, the kernels refuse the same ones and make the same of the others."""
    sound = [message.SerializeToString() for message in data.draw(st.lists(requests(signal), min_size=1, max_size=3))]
    random = Random(seed)

    payloads = [damage(payload, sound, random) for payload in sound]

    _assert_alike(kernel, signal, [*payloads, *sound, *payloads])


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _log(content: bytes) -> bytes:
    return _field(1, _field(2, _field(2, content)))


def _value(content: bytes) -> bytes:
    return _log(_field(6, _field(1, b"k") + _field(2, content)))


_STRING = _field(1, b"s")
_ARRAY = _field(5, _field(1, b"\x18\x01"))
_KVLIST = _field(6, _field(1, _field(1, b"a")))
_BAD = b"\x08\x01"  # a varint where field 1 is text or a message
_MERGED = {
    "a value in two pieces": _log(_field(6, _field(1, b"k") + _field(2, _ARRAY) + _field(2, _ARRAY))),
    "a key twice": _log(_field(6, _field(1, b"k") + _field(1, b"l") + _field(2, _STRING))),
    "a key after its value": _log(_field(6, _field(2, _STRING) + _field(1, b"l"))),
    "arrays become one": _value(_ARRAY + _ARRAY),
    "kvlists become one, with a key twice": _value(_KVLIST + _KVLIST),
    "an array after a string after an array": _value(_ARRAY + _STRING + _ARRAY),
    "a string after an array": _value(_ARRAY + _STRING),
    "a reference after an array": _value(_ARRAY + b"\x40\x01"),
    "a wrong type in an array": _value(_field(5, _BAD)),
    "a wrong type in an array that a string replaces": _value(_field(5, _BAD) + _STRING),
    "a wrong type beside a string": _value(_BAD + _STRING),
    "invalid text in an array that a string replaces": _value(_field(5, _field(1, _field(1, b"\xff"))) + _STRING),
    "a pair in pieces": _value(_field(6, _field(1, _field(2, _ARRAY) + _field(1, b"a") + _field(2, _ARRAY)))),
    "bodies": _log(_field(5, _ARRAY) + _field(5, _ARRAY)),
    "a body replaced": _log(_field(5, _ARRAY) + _field(5, _STRING)),
    "a resource in pieces": _field(
        1,
        _field(1, _field(1, _field(1, b"a")))
        + _field(2, _field(2, b"") + _field(1, b"\x20\x05") + _field(2, b"") + _field(1, _field(1, b"scope")))
        + _field(1, b"\x10\x05" + _field(1, _field(1, b"b"))),
    ),
    "a wrong type in a group of a known number": _value(b"\x7b" + _BAD + b"\x7c" + _STRING),
    "field number zero in a group": _value(b"\x7b\x00\x00\x7c" + _STRING),
    "a tag in five bytes": _value(b"\x8a\x80\x80\x80\x00\x01s"),
    "a tag in six bytes": _value(b"\x8a\x80\x80\x80\x80\x00\x01s"),
    "a size in six bytes": _value(b"\x0a\x81\x80\x80\x80\x80\x00s"),
    "a truth of more than one bit": _value(b"\x10\x80\x80\x80\x80\x10"),
    "an enumeration beyond 32 bits": _log(b"\x10\x82\x80\x80\x80\x80\x01"),
}


@each_other_kernel
@pytest.mark.parametrize("payload", list(_MERGED.values()), ids=list(_MERGED))
def test_kernels_merge_what_came_in_pieces_alike(kernel: Kernel, payload: bytes) -> None:
    """Fields that stand twice are merged, replaced or refused as protobuf does it."""
    _assert_alike(kernel, Signal.LOGS, [payload, payload])


_POINT = _field(1, b"\x21" + bytes(8))
_GAUGE, _SUM, _HISTOGRAM = _field(5, _POINT), _field(7, _POINT + b"\x10\x02"), _field(9, _POINT)
_BUCKETS = b"\x07" + bytes(7)
_METRICS = {
    "data in pieces": _GAUGE + _GAUGE,
    "data in pieces, the temporality in the last": _SUM + _field(7, b"\x18\x80\x20") + _field(7, b"\x10\x01"),
    "data of one kind replaced": _GAUGE + _SUM,
    "data of one kind replaced by empty": _GAUGE + _field(7, b""),
    "data of one kind replaced and back": _GAUGE + _SUM + _GAUGE + _GAUGE,
    "a wrong type in data": _field(5, b"\x08\x01") + _GAUGE,
    "a wrong type in a point that is replaced": _field(5, _field(1, b"\x08\x01\x39" + bytes(8))) + _SUM,
    "a temporality in a gauge": _field(5, _POINT + b"\x10\x02"),
    "invalid text in a point that is replaced": _field(5, _field(1, _field(7, _field(1, b"\xff")))) + _SUM,
    "a wrong type in an attribute that is replaced": _field(5, _field(1, _field(7, _field(2, b"\x08\x01")))) + _SUM,
    "packed and single buckets": _field(9, _field(1, _field(6, _BUCKETS * 2) + b"\x31" + _BUCKETS + _field(6, b""))),
    "packed and single bounds": _field(9, _field(1, _field(7, _BUCKETS) + b"\x39" + _BUCKETS)),
    "packed buckets of seven bytes": _field(9, _field(1, _field(6, _BUCKETS[:7]))),
    "a bucket cut off": _field(9, _field(1, b"\x31" + _BUCKETS[:7])),
    "a varint for a bucket": _field(9, _field(1, b"\x30\x01")),
    "exponential buckets in pieces": _field(
        10, _field(1, _field(8, b"\x08\x03\x12\x02\x01\x02") + _field(8, b"\x10\x80\x01\x08\x04\x12\x00"))
    ),
    "packed varints cut off": _field(10, _field(1, _field(9, b"\x12\x02\x01\x80"))),
    "a negative scale": _field(10, _field(1, b"\x30\xff\xff\xff\xff\x0f")),
    "a value of both types": _field(5, _field(1, b"\x21" + bytes(8) + b"\x31" + _BUCKETS)),
    "the same metric in another order": _field(1, b"m") + _GAUGE + _field(3, b"u") + _field(12, _field(1, b"k")),
    "no data": _field(1, b"m"),
    "data without a point": _field(1, b"m") + _field(5, b"") + _field(12, _field(1, b"k")),
    "a quantile in pieces": _field(
        11, _field(1, _field(6, b"\x11" + _BUCKETS + b"\x09" + bytes(8) + b"\x11" + bytes(8)))
    ),
}


@each_other_kernel
@pytest.mark.parametrize("metric", list(_METRICS.values()), ids=list(_METRICS))
def test_kernels_merge_metrics_alike(kernel: Kernel, metric: bytes) -> None:
    """A metric's data is merged, or replaced by that of another kind, and its lists are read packed or not."""
    sound = _field(2, _field(1, b"m") + _GAUGE)
    part = _field(2, metric)

    payloads = [
        _field(1, _field(2, sound) + _field(2, part + sound + part) + _field(1, _field(1, _field(1, b"a")))),
        _field(1, _field(2, part) + _field(3, b"url")),
        _field(1, _field(2, part + _field(1, _field(1, b"scope")))),
    ]

    _assert_alike(kernel, Signal.METRICS, [*payloads, payloads[0]])


@each_other_kernel
@settings(max_examples=100, deadline=None)
@given(numbers=st.lists(st.floats(), max_size=50), texts=st.lists(st.text(max_size=30), max_size=10))
def test_kernels_write_values_alike(kernel: Kernel, numbers: list[float], texts: list[str]) -> None:
    """Any double and any text stands for itself, on its own and inside JSON."""
    values: list[dict[str, Any]] = [
        *({"double_value": number} for number in numbers),
        *({"string_value": text} for text in texts),
    ]
    nested = {
        "kvlist_value": {"values": [{"key": text, "value": {"array_value": {"values": values}}} for text in texts]}
    }
    attributes = [{"key": f"k{index}", "value": value} for index, value in enumerate([*values, nested])]
    request = export(Signal.LOGS, {"scope_logs": [{"log_records": [{"attributes": attributes, "body": nested}]}]})

    _assert_alike(kernel, Signal.LOGS, [request.SerializeToString()])


@each_other_kernel
def test_kernels_tell_many_keys_apart_alike(kernel: Kernel) -> None:
    """Thousands of distinct keys, some in one kvlist, are numbered in the order in which they came; so are contexts."""
    keys = [f"key {number % 7000}" for number in range(9000)]
    spans = [{**_IDS, "name": key, "attributes": [{"key": key}]} for key in keys]
    bad = [{**span, "trace_id": b"", "name": f"bad {number}"} for number, span in enumerate(spans[:50])]
    kvlist = {"kvlist_value": {"values": [{"key": key} for key in keys[:5000]]}}
    groups = [
        {"resource": {"attributes": [{"key": key}]}, "scope_spans": [{"scope": {"name": key}, "spans": [_IDS]}]}
        for key in keys[:300]
    ]
    payload = export(
        Signal.TRACES,
        *groups,
        {"scope_spans": [{"spans": [*bad, *spans, *bad]}]},
        {"scope_spans": [{"spans": [{**_IDS, "attributes": [{"key": "k", "value": kvlist}]}]}]},
        *groups,
    ).SerializeToString()

    _assert_alike(kernel, Signal.TRACES, [payload, payload[:-1], payload])


@each_other_kernel
def test_a_refused_payload_leaves_no_key_behind(kernel: Kernel) -> None:
    """What a refused payload, or a rejected span, brought is in no dictionary."""
    good = export(Signal.TRACES, {"scope_spans": [{"spans": [{**_IDS, "attributes": [{"key": "good"}]}]}]})
    bad = export(Signal.TRACES, {"scope_spans": [{"spans": [{**_IDS, "name": "n", "attributes": [{"key": "bad"}]}]}]})
    broken = bad.SerializeToString() + b"\xff"

    batch = kernel.decode(Signal.TRACES, [broken, good.SerializeToString(), broken], RequestContext(), 0).batch

    assert batch.attributes(Level.RECORD).keys.to_pylist() == ["good"]
    assert batch.column(Level.RECORD, "name").dictionary.to_pylist() == [""]


@pytest.mark.parametrize(
    ("fields", "accepted"),
    [
        # a key stands once
        ({"attributes": [{"key": "k" * 60}]}, [True, True]),
        ({"attributes": [{"key": "k", "value": {"string_value": "v" * 60}}]}, [True, False]),
        ({"attributes": [{"key": "k" * 101}]}, [False, False]),
        ({"attributes": [{"key": "k", "value": {"string_value": "v" * 101}}]}, [False, False]),
        ({"attributes": [{"key": "k", "value": {"bytes_value": b"v" * 80}}]}, [False, False]),
        (
            {"attributes": [{"key": "k", "value": {"array_value": {"values": [{"string_value": "v" * 99}]}}}]},
            [False] * 2,
        ),
        ({"name": "n" * 101}, [False, False]),
        ({"trace_state": "t" * 101}, [False, False]),
    ],
)
def test_more_text_than_a_column_can_hold_is_refused(fields: dict[str, Any], accepted: list[bool]) -> None:
    """A payload that would overflow the 32-bit offsets of a text column is refused alone, and says what to do."""
    native = implementations("otel_lift.kernel").get("native")
    if native is None:
        pytest.skip("the native kernel is not compiled here")
    large = export(Signal.TRACES, {"scope_spans": [{"spans": [{**_IDS, **fields}]}]}).SerializeToString()
    small = export(Signal.TRACES, {"scope_spans": [{"spans": [_IDS]}]}).SerializeToString()

    decoded = native.decode(Signal.TRACES, [small, large, large, small], RequestContext(), 0, most_text=100)

    errors = [outcome.error for outcome in decoded.outcomes]
    assert [error is None for error in errors] == [True, *accepted, True]
    assert all("send fewer records at once" in str(error) for error in errors if error)
    assert len(decoded.batch) == 2 + sum(accepted)
