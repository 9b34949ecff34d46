"""Malformed input is refused alone: never a crash, never a silent loss, no harm to other payloads."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels import each_kernel, export

from otel_lift.batch import RequestContext, Signal
from otel_lift.errors import DecodeError
from otel_lift.kernel import Decoded
from otel_lift.kernel.interface import Kernel
from otel_lift.kernel.requests import REQUESTS
from otel_lift.testing.otlp import normalise, requests


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _inside(path: list[int], content: bytes) -> bytes:
    for number in reversed(path):
        content = _field(number, content)
    return content


# field numbers from the request down
_SPAN = [1, 2, 2]
_LOG = [1, 2, 2]
_ATTRIBUTE = [*_SPAN, 9]
_IDS = _field(1, b"t" * 16) + _field(2, b"s" * 8)


def _span(content: bytes) -> bytes:
    return _inside(_SPAN, _IDS + content)


def _nested_arrays(depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = _inside([5, 1], content)
    return _inside([9, 2], content)


def _decode(kernel: Kernel, signal: Signal, *payloads: bytes) -> Decoded:
    return kernel.decode(signal, payloads, RequestContext(), 0)


_MALFORMED = {
    "a byte that is no tag": b"\xff",
    "field number zero": b"\x00\x00",
    "wire type 7": b"\x0f",
    "truncated length": b"\x0a",
    "truncated content": b"\x0a\x05ab",
    "truncated inside": _span(_field(5, b"name"))[:-1],
    "length shorter than its content": _inside([1, 2], b"\x12\x01" + _IDS),
    "declared length of 2 GiB": b"\x0a\xff\xff\xff\xff\x07",
    "declared length of 4 GiB": b"\x0a\xff\xff\xff\xff\x0f",
    "declared length of 2^64 - 1": b"\x0a" + b"\xff" * 9 + b"\x01",
    "over-long varint in a tag": b"\x80" * 10 + b"\x01",
    "over-long varint in a length": b"\x0a" + b"\x80" * 10 + b"\x01",
    "over-long varint in a value": _span(b"\x30" + b"\x80" * 10 + b"\x01"),
    "varint for a message": b"\x08\x01",
    "varint for a string": _span(b"\x28\x01"),
    "varint for a fixed64": _span(b"\x38\x01"),
    "bytes for an enumeration": _span(_field(6, b"\x01")),
    "fixed32 for a double": _inside(_ATTRIBUTE, _field(2, b"\x25\0\0\0\0")),
    "group for a message": b"\x0b\x0c",
    "open group": b"\xfb\x01",
    "end of no group": b"\x0c",
    "invalid UTF-8 in a name": _span(_field(5, b"\xff\xfe")),
    "surrogate in a name": _span(_field(5, b"\xed\xa0\x80")),
    "over-long UTF-8 in a key": _inside(_ATTRIBUTE, _field(1, b"\xc0\x80")),
    "invalid UTF-8 in a value": _inside(_ATTRIBUTE, _field(2, _field(1, b"\x80"))),
    "arrays 10,000 deep": _span(_nested_arrays(10_000)),
    "unknown groups 10,000 deep": b"\xfb\x01" * 10_000 + b"\xfc\x01" * 10_000,
    "text": b"GET / HTTP/1.1\r\n\r\n",
    "JSON": b'{"resourceSpans":[]}',
}


@each_kernel
@pytest.mark.parametrize("payload", list(_MALFORMED.values()), ids=list(_MALFORMED))
def test_a_malformed_payload_is_refused_alone(kernel: Kernel, payload: bytes) -> None:
    """A payload that is no valid message has an error and no row; those before and after it are accepted."""
    good = _span(_field(5, b"good"))

    decoded = _decode(kernel, Signal.TRACES, good, payload, good)

    before, bad, after = decoded.outcomes
    assert isinstance(bad.error, DecodeError)
    assert (bad.accepted, bad.rejected) == (0, 0)
    assert (before.error, before.accepted) == (after.error, after.accepted) == (None, 1)
    assert decoded.batch.records.column("name").to_pylist() == ["good", "good"]


@each_kernel
def test_messages_nest_as_deep_as_protobuf_allows(kernel: Kernel) -> None:
    """100 messages below the request are read, 102 are refused."""
    # group, scope, span, attribute and value are 5; an array and its item 2 more
    fits, too_deep = _span(_nested_arrays(47)), _span(_nested_arrays(48))

    accepted, refused = _decode(kernel, Signal.TRACES, fits, too_deep).outcomes

    assert (accepted.error, accepted.accepted) == (None, 1)
    assert isinstance(refused.error, DecodeError)


@each_kernel
@pytest.mark.parametrize("unknown", [b"\xf8\x7f\x01", b"\xfa\x7f\x01x", b"\xfb\x7f\xfc\x7f", b"\xf9\x7f" + bytes(8)])
def test_unknown_fields_are_ignored(kernel: Kernel, unknown: bytes) -> None:
    """Fields of a later version of OTLP, of any wire type and at any level, do not keep a record out."""
    payload = unknown + _inside([1, 2], unknown + _field(2, unknown + _IDS + _field(5, b"n")))

    decoded = _decode(kernel, Signal.TRACES, payload)

    assert decoded.outcomes[0].error is None
    assert kernel.encode(decoded.batch) == kernel.encode(_decode(kernel, Signal.TRACES, _span(_field(5, b"n"))).batch)


@each_kernel
@pytest.mark.parametrize(
    "ids",
    [
        {},
        {"span_id": bytes(8)},
        {"trace_id": bytes(16)},
        {"trace_id": bytes(15), "span_id": bytes(8)},
        {"trace_id": bytes(17), "span_id": bytes(8)},
        {"trace_id": bytes(16), "span_id": bytes(7)},
        {"trace_id": bytes(16), "span_id": bytes(9)},
        {"trace_id": b"0" * 32, "span_id": b"0" * 16},
        {"trace_id": bytes(16), "span_id": bytes(8), "parent_span_id": bytes(1)},
        {"trace_id": bytes(16), "span_id": bytes(8), "parent_span_id": bytes(16)},
    ],
)
def test_a_span_with_invalid_ids_is_rejected_and_counted(kernel: Kernel, ids: dict[str, bytes]) -> None:
    """Spans without proper ids are left out with their children, the rest is kept, the client is told."""
    bad = {**ids, "events": [{"name": "e"}], "links": [{}]}
    good: dict[str, Any] = {"trace_id": bytes(16), "span_id": bytes(8), "name": "good"}

    def payload(*spans: dict[str, Any]) -> bytes:
        content: bytes = export(Signal.TRACES, {"scope_spans": [{"spans": spans}]}).SerializeToString()
        return content

    decoded = _decode(kernel, Signal.TRACES, payload(bad, good, bad), payload(good), payload(bad))

    limits = "trace_id must be 16 bytes, span_id 8, parent_span_id 8 or none"
    assert [(outcome.accepted, outcome.rejected, outcome.message) for outcome in decoded.outcomes] == [
        (1, 2, f"2 spans rejected: {limits}"),
        (1, 0, ""),
        (0, 1, f"1 span rejected: {limits}"),
    ]
    assert decoded.batch.records.column("name").to_pylist() == ["good", "good"]
    assert [table.num_rows for table in decoded.batch.tables.values()] == [1, 1, 2, 0, 0]


@each_kernel
def test_huge_repeated_counts_are_only_rows(kernel: Kernel) -> None:
    """Thousands of empty messages cost a row each where valid, and a count where not."""
    count = 20_000
    spans = _inside([1, 2], b"\x12\x00" * count)
    events = _span(b"\x5a\x00" * count)

    decoded = _decode(kernel, Signal.TRACES, spans, events)

    assert [(outcome.accepted, outcome.rejected) for outcome in decoded.outcomes] == [(0, count), (1, 0)]
    assert decoded.batch.parents(decoded.batch.levels[3]).tolist() == [0] * count


@each_kernel
@pytest.mark.parametrize("signal", list(Signal))
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_damaged_requests_are_answered_in_full(kernel: Kernel, signal: Signal, data: st.DataObject) -> None:
    """Of any bytes, the kernel refuses the whole or accounts for every record that protobuf finds there."""
    payload = bytearray(data.draw(requests(signal)).SerializeToString())
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(payload)))
        payload[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))

    decoded = _decode(kernel, signal, bytes(payload))

    [outcome] = decoded.outcomes
    assert outcome.accepted == len(decoded.batch)
    if outcome.error is None:
        found = normalise(REQUESTS[signal].FromString(bytes(payload)))
        assert outcome.accepted + outcome.rejected == len(found)
        assert len(normalise(REQUESTS[signal].FromString(kernel.encode(decoded.batch)))) == outcome.accepted


@each_kernel
def test_an_error_does_not_quote_the_payload(kernel: Kernel) -> None:
    """The message for the client, which may be logged, holds nothing that was sent."""
    secret = b"jane@example.com"

    decoded = _decode(kernel, Signal.TRACES, _span(_field(5, secret + b"\xff")), _inside(_SPAN, _field(5, secret)))

    assert all("jane" not in f"{outcome.error} {outcome.message}" for outcome in decoded.outcomes)


@each_kernel
def test_a_request_of_the_other_signal_is_not_mistaken(kernel: Kernel) -> None:
    """Logs sent as traces, whose field numbers collide, end as an error or as rejected records, never as spans."""
    log = {"time_unix_nano": 1, "body": {"string_value": "b"}, "severity_text": "WARN"}
    payload = export(Signal.LOGS, {"scope_logs": [{"log_records": [log]}]}).SerializeToString()

    [outcome] = _decode(kernel, Signal.TRACES, payload).outcomes

    assert outcome.accepted == 0
    assert outcome.error is not None or outcome.rejected == 1
