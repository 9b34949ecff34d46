"""Interning: what it costs in memory is bounded by the requests of one call."""

from kernels import each_kernel, export

from otel_lift.batch import Level, RequestContext, Signal
from otel_lift.kernel.interface import Kernel


def _payload(keys: list[str]) -> bytes:
    span = {
        "trace_id": b"t" * 16,
        "span_id": b"s" * 8,
        "attributes": [{"key": key, "value": {"int_value": 1}} for key in keys],
    }
    payload: bytes = export(Signal.TRACES, {"scope_spans": [{"spans": [span]}]}).SerializeToString()
    return payload


@each_kernel
def test_what_a_call_interned_ends_with_it(kernel: Kernel) -> None:
    """However many keys a client makes up, the next call's dictionary holds its own keys and no other."""
    many = [f"key.{number}" for number in range(20_000)]

    crowded = kernel.decode(Signal.TRACES, [_payload(many)], RequestContext(), 0).batch
    calm = kernel.decode(Signal.TRACES, [_payload(["b", "a", "b"])], RequestContext(), 0).batch

    assert crowded.attributes(Level.RECORD).keys.to_pylist() == many
    assert calm.attributes(Level.RECORD).keys.to_pylist() == ["b", "a"]
