"""The kernel in Python, on `opentelemetry-proto`: the reference that any other implementation must equal.

This is the one place of the gateway with a Python loop over records. A further signal is a module with a `Codec`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from otel_lift.batch import Batch, RequestContext, Signal
from otel_lift.errors import DecodeError
from otel_lift.kernel.outcome import Decoded, Outcome
from otel_lift.kernel.pure import logs, metrics, traces
from otel_lift.kernel.pure.codec import Codec, Rows
from otel_lift.kernel.pure.wire import parse
from otel_lift.kernel.requests import REQUESTS

__all__ = ["decode", "encode"]

_CODECS: Mapping[Signal, Codec] = MappingProxyType(
    {Signal.TRACES: traces.CODEC, Signal.LOGS: logs.CODEC, Signal.METRICS: metrics.CODEC}
)


def decode(signal: Signal, payloads: Sequence[bytes], context: RequestContext, received: int) -> Decoded:
    """Turn OTLP protobuf export requests into one batch; see `otel_lift.kernel`."""
    rows = _CODECS[signal].rows()
    outcomes = tuple(_read(rows, signal, payload) for payload in payloads)
    return Decoded(Batch(signal, MappingProxyType(dict(rows.tables())), context, received), outcomes)


def encode(batch: Batch) -> bytes:
    """Turn a batch into an OTLP protobuf export request; see `otel_lift.kernel`."""
    return _CODECS[batch.signal].encode(batch)


def _read(rows: Rows, signal: Signal, payload: bytes) -> Outcome:
    # all that can fail is parsing, so a payload that fails has added nothing
    try:
        request = parse(REQUESTS[signal], payload)
    except DecodeError as error:
        return Outcome(error=error)
    return rows.read(request)
