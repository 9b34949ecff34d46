# cython: language_level=3
"""OTLP bytes to columns."""

from functools import lru_cache
from types import MappingProxyType

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport INT32_MAX, int64_t, uint8_t
from libc.stdlib cimport free, malloc

from otel_lift.batch import Batch, Signal
from otel_lift.errors import DecodeError
from otel_lift.kernel.native.logs cimport Logs
from otel_lift.kernel.native.memory cimport MALFORMED, NO_MEMORY, NOT_UTF8, TOO_DEEP, TOO_LARGE, WRONG_TYPE
from otel_lift.kernel.native.metrics cimport DataPoints
from otel_lift.kernel.native.requests cimport Records
from otel_lift.kernel.native.traces cimport Spans
from otel_lift.kernel.native.wire cimport Reader
from otel_lift.kernel.outcome import Decoded, Outcome
from otel_lift.kernel.requests import REQUESTS

__all__ = ["decode"]

cdef enum:
    RECORD_SIZE = 256  # bytes, of which a payload is expected to hold one record
    MOST_EXPECTED = 1 << 16  # records

cdef struct Payload:
    const uint8_t* start
    int64_t size
    int64_t accepted
    int64_t rejected

_RECORDS = {Signal.TRACES: Spans, Signal.LOGS: Logs, Signal.METRICS: DataPoints}
_MESSAGES = (
    "the request", "the group of a resource", "the group of a scope", "Resource", "EntityRef", "InstrumentationScope",
    "KeyValue", "AnyValue", "ArrayValue", "KeyValueList", "Span", "Span.Event", "Span.Link", "Status", "LogRecord",
    "Metric", "Gauge", "Sum", "Histogram", "ExponentialHistogram", "Summary", "NumberDataPoint", "HistogramDataPoint",
    "ExponentialHistogramDataPoint", "Buckets", "SummaryDataPoint", "ValueAtQuantile", "Exemplar",
)  # by `Message`
_REASONS = {
    MALFORMED: "cut off, or no protobuf,",
    NOT_UTF8: "text that is not UTF-8",
    TOO_DEEP: "messages nested more than 100 deep",
}


def decode(signal, payloads, context, received, *, most_text=INT32_MAX):
    """Turn OTLP protobuf export requests into one batch; see `otel_lift.kernel`.

    A payload with which a column of the batch would hold more than `most_text` bytes of text is refused: Arrow counts
    them in 32 bits.
    """
    cdef list held = list(payloads)
    cdef int64_t total = 0
    for payload in held:
        total += len(payload)
    cdef Records records = _RECORDS[signal](min(total // RECORD_SIZE, MOST_EXPECTED), most_text)
    outcomes = _read(records, held, signal)
    return Decoded(Batch(signal, MappingProxyType(records.build()), context, received), outcomes)


cdef tuple _read(Records records, list held, signal):
    """Read all payloads, and answer what became of each."""
    cdef int64_t count = len(held)
    cdef int64_t number
    cdef bytes payload
    cdef Payload* payloads = <Payload*> malloc((count + 1) * sizeof(Payload))
    if payloads == NULL:
        raise MemoryError
    errors = {}
    try:
        for number in range(count):
            payload = held[number]
            payloads[number].start = <const uint8_t*> PyBytes_AS_STRING(payload)
            payloads[number].size = PyBytes_GET_SIZE(payload)
        with nogil:
            for number in range(count):
                if not records.read(payloads[number].start, payloads[number].size):
                    with gil:
                        errors[number] = _error(&records.reader, payloads[number].start, signal)
                payloads[number].accepted = records.reader.accepted
                payloads[number].rejected = records.reader.rejected
        return tuple(
            [
                Outcome(error=errors[number]) if errors and number in errors
                else _outcome(payloads[number].accepted, payloads[number].rejected)
                for number in range(count)
            ]
        )
    finally:
        free(payloads)


@lru_cache(maxsize=1024)
def _outcome(accepted, rejected):
    # only spans are ever rejected
    if not rejected:
        return Outcome(accepted)
    spans = "1 span" if rejected == 1 else f"{rejected} spans"
    message = f"{spans} rejected: trace_id must be 16 bytes, span_id 8, parent_span_id 8 or none"
    return Outcome(accepted, rejected, message)


cdef object _error(const Reader* r, const uint8_t* start, signal):
    """Answer why a payload was refused, which quotes nothing of it; raises where that is not the payload's fault."""
    if r.status == NO_MEMORY:
        raise MemoryError
    name = REQUESTS[signal].DESCRIPTOR.name
    if r.status == TOO_LARGE:
        return DecodeError(f"{name} too large: the texts of one batch would be over 2 GiB; send fewer records at once")
    if r.status == WRONG_TYPE:
        return DecodeError(f"field {r.field} of {_MESSAGES[r.message]} has the wrong wire type {r.wire}")
    place = f" at byte {r.failed - start}" if r.failed != NULL else ""
    return DecodeError(f"not a valid {name}: {_REASONS[r.status]}{place}")
